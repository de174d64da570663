// Cross-layer attention with one workgroup for each tile of queries or keys: maths, shapes and write contract in attention_common.wgsl.
//
// A tile is ROWS by COLUMNS pairs, for which DOWN × ACROSS invocations hold 4 × 4 blocks each, DOWN or ACROSS blocks apart. Two products make up all three kernels:
//   dot      x[ROWS,COLUMNS] += left[ROWS,e] · right[COLUMNS,e]ᵀ    over slices of e
//   gather   acc[ROWS,E]     += weights[ROWS,k] · right[k,E]         over slices of k
// Constants put in front, tuned by src/tensor/attention.ts: ROWS, COLUMNS, ACROSS, DOWN; SLICE (vectors of four in a slice of e), DEPTH (rows in a slice of k),
// LEFTS and RIGHTS (tiles that lie in workgroup memory side by side). When a slice is the whole head (WHOLE), one copy of a tile serves both products.
//
// Every row in workgroup memory is a list of vectors of four along e (or along k for weights), and each four rows are followed by one unused vector, so that
// invocations which read blocks of rows at the same time do not meet in one memory bank. Indices are sums of remainders and counters, which WebGPU
// implementations can see to lie inside (they clamp all others), and loops around the sums are short with constant bounds, so that compilers
// unroll them and keep the sums in registers.
const VECTORS = (E + 3u) / 4u; // of a head's row
const THREADS = ACROSS * DOWN;
const SPAN = (VECTORS + ACROSS - 1u) / ACROSS; // vectors of a row for which an invocation sums, ACROSS apart
const WIDTH = SPAN * ACROSS;
const WHOLE = SLICE == WIDTH && DEPTH == COLUMNS;
const ROW_BLOCKS = ROWS / (4u * DOWN);
const COLUMN_BLOCKS = COLUMNS / (4u * ACROSS);
const MY_ROWS = 4u * ROW_BLOCKS;
const PAIRS = MY_ROWS * COLUMN_BLOCKS;
const SUMS = MY_ROWS * SPAN;

// Vectors that four rows take.
const SLICE_BLOCK = 4u * SLICE + 1u;
const WIDTH_BLOCK = 4u * WIDTH + 1u;
const WEIGHT_BLOCK = COLUMNS + 1u;

const LEFT_SIZE = ROWS / 4u * SLICE_BLOCK;
const RIGHT_SIZE = max(COLUMNS / 4u * SLICE_BLOCK, DEPTH / 4u * WIDTH_BLOCK);
var<workgroup> left: array<vec4f, LEFTS * LEFT_SIZE>;
var<workgroup> right: array<vec4f, RIGHTS * RIGHT_SIZE>;
var<workgroup> weights: array<vec4f, ROWS / 4u * WEIGHT_BLOCK>;

const LOG2_E = 1.4426950408889634;
const MASKED = LOWEST / 4.0; // a score, before its factor: at most 1.45
const STEPS = vec4u(0u, 1u, 2u, 3u);

const FROM_STORE = 0u;
const FROM_D_OUT = 1u;

// Rows of one head in global memory. Rows past the last repeat it: what they give is masked, or never stored.
struct Rows {
  source: u32,
  offset: u32,
  stride: u32,
  last: u32,
}

fn four(rows: Rows, row: u32, column: u32) -> vec4f {
  let at = rows.offset + min(row, rows.last) * rows.stride;
  var value: vec4f;
  if (rows.source == FROM_STORE) {
    value = store_four(at, min(column, VECTORS - 1u));
  } else {
    value = d_out_four(at, min(column, VECTORS - 1u));
  }
  return select(vec4f(), value, column < VECTORS);
}

fn stage_left(side: u32, rows: Rows, slice: u32, index: u32) {
  for (var n = 0u; n < (ROWS * SLICE + THREADS - 1u) / THREADS; n++) {
    let i = n * THREADS + index % THREADS;
    if (i < ROWS * SLICE) {
      let row = i / SLICE;
      left[side * LEFT_SIZE + row / 4u * SLICE_BLOCK + i % (4u * SLICE)] = four(rows, row, slice * SLICE + i % SLICE);
    }
  }
}

