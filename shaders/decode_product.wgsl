// One row times a matrix, for decoding a token: the norm before it and all that follows it in one dispatch.
//   dense    y[n] = f(Σ_k h[k]·W[n,k] + bias[n]) + residual[n]
//   gated    y[n] = silu(Σ_k h[k]·W[n,k] + bias[n]) · (Σ_k h[k]·U[n,k] + second_bias[n])
//   project  y[n] = Σ_k h[k]·W[n,k] + bias[n], heads of queries and keys then rotated (ROPE) as rope.wgsl does
//   h = x, or with NORM the norm of x: ((x − mean)·r)·w + b, as norm.wgsl defines it
// Shapes: x [rows, K], of which row state.position (AT_POSITION) or the first is taken; W `weight`, U `second` [N,K]; bias, second_bias, residual, y [N];
// norm_weight, norm_bias [K]; table [context, E] as in rope.wgsl.
// Writes: dense, gated out =. project out =, row state.position alone of a layer's packed rows [context, N], the first of which begins at place[0].
// Constants put in front: K and N; EPS of the norm; E, and how many columns belong to heads of queries and keys, ROTATED; Chunk, a vec4f where K is a multiple of 4 and else
// an f32, its WIDTH in words and its `total`; LANES of a workgroup and its ROWS of the matrix, of a gated product PAIRS of these; HELD chunks of each row, and of x and its
// norm, that a lane asks for at the start; UNIT lanes that add up among themselves by `unit_sum` (subgroups.wgsl: a subgroup; subgroups_none.wgsl: a lane alone). A
// workgroup's lanes split K: lane i takes every LANES-th chunk, and one lane adds up the units of a row in order.
// What a token needs has just been pushed out of the caches by all other layers' weights, so a kernel is as long as the reads that wait for one another. All that an
// invocation needs is therefore asked for at the start, and no size has to be read first.

@group(0) @binding(0) var<storage, read> x: array<Chunk>;
@group(0) @binding(1) var<storage, read> weight: array<Chunk>;
@group(0) @binding(2) var<storage, read> second: array<Chunk>;
@group(0) @binding(3) var<storage, read> norm_weight: array<Chunk>;
@group(0) @binding(4) var<storage, read> norm_bias: array<Chunk>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read> second_bias: array<f32>;
@group(0) @binding(7) var<storage, read> residual: array<f32>;
@group(0) @binding(8) var<storage, read> table: array<f32>;
@group(0) @binding(9) var<storage, read> state: State;
@group(0) @binding(10) var<storage, read_write> out: array<f32>;
@group(0) @binding(11) var<storage, read> place: array<u32>;

override NORM: bool = false;
override CENTRED: bool = false; // layer norm
override NORM_BIAS: bool = false;
override BIAS: bool = false;
override ACTIVATION: u32 = 0;
override RESIDUAL: bool = false;
override ROPE: bool = false;
override AT_POSITION: bool = false;

const CHUNKS = K / WIDTH;
const STEPS = (CHUNKS + LANES - 1u) / LANES;

// Neighbouring invocations are in one subgroup: every subgroup is full, and as large as the device says.
const UNITS = LANES / UNIT;
// Units are joined four at a time. Those past the last hold nothing: workgroup memory begins with 0.
const PLACES = (UNITS + 3u) / 4u * 4u;

var<workgroup> moments: array<vec2f, PLACES>;
// A row's units lie one word further than PLACES apart: the lanes that add rows up meet in no memory bank.
var<workgroup> parts: array<f32, ROWS * (PLACES + 1u)>;

// Words of x that the lanes of a unit hold.
fn words_of(unit: u32) -> f32 {
  let rest = max(CHUNKS % LANES, unit * UNIT) - unit * UNIT;
  return select(0.0, f32(WIDTH * (CHUNKS / LANES * UNIT + min(rest, UNIT))), unit < UNITS);
}

fn words_of_four(unit: u32) -> vec4f {
  return vec4f(words_of(unit), words_of(unit + 1u), words_of(unit + 2u), words_of(unit + 3u));
}

// A lane's first chunks of x, and of the weight and bias of its norm.
struct Row {
  x: array<Chunk, HELD>,
  weight: array<Chunk, HELD>,
  bias: array<Chunk, HELD>,
}

