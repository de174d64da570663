// The next token, chosen from logits on the GPU; what depends on its position goes on by itself, so that many tokens can be queued.
//
//   weight(z) = exp((z − z_top) / temperature)
// Ids in order, likeliest first and the lowest id first of equals: top-k keeps the first k of them; top-p of those the first whose weights reach p of their sum; the
// draw u in [0, 1) takes the first whose weights from the start exceed u of what is kept. Nothing is sorted: where a sum of the ordered weights crosses a limit is
// found by quartering the range of the logits until one id is left, or equals alone, of which the right one is counted off.
// Temperature 0 (`greedy`) takes the first. src/model/sample.ts is the same by sorting.
//
// Shapes: logits [V], of which `known` can be chosen; tokens [T + 1], the window so far by position; token [1]; results [tokens of a group, RESULT_WORDS].
// Writes: sample: token = the choice, tokens[position + 1] = it, results[index] = (id, its plain softmax, then the ALTERNATIVES likeliest ids and theirs), and position
// and index go up by one. slide: tokens[0, kept) = the last `kept` of T + 1, position = kept − 1.
// Constants put in front: V; HELD logits that each lane keeps, or 0 where it reads them anew; functions over lanes from join.wgsl or join_alone.wgsl.
struct Params {
  T: u32,
  kept: u32,
}

// Written by the host before each group of tokens.
struct Settings {
  greedy: u32,
  known: u32,
  top_k: u32, // 0 is no limit
  top_p: f32, // 1 is no limit
  inverse_temperature: f32,
  draws: array<u32>, // of the tokens of a group: numbers in [0, 1) times 2^32
}

// Mirrors WALK_WORDS in src/tensor/sample.ts.
struct Walk {
  state: State,
  index: u32, // within the group
}

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> settings: Settings;
@group(0) @binding(2) var<storage, read_write> walk: Walk;
@group(0) @binding(3) var<storage, read_write> tokens: array<u32>;
@group(0) @binding(4) var<storage, read_write> token: array<u32>;
@group(0) @binding(5) var<storage, read_write> results: array<u32>;
@group(0) @binding(6) var<uniform> params: Params;

const ALTERNATIVES = 5u;
const RESULT_WORDS = 16u;
const NONE = 0xffffffffu;

var<private> held_keys: array<u32, max(HELD, 1u)>;
var<private> held_weights: array<f32, max(HELD, 1u)>;

// Whole numbers above 0 in the order of the numbers; −0 is 0.
fn key_of(z: f32) -> u32 {
  let bits = bitcast<u32>(z);
  if (bits == 0x80000000u) {
    return 0x80000000u;
  }
  return select(bits | 0x80000000u, ~bits, bits >> 31u == 1u);
}

fn value_of(key: u32) -> f32 {
  return bitcast<f32>(select(~key, key & 0x7fffffffu, key >> 31u == 1u));
}

// exp((z − top) · inverse); −∞ and what is far below give 0.
fn weight_of(key: u32, top: f32, inverse: f32) -> f32 {
  let x = (value_of(key) - top) * inverse;
  return select(0.0, exp(x), x > -100.0);
}

// What sums are taken of: ids whose key is at least one of `least`, a column for each.
fn parts_from(lane: u32, least: vec3u, top: f32) -> Sums {
  var sums = Sums();
  if (HELD > 0u) {
    @unroll for (var j = 0u; j < HELD; j++) {
      add_above(&sums, held_keys[j], held_weights[j], least);
    }
  } else {
    for (var i = lane; i < settings.known; i += LANES) {
      let key = key_of(logits[i]);
      add_above(&sums, key, weight_of(key, top, settings.inverse_temperature), least);
    }
  }
  return sums;
}

fn add_above(sums: ptr<function, Sums>, key: u32, weight: f32, least: vec3u) {
  let one = vec2f(weight, 1.0);
  (*sums)[0] += select(vec2f(), one, key >= least.x);
  (*sums)[1] += select(vec2f(), one, key >= least.y);
  (*sums)[2] += select(vec2f(), one, key >= least.z);
}

// How many ids up to `last` have this very key.
fn part_equal(lane: u32, key: u32, last: u32) -> Sums {
  var n = 0.0;
  for (var i = lane; i <= last; i += LANES) {
    if (key_of(logits[i]) == key) {
      n += 1.0;
    }
  }
  return Sums(n, 0.0, 0.0, 0.0, 0.0, 0.0);
}