fn stage_right(side: u32, rows: Rows, slice: u32, index: u32) {
  for (var n = 0u; n < (COLUMNS * SLICE + THREADS - 1u) / THREADS; n++) {
    let i = n * THREADS + index % THREADS;
    if (i < COLUMNS * SLICE) {
      let row = i / SLICE;
      right[side * RIGHT_SIZE + row / 4u * SLICE_BLOCK + i % (4u * SLICE)] = four(rows, row, slice * SLICE + i % SLICE);
    }
  }
}

fn stage_depth(rows: Rows, first: u32, index: u32) {
  for (var n = 0u; n < (DEPTH * WIDTH + THREADS - 1u) / THREADS; n++) {
    let i = n * THREADS + index % THREADS;
    if (i < DEPTH * WIDTH) {
      let row = i / WIDTH;
      right[row / 4u * WIDTH_BLOCK + i % (4u * WIDTH)] = four(rows, first + row, i % WIDTH);
    }
  }
}

// x[row · COLUMN_BLOCKS + block] are the four columns of a block, row = block of rows · 4 + row in it.
fn dot_staged(x: ptr<function, array<vec4f, PAIRS>>, left_side: u32, right_side: u32, index: u32) {
  let tx = index % ACROSS;
  let ty = (index / ACROSS) % DOWN;
  for (var e = 0u; e < SLICE; e++) {
    var a: array<vec4f, MY_ROWS>;
    for (var g = 0u; g < ROW_BLOCKS; g++) {
      for (var r = 0u; r < 4u; r++) {
        a[g * 4u + r] = left[(left_side % LEFTS) * LEFT_SIZE + (ty + g * DOWN) * SLICE_BLOCK + r * SLICE + e];
      }
    }
    for (var c = 0u; c < COLUMN_BLOCKS; c++) {
      let at = (right_side % RIGHTS) * RIGHT_SIZE + (tx + c * ACROSS) * SLICE_BLOCK + e;
      let b0 = right[at];
      let b1 = right[at + SLICE];
      let b2 = right[at + 2u * SLICE];
      let b3 = right[at + 3u * SLICE];
      for (var r = 0u; r < MY_ROWS; r++) {
        var sum = (*x)[r * COLUMN_BLOCKS + c];
        sum = fma(vec4f(a[r].x), vec4f(b0.x, b1.x, b2.x, b3.x), sum);
        sum = fma(vec4f(a[r].y), vec4f(b0.y, b1.y, b2.y, b3.y), sum);
        sum = fma(vec4f(a[r].z), vec4f(b0.z, b1.z, b2.z, b3.z), sum);
        (*x)[r * COLUMN_BLOCKS + c] = fma(vec4f(a[r].w), vec4f(b0.w, b1.w, b2.w, b3.w), sum);
      }
    }
  }
}

fn dot_sliced(x: ptr<function, array<vec4f, PAIRS>>, left_rows: Rows, right_rows: Rows, index: u32) {
  for (var slice = 0u; slice < (VECTORS + SLICE - 1u) / SLICE; slice++) {
    workgroupBarrier();
    stage_left(0u, left_rows, slice, index);
    stage_right(0u, right_rows, slice, index);
    workgroupBarrier();
    dot_staged(x, 0u, 0u, index);
  }
}

