// Token and position embeddings.
//   forward   x[b,t,:] = tok[token[b,t], :] + pos[t + position, :], times the dropout mask of site 0
//   backward  dtok[v,:] = or += Σ over rows with token v, in row order; dpos[t,:] = Σ_b, rows beyond T get 0
// Shapes: tokens [M], x, dx [M,D] with M = B·T, tok [V,D], pos [context,D]; order [M] rows sorted by token, starts [V+1] where each token's rows begin.
// Writes: x =; dtok = or += (ACCUMULATE: a tied head or an earlier micro-batch has already written), dpos = or += (ACCUMULATE_POSITIONS: an earlier micro-batch).
struct Params {
  M: u32,
  T: u32,
  D: u32,
  V: u32,
  context: u32,
  threshold: u32,
  kept: f32,
}

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read> tok: array<f32>;
@group(0) @binding(2) var<storage, read> pos: array<f32>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;
@group(0) @binding(4) var<storage, read> dx: array<f32>;
@group(0) @binding(5) var<storage, read> order: array<u32>;
@group(0) @binding(6) var<storage, read> starts: array<u32>;
@group(0) @binding(7) var<storage, read_write> dtok: array<f32>;
@group(0) @binding(8) var<storage, read_write> dpos: array<f32>;
@group(0) @binding(9) var<storage, read> state: State;
@group(0) @binding(10) var<uniform> params: Params;

override POSITIONS: bool = true;
override DROPOUT: bool = false;
override ACCUMULATE: bool = false;
override ACCUMULATE_POSITIONS: bool = false;

// One invocation is one element.
@compute @workgroup_size(64)
fn forward(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 64u + local;
  if (i >= params.M * params.D) {
    return;
  }
  let row = i / params.D;
  let d = i % params.D;
  var value = tok[tokens[row] * params.D + d];
  if (POSITIONS) {
    value += pos[(row % params.T + state.position) * params.D + d];
  }
  if (DROPOUT) {
    value *= dropout_scale(dropout_keys(state.seed, state.step, 0u), state.first_row * params.D + i, params.threshold, params.kept);
  }
  x[i] = value;
}

fn gradient(row: u32, d: u32) -> f32 {
  let i = row * params.D + d;
  if (DROPOUT) {
    return dx[i] * dropout_scale(dropout_keys(state.seed, state.step, 0u), state.first_row * params.D + i, params.threshold, params.kept);
  }
  return dx[i];
}

// One invocation is one element of dtok, then of dpos.
@compute @workgroup_size(64)
fn backward(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 64u + local;
  if (i < params.V * params.D) {
    let v = i / params.D;
    let d = i % params.D;
    var sum = 0.0;
    for (var j = starts[v]; j < starts[v + 1u]; j++) {
      sum += gradient(order[j], d);
    }
    if (ACCUMULATE) {
      sum += dtok[i];
    }
    dtok[i] = sum;
    return;
  }
  let p = i - params.V * params.D;
  if (POSITIONS && p < params.context * params.D) {
    let t = p / params.D;
    var sum = 0.0;
    if (t < params.T) {
      for (var row = t; row < params.M; row += params.T) {
        sum += gradient(row, p % params.D);
      }
    }
    if (ACCUMULATE_POSITIONS) {
      sum += dpos[p];
    }
    dpos[p] = sum;
  }
}
