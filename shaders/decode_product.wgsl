// One row times a matrix, for decoding a token: the norm before it and all that follows it in one dispatch. How is decode_row.wgsl's.
//   dense    y[n] = f(Σ_k h[k]·W[n,k] + bias[n]) + residual[n]
//   project  y[n] = Σ_k h[k]·W[n,k] + bias[n], heads of queries and keys then rotated (ROPE) as rope.wgsl does
// Shapes: x [rows, K], of which row state.position (AT_POSITION) or the first is taken; W `weight` [N,K]; bias, residual, y [N]; table [context, E] as in rope.wgsl.
// Writes: dense out =. project out =, row state.position alone of a layer's packed rows [context, N], the first of which begins at place[0].
// Constants put in front, besides those of decode_row.wgsl: E, and how many columns belong to heads of queries and keys, ROTATED.

@group(0) @binding(3) var<storage, read> weight: array<Chunk>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> residual: array<f32>;
@group(0) @binding(6) var<storage, read> table: array<f32>;
@group(0) @binding(7) var<storage, read> state: State;
@group(0) @binding(8) var<storage, read> place: array<u32>;
@group(0) @binding(9) var<storage, read_write> out: array<f32>;

override BIAS: bool = false;
override ACTIVATION: u32 = 0;
override RESIDUAL: bool = false;
override ROPE: bool = false;
override AT_POSITION: bool = false;

fn matrix_chunk(r: u32, at: u32) -> Chunk {
  return weight[at];
}

fn first_chunk() -> u32 {
  return select(0u, state.position * CHUNKS, AT_POSITION);
}

// What is added to an output before and after its activation.
fn addends(n: u32) -> vec2f {
  var added = vec2f();
  if (BIAS) {
    added.x = bias[n];
  }
  if (RESIDUAL) {
    added.y = residual[n];
  }
  return added;
}

fn finish_dense(n: u32, sum: f32, added: vec2f) {
  out[n] = activate(ACTIVATION, sum + added.x) + added.y;
}

// One workgroup is ROWS outputs.
@compute @workgroup_size(LANES)
fn dense(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = linear_workgroup(id, count) * ROWS;
  var rows: array<u32, ROWS>;
  @unroll for (var r = 0u; r < ROWS; r++) {
    rows[r] = row_at(n + r);
  }
  var added = vec2f();
  if (lane < ROWS && n + lane < N) {
    added = addends(n + lane);
  }
  multiply(first_chunk(), lane, rows);
  if (lane < ROWS && n + lane < N) {
    finish_dense(n + lane, sum_of(lane), added);
  }
}

fn partner_of(n: u32) -> u32 {
  let half = E / 2u;
  return select(n - half, n + half, n % E < half);
}

fn is_rotated(n: u32) -> bool {
  return ROPE && n < ROTATED;
}

// What is added to an output and to its partner.
fn pair_biases(n: u32) -> vec2f {
  var added = vec2f();
  if (BIAS) {
    added.x = bias[n];
    if (is_rotated(n)) {
      added.y = bias[partner_of(n)];
    }
  }
  return added;
}

// By what an output and its partner are multiplied.
fn rotation_of(n: u32, position: u32) -> vec2f {
  if (!is_rotated(n)) {
    return vec2f(1.0, 0.0);
  }
  let half = E / 2u;
  let at = position * E + n % half;
  let sine = table[at + half];
  return vec2f(table[at], select(sine, -sine, n % E < half));
}

fn finish_project(n: u32, row: u32, pair: vec2f, rotation: vec2f) {
  let turned = pair * rotation;
  out[row + n] = select(pair.x, turned.x + turned.y, is_rotated(n));
}

// The r-th output of a workgroup; with ROPE the two halves of a pair are neighbours.
fn column_of(workgroup: u32, r: u32) -> u32 {
  if (!ROPE) {
    return workgroup * ROWS + r;
  }
  let half = E / 2u;
  let pair = (workgroup * ROWS + r) / 2u;
  return (pair / half) * E + pair % half + (r & 1u) * half;
}

// One workgroup is ROWS outputs.
@compute @workgroup_size(LANES)
fn project(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lane: u32) {
  let workgroup = linear_workgroup(id, count);
  var rows: array<u32, ROWS>;
  @unroll for (var r = 0u; r < ROWS; r++) {
    rows[r] = row_at(column_of(workgroup, r));
  }
  let n = column_of(workgroup, lane);
  let is_output = lane < ROWS && n < N;
  let position = state.position;
  let first = place[0] + position * N;
  var added = vec2f();
  var rotation = vec2f();
  if (is_output) {
    added = pair_biases(n);
    rotation = rotation_of(n, position);
  }
  multiply(0u, lane, rows);
  if (!is_output) {
    return;
  }
  var pair = vec2f(sum_of(lane), 0.0);
  if (ROPE) {
    pair.y = sum_of(lane ^ 1u);
  }
  finish_project(n, first, pair + added, rotation);
}

// The same with one invocation for each output, which sums over k in order: no barrier, for processors. The norm has been taken before.
fn product_of(first: u32, n: u32) -> f32 {
  var sum = Chunk();
  for (var i = 0u; i < CHUNKS; i++) {
    sum = fma(x[first + i], weight[n * CHUNKS + i], sum);
  }
  return total(sum);
}

@compute @workgroup_size(LANES)
fn dense_serial(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let n = linear_workgroup(id, count) * LANES + local;
  if (n < N) {
    finish_dense(n, product_of(first_chunk(), n), addends(n));
  }
}

@compute @workgroup_size(LANES)
fn project_serial(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let n = linear_workgroup(id, count) * LANES + local;
  if (n >= N) {
    return;
  }
  var pair = vec2f(product_of(0u, n), 0.0);
  if (is_rotated(n)) {
    pair.y = product_of(0u, partner_of(n));
  }
  finish_project(n, place[0] + state.position * N, pair + pair_biases(n), rotation_of(n, state.position));
}
