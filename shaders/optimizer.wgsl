// Global-norm clipping and AdamW (arXiv 1711.05101, algorithm 2) over whole packs, without a readback.
//   scale = min(1, clip / (‖g‖ + 1e-6)), 1 when clip is 0;   d = g · scale
//   m ← β1·m + (1−β1)·d;   v ← β2·v + (1−β2)·d²;   p ← p·(1 − rate·decay) − rate · (m/(1−β1^t)) / (√(v/(1−β2^t)) + ε)
// Decay applies to the first `decayed` elements of a pack: tensors of two or more axes lie there.
// Shapes: parameters, gradients, m, v [n], read four at a time: what pads the last four is 0 and stays 0; sums [blocks + 2·row_blocks] = squares of gradients over all
// packs, then (losses, right answers); rows [M] = (loss, right) from loss.wgsl; metrics [ring, 4] = (loss, norm, targets right, unused).
// Writes: sum_parts sums =; adamw parameters, m, v in place, and with METRICS the first three words of metrics[ring] = (the fourth is never written);
// finish the same words.
struct Params {
  n: u32, // in vectors of four
  block: u32, // vectors that one invocation takes: a workgroup covers 256·block
  groups: u32, // workgroups of sum_parts for squares; those behind them sum rows
  first_block: u32, // of this pack in sums
  blocks: u32, // of all packs
  row_blocks: u32,
  decayed: u32, // in elements
  M: u32,
  clip: f32,
  beta1: f32,
  beta2: f32,
  eps: f32,
  weight_decay: f32,
}

@group(0) @binding(0) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@group(0) @binding(2) var<storage, read> all_sums: array<f32>;
@group(0) @binding(3) var<storage, read> rows: array<vec2f>;
@group(0) @binding(4) var<storage, read_write> metrics: array<f32>;
@group(0) @binding(5) var<storage, read_write> parameters: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(8) var<storage, read> state: State;
@group(0) @binding(9) var<uniform> params: Params;

override METRICS: bool = true;

// Rows that one workgroup sums.
const ROW_BLOCK = 4096u;

var<workgroup> lanes: array<vec2f, 256>;
var<workgroup> sixteenths: array<vec2f, 16>;

// Σ over the workgroup in a fixed order; all invocations get it.
fn add_up(lane: u32, value: vec2f) -> vec2f {
  lanes[lane] = value;
  workgroupBarrier();
  if (lane < 16u) {
    var sum = vec2f();
    @unroll for (var i = 0u; i < 16u; i++) {
      sum += lanes[lane + 16u * i];
    }
    sixteenths[lane] = sum;
  }
  workgroupBarrier();
  var sum = vec2f();
  @unroll for (var i = 0u; i < 16u; i++) {
    sum += sixteenths[i];
  }
  return sum;
}

// One workgroup is one block of gradients, or, behind all of those, one of rows; neighbours read neighbouring words.
@compute @workgroup_size(256)
fn sum_parts(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = linear_workgroup(id, count);
  if (group >= params.groups + params.row_blocks) {
    return;
  }
  var part = vec2f();
  if (group < params.groups) {
    let first = group * 256u * params.block + lane;
    for (var j = 0u; j < params.block; j += 4u) {
      // Four loads are under way at a time.
      @unroll for (var k = 0u; k < 4u; k++) {
        let i = first + (j + k) * 256u;
        let g = gradients[min(i, params.n - 1u)];
        part.x += select(0.0, dot(g, g), i < params.n && j + k < params.block);
      }
    }
  } else {
    let first = (group - params.groups) * ROW_BLOCK;
    for (var i = first + lane; i < min(params.M, first + ROW_BLOCK); i += 256u) {
      part += rows[i];
    }
  }
  let sum = add_up(lane, part);
  if (lane == 0u) {
    if (group < params.groups) {
      sums[params.first_block + group] = sum.x;
    } else {
      let at = params.blocks + 2u * (group - params.groups);
      sums[at] = sum.x;
      sums[at + 1u] = sum.y;
    }
  }
}

fn write_metrics(total: vec2f, norm: f32) {
  metrics[state.ring * 4u] = total.x * state.inverse_count;
  metrics[state.ring * 4u + 1u] = norm;
  metrics[state.ring * 4u + 2u] = total.y;
}

// The metrics of an evaluation: one workgroup.
@compute @workgroup_size(256)
fn finish(@builtin(local_invocation_index) lane: u32) {
  var part = vec2f();
  for (var i = lane; i < params.M; i += 256u) {
    part += rows[i];
  }
  let total = add_up(lane, part);
  if (lane == 0u) {
    write_metrics(total, 0.0);
  }
}

// One workgroup is 256·block vectors of a pack. Each adds up the squares for itself, in the same order: that is cheaper than one more dispatch before this one.
@compute @workgroup_size(256)
fn adamw(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = linear_workgroup(id, count);
  let first = group * 256u * params.block;
  if (first >= params.n) {
    return;
  }
  var part = 0.0;
  for (var i = lane; i < params.blocks; i += 256u) {
    part += all_sums[i];
  }
  let norm = sqrt(add_up(lane, vec2f(part, 0.0)).x);
  let scale = select(1.0, min(1.0, params.clip / (norm + 1e-6)), params.clip > 0.0);
  if (METRICS && group == 0u && lane == 0u) {
    var total = vec2f();
    for (var i = 0u; i < params.row_blocks; i++) {
      let at = params.blocks + 2u * i;
      total += vec2f(all_sums[at], all_sums[at + 1u]);
    }
    write_metrics(total, norm);
  }
  for (var j = 0u; j < params.block; j++) {
    let i = first + j * 256u + lane;
    if (i < params.n) {
      let d = gradients[i] * scale;
      let m1 = params.beta1 * m[i] + (1.0 - params.beta1) * d;
      let v1 = params.beta2 * v[i] + (1.0 - params.beta2) * d * d;
      m[i] = m1;
      v[i] = v1;
      let decays = vec4u(4u * i) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.decayed);
      let p = parameters[i] * select(vec4f(1.0), vec4f(1.0 - state.rate * params.weight_decay), decays);
      parameters[i] = p - state.rate * (m1 * state.scale_m) / (sqrt(v1 * state.scale_v) + params.eps);
    }
  }
}
