// Both norms for GPUs: norm_common.wgsl says what is computed. LANES neighbouring invocations share a row and keep it in registers, PER values of V each; a
// workgroup holds SLOTS rows at a time. STEPS is D in V; `across` adds up the parts of a V. These are constants put in front, since they size register arrays.
// Loops over PER are unrolled, so that arrays are registers. Sums over a row: every lane leaves its part in workgroup memory and adds up all parts in their order, so that one barrier is enough and all lanes get the same.
// Shapes and writes: as there.
const SLOTS = 256u / LANES;

fn of_row(slot: u32, lane: u32) -> u32 {
  return slot * LANES + lane;
}

var<workgroup> parts: array<f32, 256>;
var<workgroup> square_parts: array<f32, 256>;

// One workgroup is SLOTS rows.
@compute @workgroup_size(256)
fn forward(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = local % LANES;
  let slot = local / LANES;
  let row = linear_workgroup(id, count) * SLOTS + slot;
  let inside = row < params.M;
  let at = min(row, params.M - 1u) * STEPS;
  var values: array<V, PER>;
  var part = 0.0;
  @unroll for (var i = 0u; i < PER; i++) {
    let j = lane + i * LANES;
    if (j < STEPS) {
      values[i] = x[at + j];
      part += across(values[i]);
    }
  }
  var mean = 0.0;
  if (CENTRED) {
    parts[local] = part;
    workgroupBarrier();
    for (var i = 0u; i < LANES; i += 8u) {
      @unroll for (var k = 0u; k < 8u; k++) {
        mean += parts[of_row(slot, i + k)];
      }
    }
    mean /= f32(params.D);
  }
  part = 0.0;
  @unroll for (var i = 0u; i < PER; i++) {
    values[i] -= V(mean);
    if (lane + i * LANES < STEPS) {
      part += across(values[i] * values[i]);
    }
  }
  square_parts[local] = part;
  workgroupBarrier();
  var squares = 0.0;
  for (var i = 0u; i < LANES; i += 8u) {
    @unroll for (var k = 0u; k < 8u; k++) {
      squares += square_parts[of_row(slot, i + k)];
    }
  }
  let r = inverseSqrt(squares / f32(params.D) + params.eps);
  @unroll for (var i = 0u; i < PER; i++) {
    let j = lane + i * LANES;
    if (inside && j < STEPS) {
      var value = values[i] * r * weight[j];
      if (BIAS) {
        value += bias[j];
      }
      y[at + j] = value;
    }
  }
  if (inside && lane == 0u) {
    stats[row] = vec2f(mean, r);
  }
}

// Two turns: a workgroup begins its next rows while a slower part of it still reads the sums of these.
var<workgroup> gradient_parts: array<vec2f, 512>;
var<workgroup> column_parts: array<V, 256>;
var<workgroup> bias_parts: array<V, 256>;

// One workgroup is one block of rows, SLOTS at a time; each lane adds up its columns over the rows of its slot, and in the end over the slots.
@compute @workgroup_size(256)
fn backward(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = local % LANES;
  let slot = local / LANES;
  let group = linear_workgroup(id, count);
  let first = group * params.block;
  if (first >= params.M) {
    return;
  }
  let last = min(params.M, first + params.block);
  var w: array<V, PER>;
  @unroll for (var i = 0u; i < PER; i++) {
    if (lane + i * LANES < STEPS) {
      w[i] = weight[lane + i * LANES];
    }
  }
  var column_sums: array<V, PER>;
  var bias_sums: array<V, PER>;
  var turn = 0u;
  for (var base = first; base < last; base += SLOTS) {
    let row = base + slot;
    let inside = row < last;
    let at = min(row, params.M - 1u) * STEPS;
    let stat = saved[min(row, params.M - 1u)];
    var x_hat: array<V, PER>;
    var g: array<V, PER>;
    var part = vec2f();
    @unroll for (var i = 0u; i < PER; i++) {
      let j = lane + i * LANES;
      if (inside && j < STEPS) {
        x_hat[i] = (x[at + j] - V(stat.x)) * stat.y;
        let upstream = dy[at + j];
        column_sums[i] += upstream * x_hat[i];
        bias_sums[i] += upstream;
        g[i] = upstream * w[i];
        part += vec2f(across(g[i]), across(g[i] * x_hat[i]));
      }
    }
    gradient_parts[turn + local] = part;
    workgroupBarrier();
    var sum = vec2f();
    for (var i = 0u; i < LANES; i += 8u) {
      @unroll for (var k = 0u; k < 8u; k++) {
        sum += gradient_parts[turn + of_row(slot, i + k)];
      }
    }
    turn ^= 256u;
    sum /= f32(params.D);
    @unroll for (var i = 0u; i < PER; i++) {
      let j = lane + i * LANES;
      if (inside && j < STEPS) {
        var value = g[i] - x_hat[i] * sum.y;
        if (CENTRED) {
          value -= V(sum.x);
        }
        value *= stat.y;
        if (ACCUMULATE) {
          value += dx[at + j];
        }
        dx[at + j] = value;
      }
    }
  }
  let out = params.partials_offset + group * STEPS * select(1u, 2u, BIAS);
  @unroll for (var i = 0u; i < PER; i++) {
    column_parts[local] = column_sums[i];
    bias_parts[local] = bias_sums[i];
    workgroupBarrier();
    let j = lane + i * LANES;
    if (slot == 0u && j < STEPS) {
      var sum = V();
      var bias_sum = V();
      for (var s = 0u; s < SLOTS; s++) {
        sum += column_parts[of_row(s, lane)];
        bias_sum += bias_parts[of_row(s, lane)];
      }
      partials[out + j] = sum;
      if (BIAS) {
        partials[out + STEPS + j] = bias_sum;
      }
    }
    workgroupBarrier();
  }
}
