// Attention of one query, at state.position, against the cache: maths and the slots' table as in attention_common.wgsl, the softmax taken online.
// Shapes: store [layers, context, width] packed rows of queries, keys and values; out [H·E]. Offsets of the table and params in words.
// Writes: out =.
// Constants put in front: E; Chunk, a vec4f where E is a multiple of 4 and else an f32, its WIDTH in words and its `total`; LANES; of a lane, the chunks of the head that
// are its own, PER_LANE, and the keys whose values it asks for at once, ASKED.
struct Params {
  H: u32,
  width: u32,
  q_offset: u32,
  scale: f32, // 1/√E
}

@group(0) @binding(0) var<storage, read> store: array<Chunk>;
@group(0) @binding(1) var<storage, read> table: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<Chunk>;
@group(0) @binding(3) var<storage, read> state: State;
@group(0) @binding(4) var<uniform> params: Params;

const CHUNKS = E / WIDTH;
const LOWEST = -3e38;

// Where the keys of a slot begin, and its values, in chunks.
fn slot_at(s: u32) -> vec2u {
  let at = params.H * 2u + s * 2u;
  return vec2u(table[at], table[at + 1u]) / WIDTH;
}

const SIDE = 16u; // SIDE² = LANES
// Values are added up by groups of lanes: a lane of a group has every COLUMNS-th chunk of the head, a group every GROUPS-th key.
const COLUMNS = min(CHUNKS, LANES);
const GROUPS = LANES / COLUMNS;

var<workgroup> query: array<Chunk, CHUNKS>;
var<workgroup> weights: array<f32, LANES>;
var<workgroup> places: array<u32, LANES>;
var<workgroup> tops: array<f32, SIDE>;
var<workgroup> sums: array<Chunk, LANES>;

// One workgroup is one head. Of each block of LANES keys (those of all slots, one after another) a lane weighs one.
@compute @workgroup_size(LANES)
fn decode(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
  let h = id.x;
  let width = params.width / WIDTH;
  let keys = state.position + 1u;
  let q_at = (params.q_offset + state.position * params.width + h * E) / WIDTH;
  for (var c = lane; c < CHUNKS; c += LANES) {
    query[c] = store[q_at + c] * params.scale;
  }
  let first_slot = table[h * 2u];
  let pairs = table[h * 2u + 1u] * keys;
  let column = lane % COLUMNS;
  let group = lane / COLUMNS;
  var most = LOWEST;
  var sum = 0.0;
  var acc: array<Chunk, PER_LANE>;
  workgroupBarrier();
  for (var block = 0u; block < pairs; block += LANES) {
    let pair = block + lane;
    var x = LOWEST;
    if (pair < pairs) {
      let at = slot_at(first_slot + pair / keys) + vec2u((pair % keys) * width);
      var dots = Chunk();
      for (var c = 0u; c < CHUNKS; c++) {
        dots = fma(query[c], store[at.x + c], dots);
      }
      x = total(dots);
      places[lane] = at.y;
    }
    weights[lane] = x;
    workgroupBarrier();
    if (lane < SIDE) {
      var top = LOWEST;
      for (var i = 0u; i < SIDE; i++) {
        top = max(top, weights[lane * SIDE + i]);
      }
      tops[lane] = top;
    }
    workgroupBarrier();
    var next = most;
    for (var i = 0u; i < SIDE; i++) {
      next = max(next, tops[i]);
    }
    weights[lane] = exp(x - next);
    workgroupBarrier();
    if (group < GROUPS) {
      let shrink = exp(most - next);
      sum *= shrink;
      for (var i = 0u; i < PER_LANE; i++) {
        acc[i] *= shrink;
      }
      let end = min(LANES, pairs - block);
      for (var j = group; j < end; j += GROUPS * ASKED) {
        // All are on their way before the first is added. What lies past the end weighs nothing.
        var p: array<f32, ASKED>;
        var v: array<Chunk, ASKED * PER_LANE>;
        @unroll for (var n = 0u; n < ASKED; n++) {
          let at = min(j + n * GROUPS, end - 1u);
          p[n] = select(0.0, weights[at], j + n * GROUPS < end);
          @unroll for (var i = 0u; i < PER_LANE; i++) {
            // Chunks past the head are read from its neighbour, and never written.
            v[n * PER_LANE + i] = store[places[at] + column + i * COLUMNS];
          }
        }
        @unroll for (var n = 0u; n < ASKED; n++) {
          sum += p[n];
          @unroll for (var i = 0u; i < PER_LANE; i++) {
            acc[i] = fma(Chunk(p[n]), v[n * PER_LANE + i], acc[i]);
          }
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
  if (h >= params.H) {
    return;
  }
  let width = params.width / WIDTH;
  let q_at = (params.q_offset + state.position * params.width + h * E) / WIDTH;
  var q: array<Chunk, CHUNKS>;
  var acc: array<Chunk, CHUNKS>;
  for (var c = 0u; c < CHUNKS; c++) {
    q[c] = store[q_at + c] * params.scale;
  }
  var most = LOWEST;
  var sum = 0.0;
  let first_slot = table[h * 2u];
  for (var s = 0u; s < table[h * 2u + 1u]; s++) {
    let slot = slot_at(first_slot + s);
    for (var j = 0u; j <= state.position; j++) {
      var dots = Chunk();
      for (var c = 0u; c < CHUNKS; c++) {
        dots = fma(q[c], store[slot.x + j * width + c], dots);
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
        acc[c] = fma(Chunk(p), store[slot.y + j * width + c], acc[c]);
      }
    }
  }
  for (var c = 0u; c < CHUNKS; c++) {
    out[h * CHUNKS + c] = acc[c] / sum;
  }
}
