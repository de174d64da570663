// Layer norm (arXiv 1607.06450) and root-mean-square norm (arXiv 1910.07467) over the last axis.
//   layer norm  y = (x − mean) · r · w + b,  r = 1/√(var + ε)
//   rms norm    y = x · r · w,               r = 1/√(mean(x²) + ε)
// Shapes: x, y, dy, dx [M,D]; weight, bias [D]; stats [M,2] = (mean or 0, r); partials [norms, blocks, D·(1 or 2)] = sums of (dy·x̂, dy)
// over a block of rows, added up by norm_partials.wgsl.
// Writes: forward y =, stats =. backward dx = or += (ACCUMULATE), partials =.
struct Params {
  M: u32,
  D: u32,
  block: u32, // rows of a backward block
  eps: f32,
  partials_offset: u32, // of this norm
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> stats: array<f32>;
@group(0) @binding(5) var<storage, read> dy: array<f32>;
@group(0) @binding(6) var<storage, read> saved: array<f32>; // stats, read in the backward pass
@group(0) @binding(7) var<storage, read_write> dx: array<f32>;
@group(0) @binding(8) var<storage, read_write> partials: array<f32>;
@group(0) @binding(9) var<uniform> params: Params;

override CENTRED: bool = true; // layer norm
override BIAS: bool = true;
override ACCUMULATE: bool = false;

var<workgroup> shared_sums: array<vec2f, 64>;

// Σ over the lanes of a row, in a fixed order; all lanes get it.
fn add_lanes(lane: u32, value: vec2f) -> vec2f {
  shared_sums[lane] = value;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half >>= 1u) {
    if (lane < half) {
      shared_sums[lane] += shared_sums[lane + half];
    }
    workgroupBarrier();
  }
  let sum = workgroupUniformLoad(&shared_sums[0]);
  return sum;
}

fn normalised(i: u32, mean: f32, r: f32) -> f32 {
  return (x[i] - mean) * r;
}

fn write_row(row: u32, lane: u32, lanes: u32, mean: f32, r: f32) {
  for (var d = lane; d < params.D; d += lanes) {
    var value = normalised(row * params.D + d, mean, r) * weight[d];
    if (BIAS) {
      value += bias[d];
    }
    y[row * params.D + d] = value;
  }
  if (lane == 0u) {
    stats[row * 2u] = mean;
    stats[row * 2u + 1u] = r;
  }
}

fn row_mean_part(row: u32, lane: u32, lanes: u32) -> f32 {
  var sum = 0.0;
  for (var d = lane; d < params.D; d += lanes) {
    sum += x[row * params.D + d];
  }
  return sum;
}

fn row_square_part(row: u32, lane: u32, lanes: u32, mean: f32) -> f32 {
  var sum = 0.0;
  for (var d = lane; d < params.D; d += lanes) {
    let c = x[row * params.D + d] - mean;
    sum += c * c;
  }
  return sum;
}

// One workgroup is one row.
@compute @workgroup_size(64)
fn forward(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = linear_workgroup(id, count);
  if (row >= params.M) {
    return;
  }
  let D = f32(params.D);
  var mean = 0.0;
  if (CENTRED) {
    mean = add_lanes(lane, vec2f(row_mean_part(row, lane, 64u), 0.0)).x / D;
  }
  let r = inverseSqrt(add_lanes(lane, vec2f(row_square_part(row, lane, 64u, mean), 0.0)).x / D + params.eps);
  write_row(row, lane, 64u, mean, r);
}

// One invocation is one row.
@compute @workgroup_size(64)
fn forward_serial(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linear_workgroup(id, count) * 64u + local;
  if (row >= params.M) {
    return;
  }
  let D = f32(params.D);
  var mean = 0.0;
  if (CENTRED) {
    mean = row_mean_part(row, 0u, 1u) / D;
  }
  let r = inverseSqrt(row_square_part(row, 0u, 1u, mean) / D + params.eps);
  write_row(row, 0u, 1u, mean, r);
}

// dx = r · (g − mean(g) − x̂ · mean(g·x̂)) with g = dy·w; without mean(g) for the rms norm.
// (Σ g, Σ g·x̂) of a row.
fn row_gradient_part(row: u32, lane: u32, lanes: u32, mean: f32, r: f32) -> vec2f {
  var sum = vec2f();
  for (var d = lane; d < params.D; d += lanes) {
    let i = row * params.D + d;
    let g = dy[i] * weight[d];
    sum += vec2f(g, g * normalised(i, mean, r));
  }
  return sum;
}

fn write_gradient(row: u32, d: u32, mean: f32, r: f32, sum: vec2f) {
  let i = row * params.D + d;
  let x_hat = normalised(i, mean, r);
  var g = dy[i] * weight[d] - x_hat * sum.y / f32(params.D);
  if (CENTRED) {
    g -= sum.x / f32(params.D);
  }
  g *= r;
  if (ACCUMULATE) {
    g += dx[i];
  }
  dx[i] = g;
}

fn write_partial(block: u32, d: u32, first: u32, last: u32) {
  var sum = vec2f();
  for (var row = first; row < last; row++) {
    let i = row * params.D + d;
    sum += vec2f(dy[i] * normalised(i, saved[row * 2u], saved[row * 2u + 1u]), dy[i]);
  }
  let width = params.D * select(1u, 2u, BIAS);
  partials[params.partials_offset + block * width + d] = sum.x;
  if (BIAS) {
    partials[params.partials_offset + block * width + params.D + d] = sum.y;
  }
}

// One workgroup is one block of rows, walked one after another; then each lane sums its columns over the block.
@compute @workgroup_size(64)
fn backward(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = linear_workgroup(id, count);
  let first = block * params.block;
  let last = min(params.M, first + params.block);
  for (var row = first; row < last; row++) {
    let mean = saved[row * 2u];
    let r = saved[row * 2u + 1u];
    let sum = add_lanes(lane, row_gradient_part(row, lane, 64u, mean, r));
    for (var d = lane; d < params.D; d += 64u) {
      write_gradient(row, d, mean, r, sum);
    }
  }
  if (first < params.M) {
    for (var d = lane; d < params.D; d += 64u) {
      write_partial(block, d, first, last);
    }
  }
}

// One invocation is one block of rows.
@compute @workgroup_size(64)
fn backward_serial(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let block = linear_workgroup(id, count) * 64u + local;
  let first = block * params.block;
  if (first >= params.M) {
    return;
  }
  let last = min(params.M, first + params.block);
  for (var row = first; row < last; row++) {
    let mean = saved[row * 2u];
    let r = saved[row * 2u + 1u];
    let sum = row_gradient_part(row, 0u, 1u, mean, r);
    for (var d = 0u; d < params.D; d++) {
      write_gradient(row, d, mean, r, sum);
    }
  }
  for (var d = 0u; d < params.D; d++) {
    write_partial(block, d, first, last);
  }
}