// The first in order of those after (key, id), as (key, ~id); (0, 0) when there is none.
fn part_after(lane: u32, key: u32, id: u32) -> vec2u {
  var best = vec2u();
  if (HELD > 0u) {
    @unroll for (var j = 0u; j < HELD; j++) {
      let i = lane + j * LANES;
      let mine = held_keys[j];
      if (mine < key || (mine == key && i > id)) {
        best = better(best, vec2u(mine, select(~i, 0u, mine == 0u)));
      }
    }
  } else {
    for (var i = lane; i < settings.known; i += LANES) {
      let mine = key_of(logits[i]);
      if (mine < key || (mine == key && i > id)) {
        best = better(best, vec2u(mine, ~i));
      }
    }
  }
  return best;
}

// Where the ordered sums cross a limit: among ids whose keys lie in [low, high], one or several equals. `reach` sums (weights, ids) down to and with them, `above` without.
struct Crossing {
  low: u32,
  high: u32,
  reach: vec2f,
  above: vec2f,
}

// What all ids sum up to, and the keys between which they lie.
struct All {
  sums: vec2f,
  lowest: u32,
  highest: u32,
}

// Turns that quarter a range of numbers, which spreads ids most evenly. Keys, of which every turn leaves a quarter whatever the numbers, then end the search.
const TURNS_BY_VALUE = 7u;

// Three keys in (low, high] that cut this range in about four.
fn quarters(low: u32, high: u32, turn: u32) -> vec3u {
  let bottom = value_of(low);
  let span = value_of(high) - bottom;
  var cuts = vec3u(1u, 2u, 3u) * ((high - low - 1u) / 4u) + low + 1u;
  if (turn < TURNS_BY_VALUE && span < 1e38) {
    let at = fma(vec3f(0.25, 0.5, 0.75), vec3f(span), vec3f(bottom));
    cuts = vec3u(key_of(at.x), key_of(at.y), key_of(at.z));
  }
  return clamp(cuts, vec3u(low + 1u), vec3u(high));
}

// The first in order with which the sums of weights and of ids both exceed `limit`; the last one where none does.
fn cross(lane: u32, limit: vec2f, all: All, top: f32) -> Crossing {
  var c = Crossing(all.lowest, all.highest, all.sums, vec2f());
  for (var turn = 0u; c.low < c.high && c.reach.y - c.above.y > 1.5; turn++) {
    let cuts = quarters(c.low, c.high, turn);
    var sums = join_sums(lane, parts_from(lane, cuts, top));
    // Sums shrink from cut to cut: the last one beyond the limit is the new bottom, and what follows it the new top.
    for (var i = 0u; i < 3u; i++) {
      if (sums[i].x > limit.x && sums[i].y > limit.y) {
        c.low = cuts[i];
        c.reach = sums[i];
      } else {
        c.high = cuts[i] - 1u;
        c.above = sums[i];
        break;
      }
    }
  }
  return c;
}

// What is kept when the first `n` of the ids at a crossing are.
struct Kept {
  weight: f32,
  low: u32, // of the crossing
  ties: f32, // n
}

fn keep(c: Crossing, n: f32, top: f32) -> Kept {
  let ties = c.reach.y - c.above.y;
  if (n >= ties) {
    return Kept(c.reach.x, c.low, ties);
  }
  return Kept(c.above.x + n * weight_of(c.low, top, settings.inverse_temperature), c.low, n);
}

// The next number below, of one above 0.
fn just_below(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) - 1u);
}

// The id of rank `rank` among those at a crossing.
fn id_at(lane: u32, c: Crossing, rank: f32) -> u32 {
  if (c.reach.y - c.above.y < 1.5) {
    return ~join_best(lane, part_after(lane, c.high + 1u, NONE)).y;
  }
  var low = 0u;
  var high = settings.known - 1u;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (join_sums(lane, part_equal(lane, c.low, middle))[0].x > rank + 0.5) {
      high = middle;
    } else {
      low = middle + 1u;
    }
  }
  return low;
}

