// Both norms for processors: norm_common.wgsl says what is computed. V is a number here; one invocation walks a row, or a block of rows, by itself.
// Shapes and writes: as there.

// One invocation is one row.
@compute @workgroup_size(64)
fn forward(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linear_workgroup(id, count) * 64u + local;
  if (row >= params.M) {
    return;
  }
  let at = row * params.D;
  var mean = 0.0;
  if (CENTRED) {
    for (var d = 0u; d < params.D; d++) {
      mean += x[at + d];
    }
    mean /= f32(params.D);
  }
  var squares = 0.0;
  for (var d = 0u; d < params.D; d++) {
    let c = x[at + d] - mean;
    squares += c * c;
  }
  let r = inverseSqrt(squares / f32(params.D) + params.eps);
  for (var d = 0u; d < params.D; d++) {
    var value = (x[at + d] - mean) * r * weight[d];
    if (BIAS) {
      value += bias[d];
    }
    y[at + d] = value;
  }
  stats[row] = vec2f(mean, r);
}

fn write_partial(block: u32, d: u32, first: u32, last: u32) {
  var sum = vec2f();
  for (var row = first; row < last; row++) {
    let i = row * params.D + d;
    let stat = saved[row];
    sum += vec2f(dy[i] * (x[i] - stat.x) * stat.y, dy[i]);
  }
  let width = params.D * select(1u, 2u, BIAS);
  partials[params.partials_offset + block * width + d] = sum.x;
  if (BIAS) {
    partials[params.partials_offset + block * width + params.D + d] = sum.y;
  }
}

// One invocation is one block of rows.
@compute @workgroup_size(64)
fn backward(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let block = linear_workgroup(id, count) * 64u + local;
  let first = block * params.block;
  if (first >= params.M) {
    return;
  }
  let last = min(params.M, first + params.block);
  for (var row = first; row < last; row++) {
    let stat = saved[row];
    var sum = vec2f();
    for (var d = 0u; d < params.D; d++) {
      let i = row * params.D + d;
      let g = dy[i] * weight[d];
      sum += vec2f(g, g * (x[i] - stat.x) * stat.y);
    }
    for (var d = 0u; d < params.D; d++) {
      let i = row * params.D + d;
      var g = dy[i] * weight[d] - (x[i] - stat.x) * stat.y * sum.y / f32(params.D);
      if (CENTRED) {
        g -= sum.x / f32(params.D);
      }
      g *= stat.y;
      if (ACCUMULATE) {
        g += dx[i];
      }
      dx[i] = g;
    }
  }
  for (var d = 0u; d < params.D; d++) {
    write_partial(block, d, first, last);
  }
}