// acc[row · SPAN + a] is vector tx + a · ACROSS of a row. `first` is the first of DEPTH columns of the weights, whose rows lie in `right`.
fn gather_staged(acc: ptr<function, array<vec4f, SUMS>>, first: u32, right_side: u32, index: u32) {
  let tx = index % ACROSS;
  let ty = (index / ACROSS) % DOWN;
  for (var k = 0u; k < DEPTH / 4u; k++) {
    var w: array<vec4f, MY_ROWS>;
    for (var g = 0u; g < ROW_BLOCKS; g++) {
      for (var r = 0u; r < 4u; r++) {
        w[g * 4u + r] = weights[(ty + g * DOWN) * WEIGHT_BLOCK + r * (COLUMNS / 4u) + (first / 4u) % (COLUMNS / 4u) + k];
      }
    }
    for (var a = 0u; a < SPAN; a++) {
      let at = (right_side % RIGHTS) * RIGHT_SIZE + k * WIDTH_BLOCK + tx + a * ACROSS;
      let v0 = right[at];
      let v1 = right[at + WIDTH];
      let v2 = right[at + 2u * WIDTH];
      let v3 = right[at + 3u * WIDTH];
      for (var r = 0u; r < MY_ROWS; r++) {
        var sum = (*acc)[r * SPAN + a];
        sum = fma(vec4f(w[r].x), v0, sum);
        sum = fma(vec4f(w[r].y), v1, sum);
        sum = fma(vec4f(w[r].z), v2, sum);
        (*acc)[r * SPAN + a] = fma(vec4f(w[r].w), v3, sum);
      }
    }
  }
}

fn gather_sliced(acc: ptr<function, array<vec4f, SUMS>>, rows: Rows, index: u32) {
  for (var first = 0u; first < COLUMNS; first += DEPTH) {
    workgroupBarrier();
    stage_depth(rows, first, index);
    workgroupBarrier();
    gather_staged(acc, first, 0u, index);
  }
}

// Place of an invocation's weights: block g of rows, row r of it, block c of columns.
fn weight_place(index: u32, g: u32, r: u32, c: u32) -> u32 {
  return ((index / ACROSS) % DOWN + g * DOWN) * WEIGHT_BLOCK + r * (COLUMNS / 4u) + index % ACROSS + c * ACROSS;
}

fn set_weights(index: u32, x: ptr<function, array<vec4f, PAIRS>>) {
  for (var g = 0u; g < ROW_BLOCKS; g++) {
    for (var r = 0u; r < 4u; r++) {
      for (var c = 0u; c < COLUMN_BLOCKS; c++) {
        weights[weight_place(index, g, r, c)] = (*x)[(g * 4u + r) * COLUMN_BLOCKS + c];
      }
    }
  }
}

// Four rows' values of each invocation, one after another along a row of invocations. Shares the memory of the weights.
fn row_place(across: u32, block: u32) -> u32 {
  return across * (ROWS / 4u) + block;
}

struct Tile {
  first: u32, // row of the sequence with which the tile begins
  h: u32, // head, or item
  b: u32,
  inside: bool,
}

fn tile_of(workgroup: u32, heads: u32) -> Tile {
  let tiles = (params.T + ROWS - 1u) / ROWS;
  return Tile((workgroup % tiles) * ROWS, (workgroup / tiles) % heads, workgroup / (tiles * heads), workgroup < tiles * heads * params.sequences);
}

// Later queries see more keys: the longest tiles of a head come first, so that the last workgroups to start are short.
fn query_tile_of(workgroup: u32) -> Tile {
  let tiles = (params.T + ROWS - 1u) / ROWS;
  var tile = tile_of(workgroup, params.H);
  tile.first = (tiles - 1u) * ROWS - tile.first;
  return tile;
}

fn store_rows(offset: u32, b: u32, first: u32) -> Rows {
  return Rows(FROM_STORE, offset + (b * params.T + first) * params.width, params.width, params.T - 1u - first);
}

fn d_out_rows(b: u32, h: u32, first: u32) -> Rows {
  return Rows(FROM_D_OUT, (((params.first + b) * params.T + first) * params.H + h) * E, params.H * E, params.T - 1u - first);
}

// Masks of one query and four neighbouring keys.
fn mask_of_keys(b: u32, h: u32, t: u32, slots: u32, s: u32, j: u32) -> vec4f {
  return vec4f(
    mask_of(b, h, t, slots, s, j),
    mask_of(b, h, t, slots, s, j + 1u),
    mask_of(b, h, t, slots, s, j + 2u),
    mask_of(b, h, t, slots, s, j + 3u),
  );
}

