// The parts of a split product, added in order.
//   out[i] = Σ_s parts[s·size + i];   sums[r] = Σ_s sums_parts[s·rows + r] when ROW_SUMS
// Shapes: parts [splits, size], sums_parts [splits, rows], out [size], sums [rows].
// Writes: out = or += (ACCUMULATE); with ROW_SUMS sums = or += (ACCUMULATE). One invocation is one output.
struct Params {
  size: u32,
  rows: u32,
  splits: u32,
}

@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read> sums_parts: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

override ACCUMULATE: bool = false;
override ROW_SUMS: bool = false;

@compute @workgroup_size(64)
fn reduce(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 64u + local;
  if (i < params.size) {
    var sum = 0.0;
    for (var s = 0u; s < params.splits; s++) {
      sum += parts[s * params.size + i];
    }
    if (ACCUMULATE) {
      sum += out[i];
    }
    out[i] = sum;
  } else if (ROW_SUMS && i < params.size + params.rows) {
    let r = i - params.size;
    var sum = 0.0;
    for (var s = 0u; s < params.splits; s++) {
      sum += sums_parts[s * params.rows + r];
    }
    if (ACCUMULATE) {
      sum += sums[r];
    }
    sums[r] = sum;
  }
}
