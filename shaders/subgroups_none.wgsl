// What subgroups.wgsl does among the lanes of a subgroup, for a lane on its own: for devices without subgroups, or with some of several sizes.
// Writes: nothing; functions for other shaders.
const UNIT = 1u;

fn unit_sum(value: f32) -> f32 {
  return value;
}

fn unit_max(value: u32) -> u32 {
  return value;
}

fn unit_top(value: f32) -> f32 {
  return value;
}
