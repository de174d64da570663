// Cross-layer attention with one workgroup for each tile of queries or keys: maths, shapes and write contract in attention_common.wgsl.
//
// A tile is 64 rows by 32 columns: 16 × 8 invocations of 4 × 4 each. Two steps make up all three kernels, both through workgroup memory:
//   dot_tile    x[64,32] = left[64,E] · right[32,E]ᵀ, in slices of 16 of E
//   gather      acc[64,E] += weights[32,64]ᵀ · rows[32,E], whose columns lie in slices of 32
// Four rows of one column are one vector. Vectors are permuted so that neighbours do not meet in one memory bank. Workgroup memory: 8 KiB of weights, and
// 4 KiB for each slice but at least 6: up to E = 64 within the 16 KiB that every device has. Loops around the sums are short and have constant
// bounds, so that compilers unroll them and keep the sums in registers.
const SLICES = (E + 31u) / 32u;
var<workgroup> stage: array<vec4f, max(384u, 256u * SLICES)>;
var<workgroup> weights: array<vec4f, 512>;

const FROM_STORE = 0u;
const FROM_D_OUT = 1u;

// Rows of E numbers: `valid` of them are there, further ones count as 0.
struct Rows {
  source: u32,
  offset: u32,
  stride: u32,
  valid: u32,
}

fn element(rows: Rows, row: u32, e: u32) -> f32 {
  if (row >= rows.valid || e >= E) {
    return 0.0;
  }
  let at = rows.offset + row * rows.stride + e;
  if (rows.source == FROM_STORE) {
    return store[at];
  }
  return d_out[at];
}

fn four_rows(rows: Rows, first: u32, e: u32) -> vec4f {
  return vec4f(element(rows, first, e), element(rows, first + 1u, e), element(rows, first + 2u, e), element(rows, first + 3u, e));
}

// x[r] are the four columns of this invocation's row r.
fn dot_tile(left: Rows, right: Rows, index: u32) -> array<vec4f, 4> {
  var x: array<vec4f, 4>;
  let ty = index / 8u;
  let tx = index % 8u;
  for (var e0 = 0u; e0 < E; e0 += 16u) {
    workgroupBarrier();
    for (var i = index; i < 256u; i += 128u) {
      let e = i % 16u;
      stage[e * 16u + ((i / 16u) ^ (e & 7u))] = four_rows(left, (i / 16u) * 4u, e0 + e);
    }
    {
      let e = index % 16u;
      stage[256u + e * 8u + ((index / 16u) ^ (e & 7u))] = four_rows(right, (index / 16u) * 4u, e0 + e);
    }
    workgroupBarrier();
    for (var e = 0u; e < 16u; e++) {
      let a = stage[e * 16u + (ty ^ (e & 7u))];
      let b = stage[256u + e * 8u + (tx ^ (e & 7u))];
      x[0] = fma(vec4f(a.x), b, x[0]);
      x[1] = fma(vec4f(a.y), b, x[1]);
      x[2] = fma(vec4f(a.z), b, x[2]);
      x[3] = fma(vec4f(a.w), b, x[3]);
    }
  }
  return x;
}

fn weight_place(column: u32, ty: u32) -> u32 {
  return column * 16u + (ty ^ ((column / 4u) & 7u));
}

// Stores this invocation's 4 × 4 weights, columns apart.
fn set_weights(index: u32, w: array<vec4f, 4>) {
  let ty = index / 8u;
  let column = (index % 8u) * 4u;
  weights[weight_place(column, ty)] = vec4f(w[0].x, w[1].x, w[2].x, w[3].x);
  weights[weight_place(column + 1u, ty)] = vec4f(w[0].y, w[1].y, w[2].y, w[3].y);
  weights[weight_place(column + 2u, ty)] = vec4f(w[0].z, w[1].z, w[2].z, w[3].z);
  weights[weight_place(column + 3u, ty)] = vec4f(w[0].w, w[1].w, w[2].w, w[3].w);
}

