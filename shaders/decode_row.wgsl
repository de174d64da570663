// One row, or its norm, times rows of matrices, for decoding a token: what decode_product.wgsl and decode_gated.wgsl share.
//   h = x, or with NORM the norm of x: ((x − mean)·r)·w + b, as norm.wgsl defines it
// Shapes: x [rows, K]; norm_weight, norm_bias [K]; matrices [N, K], of which the other file reads a chunk by `matrix_chunk(r, at)`, for the r-th row of a workgroup.
// Writes: nothing; functions for other shaders.
// Constants put in front: K and N; EPS of the norm; Chunk, a vec4f where K is a multiple of 4 and else an f32, its WIDTH in words and its `total`; LANES of a workgroup and
// its ROWS of matrices; HELD chunks of each row, and of x and its norm, that a lane asks for at the start; UNIT lanes that add up among themselves by `unit_sum`
// (subgroups.wgsl: a subgroup; subgroups_none.wgsl: a lane alone). A workgroup's lanes split K: lane i takes every LANES-th chunk, and one lane adds up the units of a row in
// order.
// What a token needs has just been pushed out of the caches by all other layers' weights, so a kernel is as long as the reads that wait for one another. All that an
// invocation needs is therefore asked for at the start, and no size has to be read first.

@group(0) @binding(0) var<storage, read> x: array<Chunk>;
@group(0) @binding(1) var<storage, read> norm_weight: array<Chunk>;
@group(0) @binding(2) var<storage, read> norm_bias: array<Chunk>;

override NORM: bool = false;
override CENTRED: bool = false; // layer norm
override NORM_BIAS: bool = false;

const CHUNKS = K / WIDTH;
const STEPS = (CHUNKS + LANES - 1u) / LANES;

// Neighbouring invocations are in one subgroup: every subgroup is full, and as large as the device says.
const UNITS = LANES / UNIT;
// Units are joined four at a time. Those past the last hold nothing: workgroup memory begins with 0.
const PLACES = (UNITS + 3u) / 4u * 4u;

var<workgroup> moments: array<vec2f, PLACES>;
// A row's units lie one word further than PLACES apart: the lanes that add rows up meet in no memory bank.
var<workgroup> parts: array<f32, ROWS * (PLACES + 1u)>;

// Words of x that the lanes of a unit hold.
fn words_of(unit: u32) -> f32 {
  let rest = max(CHUNKS % LANES, unit * UNIT) - unit * UNIT;
  return select(0.0, f32(WIDTH * (CHUNKS / LANES * UNIT + min(rest, UNIT))), unit < UNITS);
}

fn words_of_four(unit: u32) -> vec4f {
  return vec4f(words_of(unit), words_of(unit + 1u), words_of(unit + 2u), words_of(unit + 3u));
}

// A lane's first chunks of x, and of the weight and bias of its norm.
struct Row {
  x: array<Chunk, HELD>,
  weight: array<Chunk, HELD>,
  bias: array<Chunk, HELD>,
}

fn row_of(first: u32, lane: u32) -> Row {
  var row: Row;
  @unroll for (var s = 0u; s < HELD; s++) {
    let at = min(s * LANES + lane, CHUNKS - 1u);
    row.x[s] = x[first + at];
    if (NORM) {
      row.weight[s] = norm_weight[at];
      if (NORM_BIAS) {
        row.bias[s] = norm_bias[at];
      }
    }
  }
  return row;
}

