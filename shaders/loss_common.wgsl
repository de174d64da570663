// Mean cross-entropy in nats over the targets that are not -1, its gradient, and whether the likeliest token is the target.
//   row loss = log Σ_v exp(z_v − max z) + max z − z_target;   dz_v = (softmax(z)_v − [v = target]) / count
// Shapes: logits [M,V], targets [M], rows [rows of the whole batch] = (row loss or 0, 1 where the argmax is the target; ties go to the lowest id).
// Writes: rows =, from this micro-batch's first on; with GRADIENT logits are overwritten by dz (rows with target -1 by 0).
// This file holds what the kernels share: loss.wgsl has an invocation for each row (processors), loss_rows.wgsl some for each row (GPUs). V, a number or a vector of
// four, is put in front.
struct Params {
  M: u32,
  V: u32,
}

@group(0) @binding(0) var<storage, read_write> logits: array<V>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read_write> rows: array<vec2f>;
@group(0) @binding(3) var<storage, read> state: State;
@group(0) @binding(4) var<uniform> params: Params;

override GRADIENT: bool = false;

fn write_row(row: u32, target_id: i32, most: f32, sum: f32, best: u32, z_target: f32) {
  let counts = target_id >= 0;
  let right = counts && best == u32(max(target_id, 0));
  rows[state.first_row + row] = select(vec2f(), vec2f(log(sum) + most - z_target, select(0.0, 1.0, right)), counts);
}
