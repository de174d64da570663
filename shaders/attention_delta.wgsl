// delta of each query for the backward pass of attention, rows of heads read as vectors: maths and shapes in attention_common.wgsl.
// Writes: stats delta =.

// One invocation is one query of one head, in the order in which they lie.
@compute @workgroup_size(64)
fn delta_rows(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 64u + local;
  if (i >= params.sequences * params.T * params.H) {
    return;
  }
  let query = params.first * params.T * params.H + i;
  var sum = vec4f();
  for (var v = 0u; v < (E + 3u) / 4u; v++) {
    sum = fma(o_four(query * E, v), d_out_four(query * E, v), sum);
  }
  stats[query * 2u + 1u] = sum.x + sum.y + sum.z + sum.w;
}
