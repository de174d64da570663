// Attention of one query, at state.position, against the cache: maths as in attention_common.wgsl, the softmax taken online.
// Shapes: store [layers, context, ROW] packed rows of queries, keys and values; out [H·E]; table: where the rows of the query's layer begin, then for each head how many
// slots it has, and SLOTS times (keys, values), where row 0 of a slot's begins. Offsets in words.
// Writes: out =.
// Constants put in front: H, E, ROW, SLOTS; SCALE, 1/√E; Chunk, a vec4f where E is a multiple of 4 and else an f32, its WIDTH in words and its `total`; LANES; of a lane,
// the chunks of the head that are its own, PER_LANE, and the keys whose values it asks for at once, ASKED; UNIT lanes that find their maximum by `unit_top` (subgroups.wgsl).
// A token's kernels are as long as the reads that wait for one another (decode_row.wgsl): values are on their way while keys are weighed.
@group(0) @binding(0) var<storage, read> store: array<Chunk>;
@group(0) @binding(1) var<storage, read> table: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<Chunk>;
@group(0) @binding(3) var<storage, read> state: State;

const CHUNKS = E / WIDTH;
const STRIDE = ROW / WIDTH;
const LOWEST = -3e38;

fn slots_of(h: u32) -> u32 {
  return 1u + h * (1u + 2u * SLOTS);
}

// Where the keys of a head's slot begin, and its values, in chunks.
fn slot_at(h: u32, s: u32) -> vec2u {
  let at = slots_of(h) + 1u + 2u * s;
  return vec2u(table[at], table[at + 1u]) / WIDTH;
}

// Where the key and the value of the pair-th of all `keys` of all slots begin, in chunks.
fn pair_at(h: u32, pair: u32, keys: u32) -> vec2u {
  if (SLOTS == 1u) {
    return slot_at(h, 0u) + vec2u(pair * STRIDE);
  }
  return slot_at(h, pair / keys) + vec2u((pair % keys) * STRIDE);
}

fn query_at(h: u32) -> u32 {
  return (table[0] + state.position * ROW + h * E) / WIDTH;
}

// Values are added up by groups of lanes: a lane of a group has every COLUMNS-th chunk of the head, a group every GROUPS-th key.
const COLUMNS = min(CHUNKS, LANES);
const GROUPS = LANES / COLUMNS;
const UNITS = LANES / UNIT;
// Many units' maxima are joined by a few lanes first, each PER of them.
const PER = max(UNITS / 16u, 1u);
const PARTS = UNITS / PER;

var<workgroup> query: array<Chunk, CHUNKS>;
var<workgroup> weights: array<f32, LANES>;
var<workgroup> places: array<u32, LANES>;
var<workgroup> unit_tops: array<f32, UNITS>;
var<workgroup> part_tops: array<f32, PARTS>;
var<workgroup> sums: array<Chunk, LANES>;

// The largest of all lanes' numbers.
fn highest(lane: u32, x: f32) -> f32 {
  let top = unit_top(x);
  if (lane % UNIT == 0u) {
    unit_tops[lane / UNIT] = top;
  }
  workgroupBarrier();
  if (PER > 1u) {
    if (lane < PARTS) {
      var most = LOWEST;
      for (var i = 0u; i < PER; i++) {
        most = max(most, unit_tops[lane * PER + i]);
      }
      part_tops[lane] = most;
    }
    workgroupBarrier();
  }
  var most = LOWEST;
  for (var i = 0u; i < PARTS; i++) {
    if (PER > 1u) {
      most = max(most, part_tops[i]);
    } else {
      most = max(most, unit_tops[i]);
    }
  }
  return most;
}