// acc[slice·4 + r] are the columns slice·32 + tx·4 … + 3 of this invocation's row r.
fn gather(acc: ptr<function, array<vec4f, 4u * SLICES>>, rows: Rows, index: u32) {
  let ty = index / 8u;
  let tx = index % 8u;
  workgroupBarrier();
  for (var i = index; i < 256u * SLICES; i += 128u) {
    let row = i / (8u * SLICES);
    let e = (i % (8u * SLICES)) * 4u;
    stage[i] = vec4f(element(rows, row, e), element(rows, row, e + 1u), element(rows, row, e + 2u), element(rows, row, e + 3u));
  }
  workgroupBarrier();
  for (var k = 0u; k < 32u; k++) {
    let w = weights[weight_place(k, ty)];
    for (var slice = 0u; slice < SLICES; slice++) {
      let v = stage[k * 8u * SLICES + slice * 8u + tx];
      (*acc)[slice * 4u] = fma(vec4f(w.x), v, (*acc)[slice * 4u]);
      (*acc)[slice * 4u + 1u] = fma(vec4f(w.y), v, (*acc)[slice * 4u + 1u]);
      (*acc)[slice * 4u + 2u] = fma(vec4f(w.z), v, (*acc)[slice * 4u + 2u]);
      (*acc)[slice * 4u + 3u] = fma(vec4f(w.w), v, (*acc)[slice * 4u + 3u]);
    }
  }
}

struct Tile {
  first: u32, // row of the sequence with which the tile begins
  h: u32, // head, or item
  b: u32,
  inside: bool,
}

fn tile_of(workgroup: u32, heads: u32) -> Tile {
  let tiles = (params.T + 63u) / 64u;
  return Tile((workgroup % tiles) * 64u, (workgroup / tiles) % heads, workgroup / (tiles * heads), workgroup < tiles * heads * params.sequences);
}

fn store_rows(offset: u32, b: u32, first: u32) -> Rows {
  return Rows(FROM_STORE, offset + (b * params.T + first) * params.width, params.width, params.T - min(params.T, first));
}

fn d_out_rows(b: u32, h: u32, first: u32) -> Rows {
  return Rows(FROM_D_OUT, (((params.first + b) * params.T + first) * params.H + h) * E, params.H * E, params.T - min(params.T, first));
}

const STEPS = vec4u(0u, 1u, 2u, 3u);

// Masks of one query and four neighbouring keys.
fn mask_of_keys(b: u32, h: u32, t: u32, slots: u32, s: u32, j: u32) -> vec4f {
  if (!DROPOUT) {
    return vec4f(1.0);
  }
  return vec4f(
    mask_of(b, h, t, slots, s, j),
    mask_of(b, h, t, slots, s, j + 1u),
    mask_of(b, h, t, slots, s, j + 2u),
    mask_of(b, h, t, slots, s, j + 3u),
  );
}

// Masks of four neighbouring queries and one key.
fn mask_of_queries(b: u32, h: u32, t: u32, slots: u32, s: u32, j: u32) -> vec4f {
  if (!DROPOUT) {
    return vec4f(1.0);
  }
  return vec4f(
    mask_of(b, h, t, slots, s, j),
    mask_of(b, h, t + 1u, slots, s, j),
    mask_of(b, h, t + 2u, slots, s, j),
    mask_of(b, h, t + 3u, slots, s, j),
  );
}

// Four numbers of a row to a place where only those below E are stored.
fn inside_head(e: u32) -> vec4<bool> {
  return vec4u(e) + STEPS < vec4u(E);
}

fn query_index(b: u32, t: u32, h: u32) -> u32 {
  return ((params.first + b) * params.T + min(t, params.T - 1u)) * params.H + h;
}

