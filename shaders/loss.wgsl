// The loss for processors: loss_common.wgsl says what is computed. V is a number here.
// Shapes and writes: as there. One invocation is one row.
@compute @workgroup_size(64)
fn loss(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linear_workgroup(id, count) * 64u + local;
  if (row >= params.M) {
    return;
  }
  let first = row * params.V;
  var most = -3e38;
  var sum = 0.0; // Σ exp(z − most)
  var best = 0xffffffffu;
  for (var v = 0u; v < params.V; v++) {
    let z = logits[first + v];
    if (z > most) {
      sum = sum * exp(most - z) + 1.0;
      most = z;
      best = v;
    } else {
      sum += exp(z - most);
    }
  }
  let target_id = targets[row];
  write_row(row, target_id, most, sum, best, logits[first + u32(max(target_id, 0))]);
  if (GRADIENT) {
    let scale = select(0.0, state.inverse_count, target_id >= 0);
    for (var v = 0u; v < params.V; v++) {
      logits[first + v] = scale * (exp(logits[first + v] - most) / sum - select(0.0, 1.0, i32(v) == target_id));
    }
  }
}
