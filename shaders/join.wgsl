// Sums and choices over the lanes of a workgroup, in a fixed order; all lanes get them. LANES = SIDE², a constant put in front.
// Shapes: one value a lane. Writes: nothing; functions for other shaders. join_one.wgsl has them for a lane on its own.
const LANES = SIDE * SIDE;

var<workgroup> lane_sums: array<vec2f, LANES>;
var<workgroup> side_sums: array<vec2f, SIDE>;
var<workgroup> lane_bests: array<vec2u, LANES>;
var<workgroup> side_bests: array<vec2u, SIDE>;
var<workgroup> joined_sum: vec2f;
var<workgroup> joined_best: vec2u;

fn join_sums(lane: u32, value: vec2f) -> vec2f {
  lane_sums[lane] = value;
  workgroupBarrier();
  if (lane < SIDE) {
    var sum = vec2f();
    for (var i = 0u; i < SIDE; i++) {
      sum += lane_sums[lane * SIDE + i];
    }
    side_sums[lane] = sum;
  }
  workgroupBarrier();
  if (lane == 0u) {
    var sum = vec2f();
    for (var i = 0u; i < SIDE; i++) {
      sum += side_sums[i];
    }
    joined_sum = sum;
  }
  return workgroupUniformLoad(&joined_sum);
}

// The largest first word, and of those the largest second.
fn join_best(lane: u32, value: vec2u) -> vec2u {
  lane_bests[lane] = value;
  workgroupBarrier();
  if (lane < SIDE) {
    var best = vec2u();
    for (var i = 0u; i < SIDE; i++) {
      best = better(best, lane_bests[lane * SIDE + i]);
    }
    side_bests[lane] = best;
  }
  workgroupBarrier();
  if (lane == 0u) {
    var best = vec2u();
    for (var i = 0u; i < SIDE; i++) {
      best = better(best, side_bests[i]);
    }
    joined_best = best;
  }
  return workgroupUniformLoad(&joined_best);
}

fn better(a: vec2u, b: vec2u) -> vec2u {
  return select(a, b, b.x > a.x || (b.x == a.x && b.y > a.y));
}
