// Sums and choices over the lanes of a workgroup, in a fixed order; all lanes get them. LANES = SIDE², a constant put in front; units of UNIT lanes join among themselves
// (join_unit.wgsl).
// Shapes: one value a lane. Writes: nothing; functions for other shaders. join_alone.wgsl has them for a single unit.
const LANES = SIDE * SIDE;
const UNITS = LANES / UNIT;
// Many units are joined by SIDE lanes first, each PER of them.
const PER = max(UNITS / SIDE, 1u);
const PARTS = UNITS / PER;

var<workgroup> sums_of_units: array<Sums, UNITS>;
var<workgroup> part_sums: array<Sums, PARTS>;
var<workgroup> bests_of_units: array<vec2u, UNITS>;
var<workgroup> part_bests: array<vec2u, PARTS>;
var<workgroup> joined_sums: Sums;
var<workgroup> joined_best: vec2u;
var<workgroup> joined_same: f32;

fn join_sums(lane: u32, value: Sums) -> Sums {
  let own = unit_sums(value);
  if (lane % UNIT == 0u) {
    sums_of_units[lane / UNIT] = own;
  }
  workgroupBarrier();
  if (PER > 1u) {
    if (lane < PARTS) {
      var sum = Sums();
      for (var i = 0u; i < PER; i++) {
        sum += sums_of_units[lane * PER + i];
      }
      part_sums[lane] = sum;
    }
    workgroupBarrier();
  }
  if (lane == 0u) {
    var sum = Sums();
    for (var i = 0u; i < PARTS; i++) {
      if (PER > 1u) {
        sum += part_sums[i];
      } else {
        sum += sums_of_units[i];
      }
    }
    joined_sums = sum;
  }
  return workgroupUniformLoad(&joined_sums);
}

// What all lanes have already, of which the compiler must be told.
fn join_same(lane: u32, value: f32) -> f32 {
  if (lane == 0u) {
    joined_same = value;
  }
  return workgroupUniformLoad(&joined_same);
}

// The largest first word, and of those the largest second.
fn join_best(lane: u32, value: vec2u) -> vec2u {
  let own = unit_best(value);
  if (lane % UNIT == 0u) {
    bests_of_units[lane / UNIT] = own;
  }
  workgroupBarrier();
  if (PER > 1u) {
    if (lane < PARTS) {
      var best = vec2u();
      for (var i = 0u; i < PER; i++) {
        best = better(best, bests_of_units[lane * PER + i]);
      }
      part_bests[lane] = best;
    }
    workgroupBarrier();
  }
  if (lane == 0u) {
    var best = vec2u();
    for (var i = 0u; i < PARTS; i++) {
      if (PER > 1u) {
        best = better(best, part_bests[i]);
      } else {
        best = better(best, bests_of_units[i]);
      }
    }
    joined_best = best;
  }
  return workgroupUniformLoad(&joined_best);
}
