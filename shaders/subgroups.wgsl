// Sums and maxima over the lanes of a subgroup; all of them get it. UNIT is its size, a constant put in front, on devices where it never differs. subgroups_none.wgsl has them where
// it does. Writes: nothing; functions for other shaders.
fn unit_sum(value: f32) -> f32 {
  return subgroupAdd(value);
}

fn unit_max(value: u32) -> u32 {
  return subgroupMax(value);
}

fn unit_top(value: f32) -> f32 {
  return subgroupMax(value);
}