// Masks of four neighbouring queries and one key.
fn mask_of_queries(b: u32, h: u32, t: u32, slots: u32, s: u32, j: u32) -> vec4f {
  return vec4f(
    mask_of(b, h, t, slots, s, j),
    mask_of(b, h, t + 1u, slots, s, j),
    mask_of(b, h, t + 2u, slots, s, j),
    mask_of(b, h, t + 3u, slots, s, j),
  );
}

fn query_index(b: u32, t: u32, h: u32) -> u32 {
  return ((params.first + b) * params.T + min(t, params.T - 1u)) * params.H + h;
}

// One workgroup is ROWS queries of one head.
@compute @workgroup_size(THREADS)
fn forward_tiled(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) index: u32) {
  let tile = query_tile_of(linear_workgroup(id, count));
  if (!tile.inside) {
    return;
  }
  let ty = index / ACROSS;
  let tx = index % ACROSS;
  let scale = params.scale * LOG2_E;
  let queries = store_rows(params.q_offset + tile.h * E, tile.b, tile.first);
  if (WHOLE) {
    stage_left(0u, queries, 0u, index);
  }
  var acc: array<vec4f, SUMS>;
  var most: array<vec4f, ROW_BLOCKS>; // of the four rows of a block, in powers of two
  var sum: array<vec4f, ROW_BLOCKS>; // over this invocation's columns
  for (var g = 0u; g < ROW_BLOCKS; g++) {
    most[g] = vec4f(LOWEST);
  }
  let first_slot = table[tile.h * 2u];
  let slots = table[tile.h * 2u + 1u];
  let end = min(params.T, tile.first + ROWS);
  for (var s = 0u; s < slots; s++) {
    let at = params.H * 2u + (first_slot + s) * 2u;
    for (var j0 = 0u; j0 < end; j0 += COLUMNS) {
      let keys = store_rows(table[at], tile.b, j0);
      let values = store_rows(table[at + 1u], tile.b, j0);
      var x = array<vec4f, PAIRS>();
      if (WHOLE) {
        workgroupBarrier();
        stage_right(0u, keys, 0u, index);
        if (RIGHTS == 2u) {
          stage_right(1u, values, 0u, index);
        }
        workgroupBarrier();
        dot_staged(&x, 0u, 0u, index);
      } else {
        dot_sliced(&x, queries, keys, index);
      }
      if (j0 + COLUMNS > tile.first + 1u) {
        for (var g = 0u; g < ROW_BLOCKS; g++) {
          for (var r = 0u; r < 4u; r++) {
            for (var c = 0u; c < COLUMN_BLOCKS; c++) {
              let j = vec4u(j0 + (tx + c * ACROSS) * 4u) + STEPS;
              let i = (g * 4u + r) * COLUMN_BLOCKS + c;
              x[i] = select(vec4f(MASKED), x[i], j <= vec4u(tile.first + (ty + g * DOWN) * 4u + r));
            }
          }
        }
      }
      for (var g = 0u; g < ROW_BLOCKS; g++) {
        var row_most: array<f32, 4>;
        for (var r = 0u; r < 4u; r++) {
          var four_most = x[(g * 4u + r) * COLUMN_BLOCKS];
          for (var c = 1u; c < COLUMN_BLOCKS; c++) {
            four_most = max(four_most, x[(g * 4u + r) * COLUMN_BLOCKS + c]);
          }
          row_most[r] = max(max(four_most.x, four_most.y), max(four_most.z, four_most.w));
        }
        weights[row_place(tx, ty + g * DOWN)] = vec4f(row_most[0], row_most[1], row_most[2], row_most[3]) * scale;
      }
      workgroupBarrier();
      // All have read the keys: their place is free.
      if (WHOLE && RIGHTS == 1u) {
        stage_right(0u, values, 0u, index);
      }
      var shrink: array<vec4f, ROW_BLOCKS>;
      for (var g = 0u; g < ROW_BLOCKS; g++) {
        var new_most = most[g];
        for (var i = 0u; i < ACROSS; i++) {
          new_most = max(new_most, weights[row_place(i, ty + g * DOWN)]);
        }
        shrink[g] = exp2(most[g] - new_most);
        most[g] = new_most;
        sum[g] *= shrink[g];
      }
      workgroupBarrier();
      for (var g = 0u; g < ROW_BLOCKS; g++) {
        var row_sum: array<f32, 4>;
        for (var r = 0u; r < 4u; r++) {
          for (var a = 0u; a < SPAN; a++) {
            acc[(g * 4u + r) * SPAN + a] *= shrink[g][r];
          }
          var four_sum = vec4f();
          for (var c = 0u; c < COLUMN_BLOCKS; c++) {
            let i = (g * 4u + r) * COLUMN_BLOCKS + c;
            x[i] = exp2(fma(x[i], vec4f(scale), vec4f(-most[g][r])));
            four_sum += x[i];
            if (DROPOUT) {
              x[i] *= mask_of_keys(tile.b, tile.h, tile.first + (ty + g * DOWN) * 4u + r, slots, s, j0 + (tx + c * ACROSS) * 4u);
            }
          }
          row_sum[r] = (four_sum.x + four_sum.y) + (four_sum.z + four_sum.w);
        }
        sum[g] += vec4f(row_sum[0], row_sum[1], row_sum[2], row_sum[3]);
      }
      set_weights(index, &x);
      if (WHOLE) {
        workgroupBarrier();
        gather_staged(&acc, 0u, RIGHTS - 1u, index);
      } else {
        gather_sliced(&acc, values, index);
      }
    }
  }
  workgroupBarrier();
  for (var g = 0u; g < ROW_BLOCKS; g++) {
    weights[row_place(tx, ty + g * DOWN)] = sum[g];
  }
  workgroupBarrier();
  for (var g = 0u; g < ROW_BLOCKS; g++) {
    var total = vec4f();
    for (var i = 0u; i < ACROSS; i++) {
      total += weights[row_place(i, ty + g * DOWN)];
    }
    let factor = vec4f(1.0) / total;
    let lse = (most[g] + log2(total)) / LOG2_E;
    for (var r = 0u; r < 4u; r++) {
      let t = tile.first + (ty + g * DOWN) * 4u + r;
      if (t < params.T) {
        let query = query_index(tile.b, t, tile.h);
        for (var a = 0u; a < SPAN; a++) {
          if (tx + a * ACROSS < VECTORS) {
            set_out(query * E, tx + a * ACROSS, acc[(g * 4u + r) * SPAN + a] * factor[r]);
          }
        }
        if (tx == 0u) {
          stats[query * 2u] = lse[r];
        }
      }
    }
  }
}

