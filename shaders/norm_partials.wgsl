// The weight and bias gradients of all norms at once, from the partial sums that each norm's backward pass left.
//   gradient[n·stride + j] = Σ_b partials[(n·blocks + b)·width + j],  j < D: the weight;  a bias, j ≥ D, lies at n·stride + bias_at + j − D
// Shapes: partials [norms, blocks, width], gradient [norms, stride].
// Writes: gradient = or += (ACCUMULATE: an earlier micro-batch has already written). One invocation is one (norm, column): eight sums
// over every eighth block, so that eight loads are under way at a time, then their sum; always in this order.
struct Params {
  norms: u32,
  blocks: u32,
  width: u32, // D, or 2·D with a bias
  D: u32,
  bias_at: u32, // where a norm's bias lies behind its weight
  stride: u32,
}

@group(0) @binding(0) var<storage, read> partials: array<f32>;
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

override ACCUMULATE: bool = false;

@compute @workgroup_size(64)
fn sum_partials(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 64u + local;
  if (i >= params.norms * params.width) {
    return;
  }
  let n = i / params.width;
  let j = i % params.width;
  var sums: array<f32, 8>;
  let first = n * params.blocks * params.width + j;
  let whole = params.blocks - params.blocks % 8u;
  for (var b = 0u; b < whole; b += 8u) {
    @unroll for (var k = 0u; k < 8u; k++) {
      sums[k] += partials[first + (b + k) * params.width];
    }
  }
  var sum = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
  for (var b = whole; b < params.blocks; b++) {
    sum += partials[first + b * params.width];
  }
  let at = n * params.stride + select(j, params.bias_at + j - params.D, j >= params.D);
  if (ACCUMULATE) {
    sum += gradient[at];
  }
  gradient[at] = sum;
}
