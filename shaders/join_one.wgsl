// What join.wgsl does over the lanes of a workgroup, for an invocation on its own: no barrier, for processors.
// Shapes: one value. Writes: nothing; functions for other shaders.
const LANES = 1u;

alias Sums = mat3x2f;

fn join_sums(lane: u32, value: Sums) -> Sums {
  return value;
}

fn join_same(lane: u32, value: f32) -> f32 {
  return value;
}

fn join_best(lane: u32, value: vec2u) -> vec2u {
  return value;
}

fn better(a: vec2u, b: vec2u) -> vec2u {
  return select(a, b, b.x > a.x || (b.x == a.x && b.y > a.y));
}