// One workgroup is ROWS queries of one head.
@compute @workgroup_size(THREADS)
fn backward_q_tiled(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) index: u32) {
  let tile = query_tile_of(linear_workgroup(id, count));
  if (!tile.inside) {
    return;
  }
  let ty = index / ACROSS;
  let tx = index % ACROSS;
  let scale = params.scale * LOG2_E;
  let queries = store_rows(params.q_offset + tile.h * E, tile.b, tile.first);
  let d_rows = d_out_rows(tile.b, tile.h, tile.first);
  if (WHOLE && LEFTS == 2u) {
    stage_left(0u, queries, 0u, index);
    stage_left(1u, d_rows, 0u, index);
  }
  // delta of a row: each invocation's part, then all parts in order.
  var lse: array<vec4f, ROW_BLOCKS>;
  for (var g = 0u; g < ROW_BLOCKS; g++) {
    var part = array<f32, 4>();
    var row_lse: array<f32, 4>;
    for (var r = 0u; r < 4u; r++) {
      let query = query_index(tile.b, tile.first + (ty + g * DOWN) * 4u + r, tile.h);
      row_lse[r] = stats[query * 2u];
      for (var a = 0u; a < SPAN; a++) {
        if (tx + a * ACROSS < VECTORS) {
          part[r] += dot(o_four(query * E, tx + a * ACROSS), d_out_four(query * E, tx + a * ACROSS));
        }
      }
    }
    lse[g] = vec4f(row_lse[0], row_lse[1], row_lse[2], row_lse[3]) * LOG2_E;
    weights[row_place(tx, ty + g * DOWN)] = vec4f(part[0], part[1], part[2], part[3]);
  }
  workgroupBarrier();
  var delta_row: array<vec4f, ROW_BLOCKS>;
  for (var g = 0u; g < ROW_BLOCKS; g++) {
    var total = vec4f();
    for (var i = 0u; i < ACROSS; i++) {
      total += weights[row_place(i, ty + g * DOWN)];
    }
    delta_row[g] = total;
    for (var r = 0u; r < 4u; r++) {
      let t = tile.first + (ty + g * DOWN) * 4u + r;
      if (tx == 0u && t < params.T) {
        stats[query_index(tile.b, t, tile.h) * 2u + 1u] = total[r];
      }
    }
  }
  var acc: array<vec4f, SUMS>;
  let first_slot = table[tile.h * 2u];
  let slots = table[tile.h * 2u + 1u];
  let end = min(params.T, tile.first + ROWS);
  for (var s = 0u; s < slots; s++) {
    let at = params.H * 2u + (first_slot + s) * 2u;
    for (var j0 = 0u; j0 < end; j0 += COLUMNS) {
      let keys = store_rows(table[at], tile.b, j0);
      let values = store_rows(table[at + 1u], tile.b, j0);
      var x = array<vec4f, PAIRS>();
      if (WHOLE) {
        workgroupBarrier();
        if (LEFTS == 1u) {
          stage_left(0u, queries, 0u, index);
        }
        stage_right(0u, keys, 0u, index);
        if (RIGHTS == 2u) {
          stage_right(1u, values, 0u, index);
        }
        workgroupBarrier();
        dot_staged(&x, 0u, 0u, index);
      } else {
        dot_sliced(&x, queries, keys, index);
        // The weights of the step before have been gathered: dot_sliced holds a barrier.
      }
      let masked = j0 + COLUMNS > tile.first + 1u;
      for (var g = 0u; g < ROW_BLOCKS; g++) {
        for (var r = 0u; r < 4u; r++) {
          for (var c = 0u; c < COLUMN_BLOCKS; c++) {
            let i = (g * 4u + r) * COLUMN_BLOCKS + c;
            x[i] = exp2(fma(x[i], vec4f(scale), vec4f(-lse[g][r])));
            if (masked) {
              let j = vec4u(j0 + (tx + c * ACROSS) * 4u) + STEPS;
              x[i] = select(vec4f(), x[i], j <= vec4u(tile.first + (ty + g * DOWN) * 4u + r));
            }
          }
        }
      }
      // Each invocation's probabilities wait in its own place, so that one tile of registers is enough.
      set_weights(index, &x);
      var dp = array<vec4f, PAIRS>();
      if (WHOLE) {
        if (LEFTS == 1u || RIGHTS == 1u) {
          workgroupBarrier();
          if (LEFTS == 1u) {
            stage_left(0u, d_rows, 0u, index);
          }
          if (RIGHTS == 1u) {
            stage_right(0u, values, 0u, index);
          }
          workgroupBarrier();
        }
        dot_staged(&dp, LEFTS - 1u, RIGHTS - 1u, index);
      } else {
        dot_sliced(&dp, d_rows, values, index);
      }
      for (var g = 0u; g < ROW_BLOCKS; g++) {
        for (var r = 0u; r < 4u; r++) {
          for (var c = 0u; c < COLUMN_BLOCKS; c++) {
            var d = dp[(g * 4u + r) * COLUMN_BLOCKS + c];
            if (DROPOUT) {
              d *= mask_of_keys(tile.b, tile.h, tile.first + (ty + g * DOWN) * 4u + r, slots, s, j0 + (tx + c * ACROSS) * 4u);
            }
            weights[weight_place(index, g, r, c)] *= (d - vec4f(delta_row[g][r])) * params.scale;
          }
        }
      }
      if (WHOLE) {
        if (RIGHTS == 1u) {
          workgroupBarrier();
          stage_right(0u, keys, 0u, index);
        }
        workgroupBarrier();
        gather_staged(&acc, 0u, 0u, index);
      } else {
        gather_sliced(&acc, keys, index);
      }
    }
  }
  for (var g = 0u; g < ROW_BLOCKS; g++) {
    for (var r = 0u; r < 4u; r++) {
      let t = tile.first + (ty + g * DOWN) * 4u + r;
      if (t < params.T) {
        let row = params.dq_offset + (tile.b * params.T + t) * params.width + tile.h * E;
        for (var a = 0u; a < SPAN; a++) {
          if (tx + a * ACROSS < VECTORS) {
            set_gradient(row, tx + a * ACROSS, acc[(g * 4u + r) * SPAN + a], false);
          }
        }
      }
    }
  }
}

