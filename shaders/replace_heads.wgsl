// Interventions on what heads give: columns of x [rows, heads·width] replaced by zero or by their mean over all rows, in place, head by head as `modes` [heads] says.
//   sums   sums[chunk, j] = Σ x[row, j] over the rows of a chunk, of heads whose mode is MEAN
//   fill   x[row, j]      = 0, or Σ over chunks of sums[chunk, j] / rows
// The modes are data, so that one compiled pass takes any heads away: where none is, both return at once.
// Shapes: x [rows, columns], columns = heads · width; sums [⌈rows / CHUNK⌉, columns].
// Writes: sums =. fill x =, the columns of replaced heads alone.
// One invocation is one column of a chunk of rows. Sums run in a fixed order.
struct Params {
  rows: u32,
  columns: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read> modes: array<u32>;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> chunk_sums: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const KEEP = 0u;
const MEAN = 2u; // 1 is zero

@compute @workgroup_size(64)
fn sums(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 64u + local;
  let j = i % params.columns;
  let first = (i / params.columns) * CHUNK;
  if (first >= params.rows || modes[j / params.width] != MEAN) {
    return;
  }
  var sum = 0.0;
  for (var row = first; row < min(first + CHUNK, params.rows); row++) {
    sum += x[row * params.columns + j];
  }
  chunk_sums[i] = sum;
}

@compute @workgroup_size(64)
fn fill(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 64u + local;
  let j = i % params.columns;
  let first = (i / params.columns) * CHUNK;
  if (first >= params.rows) {
    return;
  }
  let mode = modes[j / params.width];
  if (mode == KEEP) {
    return;
  }
  var value = 0.0;
  if (mode == MEAN) {
    for (var chunk = 0u; chunk * CHUNK < params.rows; chunk++) {
      value += chunk_sums[chunk * params.columns + j];
    }
    value /= f32(params.rows);
  }
  for (var row = first; row < min(first + CHUNK, params.rows); row++) {
    x[row * params.columns + j] = value;
  }
}
