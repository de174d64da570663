// What join.wgsl does over the lanes of a workgroup, where these are one unit: a subgroup, or an invocation on its own, for processors. No barrier.
// All lanes of a subgroup get what they join, so they stay together, which WGSL cannot know: `diagnostic(off, subgroup_uniformity)` is put in front.
// Shapes: one value a lane. Writes: nothing; functions for other shaders.
const LANES = UNIT;

fn join_sums(lane: u32, value: Sums) -> Sums {
  return unit_sums(value);
}

fn join_same(lane: u32, value: f32) -> f32 {
  return value;
}

fn join_best(lane: u32, value: vec2u) -> vec2u {
  return unit_best(value);
}
