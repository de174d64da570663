// Mean cross-entropy in nats over the targets that are not -1, its gradient, and whether the likeliest token is the target.
//   row loss = log Σ_v exp(z_v − max z) + max z − z_target;   dz_v = (softmax(z)_v − [v = target]) / count
// Shapes: logits [M,V], targets [M], rows [rows of the whole batch, 2] = (row loss or 0, 1 where the argmax is the target; ties go to the lowest id).
// Writes: rows =, from this micro-batch's first on; with GRADIENT logits are overwritten by dz (rows with target -1 by 0).
struct Params {
  M: u32,
  V: u32,
}

@group(0) @binding(0) var<storage, read_write> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read_write> rows: array<f32>;
@group(0) @binding(3) var<storage, read> state: State;
@group(0) @binding(4) var<uniform> params: Params;

override GRADIENT: bool = false;

struct Running {
  most: f32,
  sum: f32, // Σ exp(z − most)
  best: u32,
}

fn scan(row: u32, lane: u32, lanes: u32) -> Running {
  var run = Running(-3e38, 0.0, 0xffffffffu);
  for (var v = lane; v < params.V; v += lanes) {
    let z = logits[row * params.V + v];
    if (z > run.most) {
      run.sum = run.sum * exp(run.most - z) + 1.0;
      run.most = z;
      run.best = v;
    } else {
      run.sum += exp(z - run.most);
    }
  }
  return run;
}

fn join(left: Running, right: Running) -> Running {
  let most = max(left.most, right.most);
  let sum = left.sum * exp(left.most - most) + right.sum * exp(right.most - most);
  // On a tie the lower id wins.
  let take_right = right.most > left.most || (right.most == left.most && right.best < left.best);
  return Running(most, sum, select(left.best, right.best, take_right));
}

fn write(row: u32, lane: u32, lanes: u32, run: Running, z_target: f32) {
  let target_id = targets[row];
  if (lane == 0u) {
    let at = (state.first_row + row) * 2u;
    rows[at] = select(0.0, log(run.sum) + run.most - z_target, target_id >= 0);
    rows[at + 1u] = select(0.0, 1.0, target_id >= 0 && run.best == u32(max(target_id, 0)));
  }
  if (GRADIENT) {
    let scale = select(0.0, state.inverse_count, target_id >= 0);
    for (var v = lane; v < params.V; v += lanes) {
      let i = row * params.V + v;
      logits[i] = scale * (exp(logits[i] - run.most) / run.sum - select(0.0, 1.0, i32(v) == target_id));
    }
  }
}

fn target_logit(row: u32) -> f32 {
  return logits[row * params.V + u32(max(targets[row], 0))];
}

// One invocation is one row.
@compute @workgroup_size(64)
fn serial(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linear_workgroup(id, count) * 64u + local;
  if (row < params.M) {
    write(row, 0u, 1u, scan(row, 0u, 1u), target_logit(row));
  }
}

var<workgroup> lanes_run: array<Running, 64>;

// One workgroup is one row.
@compute @workgroup_size(64)
fn parallel(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = linear_workgroup(id, count);
  if (row >= params.M) {
    return;
  }
  lanes_run[lane] = scan(row, lane, 64u);
  // Read before any lane overwrites the row with its gradient: the barriers below stand between.
  let z_target = target_logit(row);
  workgroupBarrier();
  for (var half = 32u; half > 0u; half >>= 1u) {
    if (lane < half) {
      lanes_run[lane] = join(lanes_run[lane], lanes_run[lane + half]);
    }
    workgroupBarrier();
  }
  let run = lanes_run[0];
  write(row, lane, 64u, run, z_target);
}