fn draw_id(lane: u32, all: All, top: f32) -> u32 {
  var kept = Kept(all.sums.x, 0u, f32(settings.known));
  if (settings.top_k > 0u && settings.top_k < settings.known) {
    let k = f32(settings.top_k);
    let c = cross(lane, vec2f(-1.0, k - 0.5), all, top);
    kept = keep(c, k - c.above.y, top);
  }
  if (settings.top_p < 1.0) {
    // At least the first is kept.
    let due = max(settings.top_p * kept.weight, 1e-30);
    let c = cross(lane, vec2f(just_below(due), -1.0), all, top);
    let each = weight_of(c.low, top, settings.inverse_temperature);
    let n = select(1.0, max(1.0, ceil((due - c.above.x) / max(each, 1e-30))), c.reach.y - c.above.y > 1.5);
    kept = keep(c, select(n, min(n, kept.ties), c.low == kept.low), top);
  }
  let u = f32(settings.draws[walk.index]) * 2.3283064365386963e-10;
  let left = min(u * kept.weight, just_below(kept.weight));
  let limit = join_same(lane, left);
  let c = cross(lane, vec2f(limit, -1.0), all, top);
  let each = weight_of(c.low, top, settings.inverse_temperature);
  let most = select(c.reach.y - c.above.y, kept.ties, c.low == kept.low) - 1.0;
  return id_at(lane, c, clamp(floor((limit - c.above.x) / max(each, 1e-30)), 0.0, most));
}

// One workgroup, or one invocation, is the whole choice.
@compute @workgroup_size(LANES)
fn sample(@builtin(local_invocation_index) lane: u32) {
  if (HELD > 0u) {
    @unroll for (var j = 0u; j < HELD; j++) {
      let i = lane + j * LANES;
      // Whether an id is known is asked after its logit, which need not wait for the answer.
      let key = key_of(logits[min(i, V - 1u)]);
      held_keys[j] = select(0u, key, i < settings.known);
    }
  }
  let first = join_best(lane, part_after(lane, NONE, NONE));
  let top = value_of(first.x);
  var part = Sums();
  var lowest = NONE;
  if (HELD > 0u) {
    @unroll for (var j = 0u; j < HELD; j++) {
      let key = held_keys[j];
      let inside = key > 0u;
      held_weights[j] = select(0.0, weight_of(key, top, settings.inverse_temperature), inside);
      part[0] += vec2f(held_weights[j], select(0.0, weight_of(key, top, 1.0), inside));
      lowest = select(lowest, min(lowest, key), inside);
    }
  } else {
    for (var i = lane; i < settings.known; i += LANES) {
      let key = key_of(logits[i]);
      part[0] += vec2f(weight_of(key, top, settings.inverse_temperature), weight_of(key, top, 1.0));
      lowest = min(lowest, key);
    }
  }
  let sums = join_sums(lane, part)[0];
  var id = ~first.y;
  if (settings.greedy == 0u) {
    let bottom = ~join_best(lane, vec2u(~lowest, 0u)).x;
    id = draw_id(lane, All(vec2f(sums.x, f32(settings.known)), bottom, first.x), top);
  }
  let at = walk.index * RESULT_WORDS;
  var next = first;
  for (var a = 0u; a < ALTERNATIVES; a++) {
    if (lane == 0u) {
      results[at + 2u + 2u * a] = ~next.y;
      results[at + 3u + 2u * a] = bitcast<u32>(weight_of(next.x, top, 1.0) / sums.y);
    }
    if (a + 1u < ALTERNATIVES) {
      next = join_best(lane, part_after(lane, next.x, ~next.y));
    }
  }
  if (lane == 0u) {
    results[at] = id;
    results[at + 1u] = bitcast<u32>(weight_of(key_of(logits[id]), top, 1.0) / sums.y);
    token[0] = id;
    tokens[walk.state.position + 1u] = id;
    walk.state.position += 1u;
    walk.index += 1u;
  }
}

// One invocation is one token that is kept. What is kept is at most half of what there is, so that nothing is read that another has written.
@compute @workgroup_size(64)
fn slide(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 64u + local;
  if (i >= params.kept) {
    return;
  }
  tokens[i] = tokens[params.T + 1u - params.kept + i];
  if (i == 0u) {
    walk.state.position = params.kept - 1u;
  }
}