// One workgroup is 64 queries of one head.
@compute @workgroup_size(128)
fn forward_tiled(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) index: u32) {
  let tile = tile_of(linear_workgroup(id, count), params.H);
  if (!tile.inside) {
    return;
  }
  let ty = index / 8u;
  let tx = index % 8u;
  let queries = store_rows(params.q_offset + tile.h * E, tile.b, tile.first);
  var acc: array<vec4f, 4u * SLICES>;
  var most = vec4f(LOWEST); // of the four rows
  var sum = vec4f(); // over this invocation's columns
  let first_slot = table[tile.h * 2u];
  let slots = table[tile.h * 2u + 1u];
  let end = min(params.T, tile.first + 64u);
  for (var s = 0u; s < slots; s++) {
    let at = params.H * 2u + (first_slot + s) * 2u;
    for (var j0 = 0u; j0 < end; j0 += 32u) {
      var x = dot_tile(queries, store_rows(table[at], tile.b, j0), index);
      var row_most = vec4f();
      for (var r = 0u; r < 4u; r++) {
        let t = tile.first + ty * 4u + r;
        let j = vec4u(j0 + tx * 4u) + STEPS;
        x[r] = select(vec4f(LOWEST), x[r] * params.scale, j <= vec4u(t));
        row_most[r] = max(max(x[r].x, x[r].y), max(x[r].z, x[r].w));
      }
      weights[tx * 16u + ty] = row_most;
      workgroupBarrier();
      var new_most = most;
      for (var i = 0u; i < 8u; i++) {
        new_most = max(new_most, weights[i * 16u + ty]);
      }
      workgroupBarrier();
      let shrink = exp(most - new_most);
      most = new_most;
      sum *= shrink;
      for (var i = 0u; i < 4u * SLICES; i++) {
        acc[i] *= shrink[i % 4u];
      }
      for (var r = 0u; r < 4u; r++) {
        x[r] = exp(x[r] - vec4f(most[r]));
        sum[r] += (x[r].x + x[r].y) + (x[r].z + x[r].w);
        x[r] *= mask_of_keys(tile.b, tile.h, tile.first + ty * 4u + r, slots, s, j0 + tx * 4u);
      }
      set_weights(index, x);
      gather(&acc, store_rows(table[at + 1u], tile.b, j0), index);
    }
  }
  workgroupBarrier();
  weights[tx * 16u + ty] = sum;
  workgroupBarrier();
  var total = vec4f();
  for (var i = 0u; i < 8u; i++) {
    total += weights[i * 16u + ty];
  }
  for (var r = 0u; r < 4u; r++) {
    let t = tile.first + ty * 4u + r;
    if (t < params.T) {
      let query = query_index(tile.b, t, tile.h);
      for (var slice = 0u; slice < SLICES; slice++) {
        let e = slice * 32u + tx * 4u;
        let value = acc[slice * 4u + r] / total[r];
        let inside = inside_head(e);
        if (inside.x) { out[query * E + e] = value.x; }
        if (inside.y) { out[query * E + e + 1u] = value.y; }
        if (inside.z) { out[query * E + e + 2u] = value.z; }
        if (inside.w) { out[query * E + e + 3u] = value.w; }
      }
      if (tx == 0u) {
        stats[query * 2u] = most[r] + log(total[r]);
      }
    }
  }
}

fn set_gradient(at: u32, inside: vec4<bool>, value: vec4f, adds: bool) {
  if (inside.x) { gradients[at] = value.x + select(0.0, gradients[at], adds); }
  if (inside.y) { gradients[at + 1u] = value.y + select(0.0, gradients[at + 1u], adds); }
  if (inside.z) { gradients[at + 2u] = value.z + select(0.0, gradients[at + 2u], adds); }
  if (inside.w) { gradients[at + 3u] = value.w + select(0.0, gradients[at + 3u], adds); }
}

// One workgroup is 64 queries of one head.
@compute @workgroup_size(128)
fn backward_q_tiled(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) index: u32) {
  let tile = tile_of(linear_workgroup(id, count), params.H);
  if (!tile.inside) {
    return;
  }
  let ty = index / 8u;
  let tx = index % 8u;
  let queries = store_rows(params.q_offset + tile.h * E, tile.b, tile.first);
  let d_rows = d_out_rows(tile.b, tile.h, tile.first);
  var lse: vec4f;
  var delta_row: vec4f;
  for (var r = 0u; r < 4u; r++) {
    let query = query_index(tile.b, tile.first + ty * 4u + r, tile.h);
    lse[r] = saved[query * 2u];
    delta_row[r] = saved[query * 2u + 1u];
  }
  var acc: array<vec4f, 4u * SLICES>;
  let first_slot = table[tile.h * 2u];
  let slots = table[tile.h * 2u + 1u];
  let end = min(params.T, tile.first + 64u);
  for (var s = 0u; s < slots; s++) {
    let at = params.H * 2u + (first_slot + s) * 2u;
    for (var j0 = 0u; j0 < end; j0 += 32u) {
      let keys = store_rows(table[at], tile.b, j0);
      var x = dot_tile(queries, keys, index);
      let dp = dot_tile(d_rows, store_rows(table[at + 1u], tile.b, j0), index);
      for (var r = 0u; r < 4u; r++) {
        let t = tile.first + ty * 4u + r;
        let j = vec4u(j0 + tx * 4u) + STEPS;
        let p = select(vec4f(), exp(x[r] * params.scale - vec4f(lse[r])), (j <= vec4u(t)) & vec4<bool>(t < params.T));
        x[r] = p * (dp[r] * mask_of_keys(tile.b, tile.h, t, slots, s, j.x) - vec4f(delta_row[r])) * params.scale;
      }
      set_weights(index, x);
      gather(&acc, keys, index);
    }
  }
  for (var r = 0u; r < 4u; r++) {
    let t = tile.first + ty * 4u + r;
    if (t < params.T) {
      let row = params.dq_offset + (tile.b * params.T + t) * params.width + tile.h * E;
      for (var slice = 0u; slice < SLICES; slice++) {
        set_gradient(row + slice * 32u + tx * 4u, inside_head(slice * 32u + tx * 4u), acc[slice * 4u + r], false);
      }
    }
  }
}