// One workgroup is one head. Of each block of LANES keys (those of all slots, one after another) a lane weighs one.
@compute @workgroup_size(LANES)
fn decode(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
  let h = id.x;
  let keys = state.position + 1u;
  let q_at = query_at(h);
  for (var c = lane; c < CHUNKS; c += LANES) {
    query[c] = store[q_at + c] * SCALE;
  }
  let pairs = table[slots_of(h)] * keys;
  let column = lane % COLUMNS;
  let group = lane / COLUMNS;
  var most = LOWEST;
  var sum = 0.0;
  var acc: array<Chunk, PER_LANE>;
  workgroupBarrier();
  for (var block = 0u; block < pairs; block += LANES) {
    let end = min(LANES, pairs - block);
    let own = pair_at(h, block + min(lane, end - 1u), keys);
    places[lane] = own.y;
    // What lies past the end weighs nothing.
    var v: array<Chunk, ASKED * PER_LANE>;
    @unroll for (var n = 0u; n < ASKED; n++) {
      let at = pair_at(h, block + min(group + n * GROUPS, end - 1u), keys).y + column;
      @unroll for (var i = 0u; i < PER_LANE; i++) {
        // Chunks past the head are read from its neighbour, and never written.
        v[n * PER_LANE + i] = store[at + i * COLUMNS];
      }
    }
    var dots = Chunk();
    for (var c = 0u; c < CHUNKS; c++) {
      dots = fma(query[c], store[own.x + c], dots);
    }
    let x = select(LOWEST, total(dots), lane < end);
    let next = max(most, highest(lane, x));
    weights[lane] = exp(x - next);
    workgroupBarrier();
    if (group < GROUPS) {
      let shrink = exp(most - next);
      sum *= shrink;
      for (var i = 0u; i < PER_LANE; i++) {
        acc[i] *= shrink;
      }
      @unroll for (var n = 0u; n < ASKED; n++) {
        let j = group + n * GROUPS;
        let p = select(0.0, weights[min(j, LANES - 1u)], j < end);
        sum += p;
        @unroll for (var i = 0u; i < PER_LANE; i++) {
          acc[i] = fma(Chunk(p), v[n * PER_LANE + i], acc[i]);
        }
      }
      for (var j = group + ASKED * GROUPS; j < end; j += GROUPS) {
        let p = weights[j];
        sum += p;
        for (var i = 0u; i < PER_LANE; i++) {
          acc[i] = fma(Chunk(p), store[places[j] + column + i * COLUMNS], acc[i]);
        }
      }
    }
    most = next;
    workgroupBarrier();
  }
  weights[lane] = sum;
  workgroupBarrier();
  var all = 0.0;
  for (var g = 0u; g < GROUPS; g++) {
    all += weights[g * COLUMNS];
  }
  for (var i = 0u; i < PER_LANE; i++) {
    sums[lane] = acc[i];
    workgroupBarrier();
    let c = column + i * COLUMNS;
    if (group == 0u && c < CHUNKS) {
      var value = Chunk();
      for (var g = 0u; g < GROUPS; g++) {
        value += sums[g * COLUMNS + column];
      }
      out[h * CHUNKS + c] = value / all;
    }
    workgroupBarrier();
  }
}

// One invocation is one head: no barrier, for processors.
@compute @workgroup_size(4)
fn decode_serial(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) local: u32) {
  let h = id.x * 4u + local;
  if (h >= H) {
    return;
  }
  let q_at = query_at(h);
  var q: array<Chunk, CHUNKS>;
  var acc: array<Chunk, CHUNKS>;
  for (var c = 0u; c < CHUNKS; c++) {
    q[c] = store[q_at + c] * SCALE;
  }
  var most = LOWEST;
  var sum = 0.0;
  for (var s = 0u; s < table[slots_of(h)]; s++) {
    let slot = slot_at(h, s);
    for (var j = 0u; j <= state.position; j++) {
      var dots = Chunk();
      for (var c = 0u; c < CHUNKS; c++) {
        dots = fma(q[c], store[slot.x + j * STRIDE + c], dots);
      }
      let x = total(dots);
      if (x > most) {
        let shrink = exp(most - x);
        sum *= shrink;
        for (var c = 0u; c < CHUNKS; c++) {
          acc[c] *= shrink;
        }
        most = x;
      }
      let p = exp(x - most);
      sum += p;
      for (var c = 0u; c < CHUNKS; c++) {
        acc[c] = fma(Chunk(p), store[slot.y + j * STRIDE + c], acc[c]);
      }
    }
  }
  for (var c = 0u; c < CHUNKS; c++) {
    out[h * CHUNKS + c] = acc[c] / sum;
  }
}
