// The loss for GPUs: loss_common.wgsl says what is computed. LANES neighbouring invocations share a row of STEPS values of V; a workgroup holds SLOTS rows. The row
// is read once for its maximum and its sum, and once more, then in a cache, for the gradient. STEPS, LANES and V are put in front.
// Shapes and writes: as there.
const SLOTS = 256u / LANES;

struct Running {
  most: f32,
  sum: f32, // Σ exp(z − most)
  best: u32,
}

fn join(left: Running, right: Running) -> Running {
  let most = max(left.most, right.most);
  let sum = left.sum * exp(left.most - most) + right.sum * exp(right.most - most);
  // On a tie the lower id wins.
  let take_right = right.most > left.most || (right.most == left.most && right.best < left.best);
  return Running(most, sum, select(left.best, right.best, take_right));
}

var<workgroup> running: array<Running, 256>;

// One workgroup is SLOTS rows.
@compute @workgroup_size(256)
fn loss(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = local % LANES;
  let row = linear_workgroup(id, count) * SLOTS + local / LANES;
  let inside = row < params.M;
  let first = min(row, params.M - 1u) * STEPS;
  var run = Running(-3e38, 0.0, 0xffffffffu);
  for (var j = lane; j < STEPS; j += LANES) {
    let z = logits[first + j];
    let most = largest(z);
    if (most > run.most) {
      run.sum *= exp(run.most - most);
      run.most = most;
      run.best = j * WIDTH + place_of(z, most);
    }
    run.sum += across(exp(z - V(run.most)));
  }
  running[local] = run;
  // Read before any lane overwrites the row with its gradient: the barriers below stand between.
  let target_id = targets[min(row, params.M - 1u)];
  let wanted = u32(max(target_id, 0));
  let z_target = element(logits[first + wanted / WIDTH], wanted % WIDTH);
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half >>= 1u) {
    if (lane < half) {
      running[local] = join(running[local], running[local + half]);
    }
    workgroupBarrier();
  }
  run = running[local - lane];
  if (inside && lane == 0u) {
    write_row(row, target_id, run.most, run.sum, run.best, z_target);
  }
  if (GRADIENT && inside) {
    let scale = select(0.0, state.inverse_count, target_id >= 0);
    let inverse = scale / run.sum;
    for (var j = lane; j < STEPS; j += LANES) {
      let z = logits[first + j];
      logits[first + j] = exp(z - V(run.most)) * inverse - one_at(j * WIDTH, wanted) * scale;
    }
  }
}