// One workgroup is 64 key positions of one source (layer, kv head) of one sequence. Entries and then queries are added in order.
@compute @workgroup_size(128)
fn backward_kv_tiled(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) index: u32) {
  let tile = tile_of(linear_workgroup(id, count), params.items);
  if (!tile.inside) {
    return;
  }
  let ty = index / 8u;
  let tx = index % 8u;
  let item = tile.h * 5u;
  let flags = table[item + 4u];
  var dk: array<vec4f, 4u * SLICES>;
  var dv: array<vec4f, 4u * SLICES>;
  for (var n = 0u; n < table[item + 3u]; n++) {
    let entry = params.entries_at + (table[item + 2u] + n) * 6u;
    let h = table[entry];
    let s = table[entry + 1u];
    let slots = table[entry + 2u];
    let keys = store_rows(table[entry + 3u], tile.b, tile.first);
    let values = store_rows(table[entry + 4u], tile.b, tile.first);
    let wanted = table[entry + 5u];
    // Queries before the tile's first key see none of it.
    for (var t0 = tile.first; t0 < params.T; t0 += 32u) {
      let queries = store_rows(params.q_offset + h * E, tile.b, t0);
      let d_rows = d_out_rows(tile.b, h, t0);
      var p = dot_tile(keys, queries, index);
      var mask: array<vec4f, 4>;
      let t = vec4u(t0 + tx * 4u) + STEPS;
      let q0 = query_index(tile.b, t.x, h) * 2u;
      let q1 = query_index(tile.b, t.y, h) * 2u;
      let q2 = query_index(tile.b, t.z, h) * 2u;
      let q3 = query_index(tile.b, t.w, h) * 2u;
      let lse = vec4f(saved[q0], saved[q1], saved[q2], saved[q3]);
      let delta_column = vec4f(saved[q0 + 1u], saved[q1 + 1u], saved[q2 + 1u], saved[q3 + 1u]);
      for (var r = 0u; r < 4u; r++) {
        let j = tile.first + ty * 4u + r;
        p[r] = select(vec4f(), exp(p[r] * params.scale - lse), (vec4u(j) <= t) & (t < vec4u(params.T)));
        mask[r] = mask_of_queries(tile.b, h, t.x, slots, s, j);
      }
      if ((wanted & 2u) != 0u) {
        var kept = p;
        for (var r = 0u; r < 4u; r++) {
          kept[r] *= mask[r];
        }
        set_weights(index, kept);
        gather(&dv, d_rows, index);
      }
      if ((wanted & 1u) != 0u) {
        let dp = dot_tile(values, d_rows, index);
        for (var r = 0u; r < 4u; r++) {
          p[r] *= (dp[r] * mask[r] - delta_column) * params.scale;
        }
        set_weights(index, p);
        gather(&dk, queries, index);
      }
    }
  }
  for (var r = 0u; r < 4u; r++) {
    let j = tile.first + ty * 4u + r;
    if (j < params.T) {
      let row = (tile.b * params.T + j) * params.width + tx * 4u;
      for (var slice = 0u; slice < SLICES; slice++) {
        let inside = inside_head(slice * 32u + tx * 4u);
        if ((flags & 1u) != 0u) {
          set_gradient(table[item] + row + slice * 32u, inside, dk[slice * 4u + r], (flags & 4u) != 0u);
        }
        if ((flags & 2u) != 0u) {
          set_gradient(table[item + 1u] + row + slice * 32u, inside, dv[slice * 4u + r], (flags & 8u) != 0u);
        }
      }
    }
  }
}