// One workgroup is ROWS key positions of one source (layer, kv head) of one sequence; columns are queries. Entries and then queries are added in order.
@compute @workgroup_size(THREADS)
fn backward_kv_tiled(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) index: u32) {
  let tile = tile_of(linear_workgroup(id, count), params.items);
  if (!tile.inside) {
    return;
  }
  let ty = index / ACROSS;
  let tx = index % ACROSS;
  let scale = params.scale * LOG2_E;
  let item = tile.h * 5u;
  let flags = table[item + 4u];
  var dk: array<vec4f, SUMS>;
  var dv: array<vec4f, SUMS>;
  for (var n = 0u; n < table[item + 3u]; n++) {
    let entry = params.entries_at + (table[item + 2u] + n) * 6u;
    let h = table[entry];
    let s = table[entry + 1u];
    let slots = table[entry + 2u];
    let keys = store_rows(table[entry + 3u], tile.b, tile.first);
    let values = store_rows(table[entry + 4u], tile.b, tile.first);
    let wants_k = (table[entry + 5u] & 1u) != 0u;
    let wants_v = (table[entry + 5u] & 2u) != 0u;
    if (WHOLE && LEFTS == 2u) {
      workgroupBarrier();
      stage_left(0u, keys, 0u, index);
      stage_left(1u, values, 0u, index);
    }
    // Queries before the tile's first key see none of it.
    for (var t0 = tile.first; t0 < params.T; t0 += COLUMNS) {
      let queries = store_rows(params.q_offset + h * E, tile.b, t0);
      let d_rows = d_out_rows(tile.b, h, t0);
      var lse: array<vec4f, COLUMN_BLOCKS>;
      var delta_column: array<vec4f, COLUMN_BLOCKS>;
      for (var c = 0u; c < COLUMN_BLOCKS; c++) {
        let t = t0 + (tx + c * ACROSS) * 4u;
        let q0 = query_index(tile.b, t, h) * 2u;
        let q1 = query_index(tile.b, t + 1u, h) * 2u;
        let q2 = query_index(tile.b, t + 2u, h) * 2u;
        let q3 = query_index(tile.b, t + 3u, h) * 2u;
        lse[c] = vec4f(saved[q0], saved[q1], saved[q2], saved[q3]) * LOG2_E;
        delta_column[c] = vec4f(saved[q0 + 1u], saved[q1 + 1u], saved[q2 + 1u], saved[q3 + 1u]);
      }
      var p = array<vec4f, PAIRS>();
      if (WHOLE) {
        workgroupBarrier();
        if (LEFTS == 1u) {
          stage_left(0u, keys, 0u, index);
        }
        stage_right(0u, queries, 0u, index);
        if (RIGHTS == 2u) {
          stage_right(1u, d_rows, 0u, index);
        }
        workgroupBarrier();
        dot_staged(&p, 0u, 0u, index);
      } else {
        dot_sliced(&p, keys, queries, index);
      }
      let masked = t0 < tile.first + ROWS || t0 + COLUMNS > params.T;
      for (var g = 0u; g < ROW_BLOCKS; g++) {
        for (var r = 0u; r < 4u; r++) {
          for (var c = 0u; c < COLUMN_BLOCKS; c++) {
            let i = (g * 4u + r) * COLUMN_BLOCKS + c;
            p[i] = exp2(fma(p[i], vec4f(scale), -lse[c]));
            let j = tile.first + (ty + g * DOWN) * 4u + r;
            let t = t0 + (tx + c * ACROSS) * 4u;
            if (masked) {
              p[i] = select(vec4f(), p[i], (vec4u(j) <= vec4u(t) + STEPS) & (vec4u(t) + STEPS < vec4u(params.T)));
            }
            // Each invocation's probabilities are gathered by all for dv and wait in its own place for dk; with dropout only the former.
            if (DROPOUT) {
              weights[weight_place(index, g, r, c)] = p[i] * mask_of_queries(tile.b, h, t, slots, s, j);
            } else {
              weights[weight_place(index, g, r, c)] = p[i];
            }
          }
        }
      }
      if (WHOLE) {
        workgroupBarrier();
        if (LEFTS == 1u) {
          stage_left(0u, values, 0u, index);
        }
        if (RIGHTS == 1u) {
          stage_right(0u, d_rows, 0u, index);
          workgroupBarrier();
        }
        if (wants_v) {
          gather_staged(&dv, 0u, RIGHTS - 1u, index);
        }
      } else if (wants_v) {
        gather_sliced(&dv, d_rows, index);
      }
      if (wants_k) {
        var dp = array<vec4f, PAIRS>();
        if (WHOLE) {
          workgroupBarrier();
          dot_staged(&dp, LEFTS - 1u, RIGHTS - 1u, index);
        } else {
          dot_sliced(&dp, values, d_rows, index);
        }
        for (var g = 0u; g < ROW_BLOCKS; g++) {
          for (var r = 0u; r < 4u; r++) {
            for (var c = 0u; c < COLUMN_BLOCKS; c++) {
              let i = (g * 4u + r) * COLUMN_BLOCKS + c;
              let place = weight_place(index, g, r, c);
              if (DROPOUT) {
                let mask = mask_of_queries(tile.b, h, t0 + (tx + c * ACROSS) * 4u, slots, s, tile.first + (ty + g * DOWN) * 4u + r);
                weights[place] = p[i] * (dp[i] * mask - delta_column[c]) * params.scale;
              } else {
                weights[place] *= (dp[i] - delta_column[c]) * params.scale;
              }
            }
          }
        }
        if (WHOLE) {
          if (RIGHTS == 1u) {
            workgroupBarrier();
            stage_right(0u, queries, 0u, index);
          }
          workgroupBarrier();
          gather_staged(&dk, 0u, 0u, index);
        } else {
          gather_sliced(&dk, queries, index);
        }
      }
    }
  }
  for (var g = 0u; g < ROW_BLOCKS; g++) {
    for (var r = 0u; r < 4u; r++) {
      let j = tile.first + (ty + g * DOWN) * 4u + r;
      if (j < params.T) {
        let row = (tile.b * params.T + j) * params.width;
        for (var a = 0u; a < SPAN; a++) {
          let column = tx + a * ACROSS;
          if (column < VECTORS && (flags & 1u) != 0u) {
            set_gradient(table[item] + row, column, dk[(g * 4u + r) * SPAN + a], (flags & 4u) != 0u);
          }
          if (column < VECTORS && (flags & 2u) != 0u) {
            set_gradient(table[item + 1u] + row, column, dv[(g * 4u + r) * SPAN + a], (flags & 8u) != 0u);
          }
        }
      }
    }
  }
}
