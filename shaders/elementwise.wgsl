// The few element-wise passes that no other kernel can carry.
//   add        out[i] = or += x[i]
//   mask       out[i] = x[i] · dropout mask of `site` at i, rows of `width` counted from the whole batch's first: the gradient that enters a dropped-out sublayer
//   zero       out[row·stride + offset + j] = 0 for row < n / width, j < width: gradients of keys or values that nobody reads
// Shapes: add, mask x, out [n]; zero out [n / width, stride].
// Writes: add out = or += (ACCUMULATE). mask out =. zero out =, the named columns alone.
// One invocation is one element.
struct Params {
  n: u32,
  width: u32,
  stride: u32,
  offset: u32,
  site: u32,
  threshold: u32,
  kept: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> state: State;
@group(0) @binding(3) var<uniform> params: Params;

override ACCUMULATE: bool = false;

@compute @workgroup_size(64)
fn add(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 64u + local;
  if (i < params.n) {
    out[i] = x[i] + select(0.0, out[i], ACCUMULATE);
  }
}

@compute @workgroup_size(64)
fn mask(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 64u + local;
  if (i < params.n) {
    let place = state.first_row * params.width + i;
    out[i] = x[i] * dropout_scale(dropout_keys(state.seed, state.step, params.site), place, params.threshold, params.kept);
  }
}

@compute @workgroup_size(64)
fn zero(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 64u + local;
  if (i < params.n) {
    out[(i / params.width) * params.stride + params.offset + i % params.width] = 0.0;
  }
}