fn row_of(first: u32, lane: u32) -> Row {
  var row: Row;
  @unroll for (var s = 0u; s < HELD; s++) {
    let at = min(s * LANES + lane, CHUNKS - 1u);
    row.x[s] = x[first + at];
    if (NORM) {
      row.weight[s] = norm_weight[at];
      if (NORM_BIAS) {
        row.bias[s] = norm_bias[at];
      }
    }
  }
  return row;
}

// (mean, r) of the row: every unit's own mean and the squares about it, joined in order (Chan, Golub, LeVeque 1979): one barrier at most, no cancellation.
fn statistics(row: ptr<function, Row>, first: u32, lane: u32) -> vec2f {
  let unit = lane / UNIT;
  var own = 0.0;
  if (CENTRED) {
    var sum = Chunk();
    @unroll for (var s = 0u; s < HELD; s++) {
      sum += select(Chunk(), (*row).x[s], s * LANES + lane < CHUNKS);
    }
    for (var i = HELD * LANES + lane; i < CHUNKS; i += LANES) {
      sum += x[first + i];
    }
    own = unit_sum(total(sum)) / max(words_of(unit), 1.0);
  }
  var squares = Chunk();
  @unroll for (var s = 0u; s < HELD; s++) {
    let c = select(Chunk(), (*row).x[s] - Chunk(own), s * LANES + lane < CHUNKS);
    squares = fma(c, c, squares);
  }
  for (var i = HELD * LANES + lane; i < CHUNKS; i += LANES) {
    let c = x[first + i] - Chunk(own);
    squares = fma(c, c, squares);
  }
  let about = unit_sum(total(squares));
  if (UNITS == 1u) {
    return vec2f(own, inverseSqrt(about / f32(K) + EPS));
  }
  moments[unit] = vec2f(own, about);
  workgroupBarrier();
  var mean = 0.0;
  if (CENTRED) {
    var means = vec4f();
    for (var i = 0u; i < PLACES; i += 4u) {
      means = fma(words_of_four(i), vec4f(moments[i].x, moments[i + 1u].x, moments[i + 2u].x, moments[i + 3u].x), means);
    }
    mean = (means.x + means.y + means.z + means.w) / f32(K);
  }
  var all = vec4f();
  for (var i = 0u; i < PLACES; i += 4u) {
    let c = vec4f(moments[i].x, moments[i + 1u].x, moments[i + 2u].x, moments[i + 3u].x) - mean;
    all += fma(words_of_four(i), c * c, vec4f(moments[i].y, moments[i + 1u].y, moments[i + 2u].y, moments[i + 3u].y));
  }
  return vec2f(mean, inverseSqrt((all.x + all.y + all.z + all.w) / f32(K) + EPS));
}

fn normed(value: Chunk, weight: Chunk, bias: Chunk, norm: vec2f) -> Chunk {
  if (!NORM) {
    return value;
  }
  let h = (value - Chunk(norm.x)) * norm.y * weight;
  if (NORM_BIAS) {
    return h + bias;
  }
  return h;
}

// A lane's chunk of h, one of its first; past the end 0, which adds nothing.
fn held_chunk(row: ptr<function, Row>, s: u32, lane: u32, norm: vec2f) -> Chunk {
  return select(Chunk(), normed((*row).x[s], (*row).weight[s], (*row).bias[s], norm), s * LANES + lane < CHUNKS);
}

// The same of any chunk, read now.
fn chunk_of(first: u32, i: u32, norm: vec2f) -> Chunk {
  let at = min(i, CHUNKS - 1u);
  var weight = Chunk();
  var bias = Chunk();
  if (NORM) {
    weight = norm_weight[at];
    if (NORM_BIAS) {
      bias = norm_bias[at];
    }
  }
  return select(Chunk(), normed(x[first + at], weight, bias, norm), i < CHUNKS);
}

// Where a row of the matrix begins. Rows past the edge repeat the last one: their sums are never stored.
fn row_at(n: u32) -> u32 {
  return min(n, N - 1u) * CHUNKS;
}

