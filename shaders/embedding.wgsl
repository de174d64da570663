// Token and position embeddings.
//   forward   x[b,t,:] = tok[token[b,t], :] + pos[t + position, :], times the dropout mask of site 0
//   backward  dtok[v,:] = or += Σ over rows with token v; dpos[t,:] = or += Σ_b, rows beyond T get 0. A sum has PARTS parts: part p takes every PARTS-th row from its
//             p-th on, in order, and the parts are added in order.
// Shapes: tokens [M], x, dx [M,D] with M = B·T, tok [V,D], pos [context,D]; order [M] rows sorted by token, starts [V+1] where each token's rows begin. Rows of D are
// STEPS values of V, a number or a vector of four, which are put in front.
// Writes: x =; dtok = or += (ACCUMULATE: a tied head or an earlier micro-batch has already written), dpos = or += (ACCUMULATE_POSITIONS: an earlier micro-batch).
struct Params {
  M: u32,
  T: u32,
  vocabulary: u32,
  context: u32,
  threshold: u32,
  kept: f32,
}

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read> tok: array<V>;
@group(0) @binding(2) var<storage, read> pos: array<V>;
@group(0) @binding(3) var<storage, read_write> x: array<V>;
@group(0) @binding(4) var<storage, read> dx: array<V>;
@group(0) @binding(5) var<storage, read> order: array<u32>;
@group(0) @binding(6) var<storage, read> starts: array<u32>;
@group(0) @binding(7) var<storage, read_write> dtok: array<V>;
@group(0) @binding(8) var<storage, read_write> dpos: array<V>;
@group(0) @binding(9) var<storage, read> state: State;
@group(0) @binding(10) var<uniform> params: Params;

override POSITIONS: bool = true;
override DROPOUT: bool = false;
override ACCUMULATE: bool = false;
override ACCUMULATE_POSITIONS: bool = false;
override PARTS: u32 = 1;

fn mask(i: u32) -> V {
  let keys = dropout_keys(state.seed, state.step, 0u);
  let first = (state.first_row * STEPS + i) * WIDTH;
  return masks(keys, first, params.threshold, params.kept);
}

// One invocation is one V.
@compute @workgroup_size(64)
fn forward(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 64u + local;
  if (i >= params.M * STEPS) {
    return;
  }
  let row = i / STEPS;
  let d = i % STEPS;
  var value = tok[tokens[row] * STEPS + d];
  if (POSITIONS) {
    value += pos[(row % params.T + state.position) * STEPS + d];
  }
  if (DROPOUT) {
    value *= mask(i);
  }
  x[i] = value;
}

fn gradient(row: u32, d: u32) -> V {
  let i = row * STEPS + d;
  var value = dx[i];
  if (DROPOUT) {
    value *= mask(i);
  }
  return value;
}

// Item i is one V of dtok, then of dpos. Part `part` of its sum.
fn part_of(i: u32, part: u32) -> V {
  var sum = V();
  let d = i % STEPS;
  if (i < params.vocabulary * STEPS) {
    let v = i / STEPS;
    for (var j = starts[v] + part; j < starts[v + 1u]; j += PARTS) {
      sum += gradient(order[j], d);
    }
  } else {
    let t = i / STEPS - params.vocabulary;
    if (t < params.T) {
      for (var row = t + part * params.T; row < params.M; row += PARTS * params.T) {
        sum += gradient(row, d);
      }
    }
  }
  return sum;
}

fn write(i: u32, value: V) {
  let positions = params.vocabulary * STEPS;
  if (i < positions) {
    if (ACCUMULATE) {
      dtok[i] += value;
    } else {
      dtok[i] = value;
    }
  } else if (POSITIONS && i < positions + params.context * STEPS) {
    if (ACCUMULATE_POSITIONS) {
      dpos[i - positions] += value;
    } else {
      dpos[i - positions] = value;
    }
  }
}

// One invocation is one item: for processors, and where tokens are rare.
@compute @workgroup_size(64)
fn backward(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 64u + local;
  if (i < (params.vocabulary + params.context) * STEPS) {
    write(i, part_of(i, 0u));
  }
}

var<workgroup> parts: array<V, 256>;

// One workgroup is 256 / PARTS items: for GPUs where every token has many rows.
@compute @workgroup_size(256)
fn backward_parts(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let items = 256u / PARTS;
  let item = local % items;
  let i = linear_workgroup(id, count) * items + item;
  if (i < (params.vocabulary + params.context) * STEPS) {
    parts[local] = part_of(i, local / items);
  }
  workgroupBarrier();
  if (local < items && i < (params.vocabulary + params.context) * STEPS) {
    var sum = parts[item];
    for (var p = 1u; p < PARTS; p++) {
      sum += parts[item + p * items];
    }
    write(i, sum);
  }
}
