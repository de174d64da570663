// Global-norm clipping and AdamW (arXiv 1711.05101, algorithm 2) over whole packs, without a readback.
//   scale = min(1, clip / (‖g‖ + 1e-6)), 1 when clip is 0;   d = g · scale
//   m ← β1·m + (1−β1)·d;   v ← β2·v + (1−β2)·d²;   p ← p·(1 − rate·decay) − rate · (m/(1−β1^t)) / (√(v/(1−β2^t)) + ε)
// Decay applies to the first `decayed` elements of a pack: tensors of two or more axes lie there.
// Shapes: parameters, gradients, m, v [n]; squares [blocks] over all packs; rows [M,2] from loss.wgsl; metrics [ring, 4] = (loss, norm, targets right, unused).
// Writes: sum_squares squares =; finish the first three words of metrics[ring] = (the fourth is never written), scale[0] = when TRAINING; adamw parameters, m, v in place.
struct Params {
  n: u32,
  block: u32, // elements that one invocation of sum_squares adds up: a workgroup covers 64·block
  first_block: u32, // of this pack in squares
  blocks: u32, // of all packs
  decayed: u32,
  M: u32,
  clip: f32,
  beta1: f32,
  beta2: f32,
  eps: f32,
  weight_decay: f32,
}

@group(0) @binding(0) var<storage, read> gradients: array<f32>;
@group(0) @binding(1) var<storage, read_write> squares: array<f32>;
@group(0) @binding(2) var<storage, read> all_squares: array<f32>;
@group(0) @binding(3) var<storage, read> rows: array<f32>;
@group(0) @binding(4) var<storage, read_write> metrics: array<f32>;
@group(0) @binding(5) var<storage, read_write> scale_out: array<f32>;
@group(0) @binding(6) var<storage, read> scale_in: array<f32>;
@group(0) @binding(7) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(8) var<storage, read_write> m: array<f32>;
@group(0) @binding(9) var<storage, read_write> v: array<f32>;
@group(0) @binding(10) var<storage, read> state: State;
@group(0) @binding(11) var<uniform> params: Params;

override TRAINING: bool = true;

var<workgroup> squares_lanes: array<f32, 64>;

// One workgroup is one block of 64·`block` elements; neighbours read neighbouring words.
@compute @workgroup_size(64)
fn sum_squares(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let group = linear_workgroup(id, count);
  let first = group * 64u * params.block;
  if (first >= params.n) {
    return;
  }
  var sum = 0.0;
  for (var j = 0u; j < params.block; j++) {
    let i = first + j * 64u + local;
    if (i < params.n) {
      let g = gradients[i];
      sum += g * g;
    }
  }
  squares_lanes[local] = sum;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half >>= 1u) {
    if (local < half) {
      squares_lanes[local] += squares_lanes[local + half];
    }
    workgroupBarrier();
  }
  if (local == 0u) {
    squares[params.first_block + group] = squares_lanes[0];
  }
}

var<workgroup> lanes: array<vec3f, 256>;

// One workgroup: this step's loss, norm and answers, and the clipping scale.
@compute @workgroup_size(256)
fn finish(@builtin(local_invocation_index) lane: u32) {
  var sum = vec3f();
  for (var i = lane; i < params.M; i += 256u) {
    sum += vec3f(rows[i * 2u], 0.0, rows[i * 2u + 1u]);
  }
  if (TRAINING) {
    for (var i = lane; i < params.blocks; i += 256u) {
      sum.y += all_squares[i];
    }
  }
  lanes[lane] = sum;
  workgroupBarrier();
  for (var half = 128u; half > 0u; half >>= 1u) {
    if (lane < half) {
      lanes[lane] += lanes[lane + half];
    }
    workgroupBarrier();
  }
  if (lane == 0u) {
    let total = lanes[0];
    let norm = sqrt(total.y);
    metrics[state.ring * 4u] = total.x * state.inverse_count;
    metrics[state.ring * 4u + 1u] = norm;
    metrics[state.ring * 4u + 2u] = total.z;
    if (TRAINING) {
      scale_out[0] = select(1.0, min(1.0, params.clip / (norm + 1e-6)), params.clip > 0.0);
    }
  }
}

// One invocation is one parameter.
@compute @workgroup_size(64)
fn adamw(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 64u + local;
  if (i >= params.n) {
    return;
  }
  let d = gradients[i] * scale_in[0];
  let m1 = params.beta1 * m[i] + (1.0 - params.beta1) * d;
  let v1 = params.beta2 * v[i] + (1.0 - params.beta2) * d * d;
  m[i] = m1;
  v[i] = v1;
  var p = parameters[i];
  if (i < params.decayed) {
    p *= 1.0 - state.rate * params.weight_decay;
  }
  parameters[i] = p - state.rate * (m1 * state.scale_m) / (sqrt(v1 * state.scale_v) + params.eps);
}