// (mean, r) of the row: every unit's own mean and the squares about it, joined in order (Chan, Golub, LeVeque 1979): one barrier at most, no cancellation.
fn statistics(row: ptr<function, Row>, first: u32, lane: u32) -> vec2f {
  let unit = lane / UNIT;
  var own = 0.0;
  if (CENTRED) {
    var sum = Chunk();
    @unroll for (var s = 0u; s < HELD; s++) {
      sum += select(Chunk(), (*row).x[s], s * LANES + lane < CHUNKS);
    }
    for (var i = HELD * LANES + lane; i < CHUNKS; i += LANES) {
      sum += x[first + i];
    }
    own = unit_sum(total(sum)) / max(words_of(unit), 1.0);
  }
  var squares = Chunk();
  @unroll for (var s = 0u; s < HELD; s++) {
    let c = select(Chunk(), (*row).x[s] - Chunk(own), s * LANES + lane < CHUNKS);
    squares = fma(c, c, squares);
  }
  for (var i = HELD * LANES + lane; i < CHUNKS; i += LANES) {
    let c = x[first + i] - Chunk(own);
    squares = fma(c, c, squares);
  }
  let about = unit_sum(total(squares));
  if (UNITS == 1u) {
    return vec2f(own, inverseSqrt(about / f32(K) + EPS));
  }
  moments[unit] = vec2f(own, about);
  workgroupBarrier();
  var mean = 0.0;
  if (CENTRED) {
    var means = vec4f();
    for (var i = 0u; i < PLACES; i += 4u) {
      means = fma(words_of_four(i), vec4f(moments[i].x, moments[i + 1u].x, moments[i + 2u].x, moments[i + 3u].x), means);
    }
    mean = (means.x + means.y + means.z + means.w) / f32(K);
  }
  var all = vec4f();
  for (var i = 0u; i < PLACES; i += 4u) {
    let c = vec4f(moments[i].x, moments[i + 1u].x, moments[i + 2u].x, moments[i + 3u].x) - mean;
    all += fma(words_of_four(i), c * c, vec4f(moments[i].y, moments[i + 1u].y, moments[i + 2u].y, moments[i + 3u].y));
  }
  return vec2f(mean, inverseSqrt((all.x + all.y + all.z + all.w) / f32(K) + EPS));
}

fn normed(value: Chunk, weight: Chunk, bias: Chunk, norm: vec2f) -> Chunk {
  if (!NORM) {
    return value;
  }
  let h = (value - Chunk(norm.x)) * norm.y * weight;
  if (NORM_BIAS) {
    return h + bias;
  }
  return h;
}

// A lane's chunk of h, one of its first; past the end 0, which adds nothing.
fn held_chunk(row: ptr<function, Row>, s: u32, lane: u32, norm: vec2f) -> Chunk {
  return select(Chunk(), normed((*row).x[s], (*row).weight[s], (*row).bias[s], norm), s * LANES + lane < CHUNKS);
}

// The same of any chunk, read now.
fn chunk_of(first: u32, i: u32, norm: vec2f) -> Chunk {
  let at = min(i, CHUNKS - 1u);
  var weight = Chunk();
  var bias = Chunk();
  if (NORM) {
    weight = norm_weight[at];
    if (NORM_BIAS) {
      bias = norm_bias[at];
    }
  }
  return select(Chunk(), normed(x[first + at], weight, bias, norm), i < CHUNKS);
}

// Where a row of the matrix begins. Rows past the edge repeat the last one: their sums are never stored.
fn row_at(n: u32) -> u32 {
  return min(n, N - 1u) * CHUNKS;
}

// The products of h with ROWS rows, unit by unit, into `parts`; the r-th begins at rows[r] of the matrix that `matrix_chunk` reads it from.
fn multiply(first: u32, lane: u32, rows: array<u32, ROWS>) {
  var row = row_of(first, lane);
  var held: array<Chunk, HELD * ROWS>;
  @unroll for (var s = 0u; s < HELD; s++) {
    @unroll for (var r = 0u; r < ROWS; r++) {
      held[s * ROWS + r] = matrix_chunk(r, rows[r] + min(s * LANES + lane, CHUNKS - 1u));
    }
  }
  var norm = vec2f();
  if (NORM) {
    norm = statistics(&row, first, lane);
  }
  var sums: array<Chunk, ROWS>;
  @unroll for (var s = 0u; s < HELD; s++) {
    let h = held_chunk(&row, s, lane, norm);
    @unroll for (var r = 0u; r < ROWS; r++) {
      sums[r] = fma(h, held[s * ROWS + r], sums[r]);
    }
  }
  for (var s = HELD; s < STEPS; s++) {
    let i = s * LANES + lane;
    let h = chunk_of(first, i, norm);
    @unroll for (var r = 0u; r < ROWS; r++) {
      sums[r] = fma(h, matrix_chunk(r, rows[r] + min(i, CHUNKS - 1u)), sums[r]);
    }
  }
  @unroll for (var r = 0u; r < ROWS; r++) {
    parts[r * (PLACES + 1u) + lane / UNIT] = unit_sum(total(sums[r]));
  }
  workgroupBarrier();
}

fn sum_of(r: u32) -> f32 {
  let at = r * (PLACES + 1u);
  var sum = vec4f();
  for (var i = 0u; i < PLACES; i += 4u) {
    sum += vec4f(parts[at + i], parts[at + i + 1u], parts[at + i + 2u], parts[at + i + 3u]);
  }
  return sum.x + sum.y + sum.z + sum.w;
}
