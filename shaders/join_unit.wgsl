// What join.wgsl does over the lanes of a workgroup, where these are one unit of UNIT lanes, which join among themselves: a subgroup (subgroups.wgsl), or an invocation on its
// own, for processors (subgroups_none.wgsl). No barrier. All lanes get what they join, so they stay together, which WGSL cannot know: `diagnostic(off, subgroup_uniformity)` is
// put in front of those that are more than one.
// Shapes: one value a lane. Writes: nothing; functions for other shaders.
const LANES = UNIT;

alias Sums = mat3x2f;

fn join_sums(lane: u32, value: Sums) -> Sums {
  return Sums(
    unit_sum(value[0].x), unit_sum(value[0].y), unit_sum(value[1].x), unit_sum(value[1].y), unit_sum(value[2].x), unit_sum(value[2].y),
  );
}

fn join_same(lane: u32, value: f32) -> f32 {
  return value;
}

fn join_best(lane: u32, value: vec2u) -> vec2u {
  let most = unit_max(value.x);
  return vec2u(most, unit_max(select(0u, value.y, value.x == most)));
}

fn better(a: vec2u, b: vec2u) -> vec2u {
  return select(a, b, b.x > a.x || (b.x == a.x && b.y > a.y));
}