// The products of h with the rows that begin at `rows`, unit by unit, into `parts`.
fn multiply(first: u32, lane: u32, rows: array<u32, ROWS>) {
  var row = row_of(first, lane);
  var held: array<Chunk, HELD * ROWS>;
  @unroll for (var s = 0u; s < HELD; s++) {
    @unroll for (var r = 0u; r < ROWS; r++) {
      held[s * ROWS + r] = weight[rows[r] + min(s * LANES + lane, CHUNKS - 1u)];
    }
  }
  var norm = vec2f();
  if (NORM) {
    norm = statistics(&row, first, lane);
  }
  var sums: array<Chunk, ROWS>;
  @unroll for (var s = 0u; s < HELD; s++) {
    let h = held_chunk(&row, s, lane, norm);
    @unroll for (var r = 0u; r < ROWS; r++) {
      sums[r] = fma(h, held[s * ROWS + r], sums[r]);
    }
  }
  for (var s = HELD; s < STEPS; s++) {
    let i = s * LANES + lane;
    let h = chunk_of(first, i, norm);
    @unroll for (var r = 0u; r < ROWS; r++) {
      sums[r] = fma(h, weight[rows[r] + min(i, CHUNKS - 1u)], sums[r]);
    }
  }
  @unroll for (var r = 0u; r < ROWS; r++) {
    parts[r * (PLACES + 1u) + lane / UNIT] = unit_sum(total(sums[r]));
  }
  workgroupBarrier();
}

fn sum_of(r: u32) -> f32 {
  let at = r * (PLACES + 1u);
  var sum = vec4f();
  for (var i = 0u; i < PLACES; i += 4u) {
    sum += vec4f(parts[at + i], parts[at + i + 1u], parts[at + i + 2u], parts[at + i + 3u]);
  }
  return sum.x + sum.y + sum.z + sum.w;
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

fn biases_of(n: u32) -> vec2f {
  if (BIAS) {
    return vec2f(bias[n], second_bias[n]);
  }
  return vec2f();
}

fn finish_gated(n: u32, sums: vec2f) {
  out[n] = activate(4u, sums.x) * sums.y;
}

// One workgroup is ROWS / 2 outputs: even rows are the gate's, odd ones those that it lets through.
@compute @workgroup_size(LANES)
fn gated(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = linear_workgroup(id, count) * (ROWS / 2u);
  var added = vec2f();
  if (lane < ROWS / 2u && n + lane < N) {
    added = biases_of(n + lane);
  }
  var row = row_of(0u, lane);
  var held: array<Chunk, HELD * ROWS>;
  @unroll for (var s = 0u; s < HELD; s++) {
    @unroll for (var p = 0u; p < PAIRS; p++) {
      let at = row_at(n + p) + min(s * LANES + lane, CHUNKS - 1u);
      held[s * ROWS + 2u * p] = weight[at];
      held[s * ROWS + 2u * p + 1u] = second[at];
    }
  }
  var norm = vec2f();
  if (NORM) {
    norm = statistics(&row, 0u, lane);
  }
  var sums: array<Chunk, ROWS>;
  @unroll for (var s = 0u; s < HELD; s++) {
    let h = held_chunk(&row, s, lane, norm);
    @unroll for (var r = 0u; r < ROWS; r++) {
      sums[r] = fma(h, held[s * ROWS + r], sums[r]);
    }
  }
  for (var s = HELD; s < STEPS; s++) {
    let i = s * LANES + lane;
    let h = chunk_of(0u, i, norm);
    @unroll for (var p = 0u; p < PAIRS; p++) {
      let at = row_at(n + p) + min(i, CHUNKS - 1u);
      sums[2u * p] = fma(h, weight[at], sums[2u * p]);
      sums[2u * p + 1u] = fma(h, second[at], sums[2u * p + 1u]);
    }
  }
  @unroll for (var r = 0u; r < ROWS; r++) {
    parts[r * (PLACES + 1u) + lane / UNIT] = unit_sum(total(sums[r]));
  }
  workgroupBarrier();
  if (lane < ROWS / 2u && n + lane < N) {
    finish_gated(n + lane, vec2f(sum_of(2u * lane), sum_of(2u * lane + 1u)) + added);
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
fn gated_serial(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let n = linear_workgroup(id, count) * LANES + local;
  if (n >= N) {
    return;
  }
  var through = Chunk();
  for (var i = 0u; i < CHUNKS; i++) {
    through = fma(x[i], second[n * CHUNKS + i], through);
  }
  finish_gated(n, vec2f(product_of(0u, n), total(through)) + biases_of(n));
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
