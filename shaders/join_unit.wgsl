// Sums and choices over the UNIT lanes that join among themselves (subgroups.wgsl, or subgroups_none.wgsl, where a lane is alone); all of them get it. For join.wgsl and
// join_alone.wgsl. Shapes: one value a lane. Writes: nothing; functions for other shaders.

// Three sums of two numbers, a column each.
alias Sums = mat3x2f;

fn unit_sums(value: Sums) -> Sums {
  return Sums(
    unit_sum(value[0].x), unit_sum(value[0].y), unit_sum(value[1].x), unit_sum(value[1].y), unit_sum(value[2].x), unit_sum(value[2].y),
  );
}

// The largest first word, and of those the largest second.
fn unit_best(value: vec2u) -> vec2u {
  let most = unit_max(value.x);
  return vec2u(most, unit_max(select(0u, value.y, value.x == most)));
}

fn better(a: vec2u, b: vec2u) -> vec2u {
  return select(a, b, b.x > a.x || (b.x == a.x && b.y > a.y));
}
