// Cross-layer attention with one workgroup for each tile of queries or keys: maths, shapes and write contract in attention_common.wgsl.
//
// A tile is ROWS × COLUMNS pairs. DOWN × ACROSS invocations hold 4·GROUPS_M rows by 4·GROUPS_N columns of it each, blocks of four DOWN or ACROSS blocks apart, and of the
// result 4·GROUPS_M rows by SPAN vectors, ACROSS apart. All sums are vectors of four neighbouring rows: x[column], acc[element of the head]. Two products make up all kernels:
//   dot      x[ROWS,COLUMNS] += left[ROWS,e] · right[COLUMNS,e]ᵀ
//   gather   acc[ROWS,E]     += weights[ROWS,k] · right[k,E]
// Tiles lie in workgroup memory as they do in the store, vectors along e, so that one copy of a tile serves both. A head that is too wide is cut into PARTS of WIDTH vectors.
// RESIDENT: the tiles on the left stay (one in the forward pass, two backwards); otherwise there is room for one, which is read again for each product.
//
// Registers: sums are indexed by constants only (@unroll, @snippet: src/gpu/unroll.ts, snippets.ts). Workgroup memory: an axis for each part of an address, so that only
// the lane's own is a variable, checked once, and all others fold into the instruction. The last axis is permuted by the lane, so that neighbours who read a row each (dot)
// and neighbours who read a vector each (gather) both meet different memory banks; sixteen neighbouring invocations are two rows of lanes. ACROSS and DOWN are powers of two.
// The bounds of the loops that are left are no constants: compilers would write them out, and the kernel would outgrow the instruction cache.
const THREADS = ACROSS * DOWN;
const VECTORS = (E + 3u) / 4u; // of a head's row
const WIDTH = SPAN * ACROSS;
const BLOCKS = COLUMNS / 4u;
const RIGHT_PLACES = ACROSS * WIDTH;

var<workgroup> left: array<array<array<array<array<array<vec4f, ACROSS>, SPAN>, 4>, DOWN>, GROUPS_M>, LEFTS>;
var<workgroup> right: array<array<array<array<array<vec4f, ACROSS>, SPAN>, 4>, ACROSS>, GROUPS_N>;
// Four rows of a column each. Before the weights of a tile are known, the place of what the invocations of a row tell each other.
var<workgroup> weights: array<array<array<array<array<vec4f, DOWN>, GROUPS_M>, 4>, ACROSS>, GROUPS_N>;

const LOG2_E = 1.4426950408889634;
const MASKED = LOWEST / 4.0; // a score, before its factor: at most 1.45
const FOUR = vec4u(0u, 1u, 2u, 3u);

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
  let inside = min(column, VECTORS - 1u);
  var value: vec4f;
  if (rows.source == FROM_STORE) {
    value = store_four(at, inside);
  } else {
    value = d_out_four(at, inside);
  }
  return select(vec4f(), value, VECTORS == PARTS * WIDTH || column < VECTORS);
}

fn stage_left(side: u32, rows: Rows, part: u32, index: u32) {
  @unroll for (var n = 0u; n < SPAN; n++) {
    let place = index + n * THREADS;
    let v = place % WIDTH;
    let lane = (place / WIDTH) % DOWN;
    var fetched: array<vec4f, 4u * GROUPS_M>;
    @unroll for (var g = 0u; g < GROUPS_M; g++) {
      @unroll for (var r = 0u; r < 4u; r++) {
        fetched[g * 4u + r] = four(rows, (g * DOWN + lane) * 4u + r, part * WIDTH + v);
      }
    }
    @unroll for (var g = 0u; g < GROUPS_M; g++) {
      @unroll for (var r = 0u; r < 4u; r++) {
        left[side][g][lane][r][v / ACROSS][(v ^ lane) % ACROSS] = fetched[g * 4u + r];
      }
    }
  }
}

fn stage_right(rows: Rows, part: u32, index: u32) {
  @unroll for (var n = 0u; n < RIGHT_TURNS; n++) {
    let place = index + n * THREADS;
    if (RIGHT_PLACES % THREADS == 0u || place < RIGHT_PLACES) {
      let v = place % WIDTH;
      let lane = (place / WIDTH) % ACROSS;
      var fetched: array<vec4f, 4u * GROUPS_N>;
      @unroll for (var h = 0u; h < GROUPS_N; h++) {
        @unroll for (var i = 0u; i < 4u; i++) {
          fetched[h * 4u + i] = four(rows, (h * ACROSS + lane) * 4u + i, part * WIDTH + v);
        }
      }
      @unroll for (var h = 0u; h < GROUPS_N; h++) {
        @unroll for (var i = 0u; i < 4u; i++) {
          right[h][lane][i][v / ACROSS][(v ^ lane) % ACROSS] = fetched[h * 4u + i];
        }
      }
    }
  }
}

// How often DOT_STEP vectors of a part are multiplied. A row of the store is longer: that the bound is a constant is ours to know.
fn dot_steps() -> u32 {
  return min(WIDTH / DOT_STEP, params.width);
}

// x[(h · 4 + i) · GROUPS_M + g]: column i of block h, rows of block g.
@snippet dot(x, side, steps) {
  for (var step = 0u; step < steps; step++) {
    @unroll for (var u = 0u; u < DOT_STEP; u++) {
      let v = step * DOT_STEP + u;
      let span = (v / ACROSS) % SPAN;
      let row_slot = (v ^ ty) % ACROSS;
      let column_slot = (v ^ tx) % ACROSS;
      var l: array<vec4f, 4u * GROUPS_M>; // turned: element c of four rows
      @unroll for (var g = 0u; g < GROUPS_M; g++) {
        let l0 = left[side][g][ty][0][span][row_slot];
        let l1 = left[side][g][ty][1][span][row_slot];
        let l2 = left[side][g][ty][2][span][row_slot];
        let l3 = left[side][g][ty][3][span][row_slot];
        @unroll for (var c = 0u; c < 4u; c++) {
          l[g * 4u + c] = vec4f(l0[c], l1[c], l2[c], l3[c]);
        }
      }
      @unroll for (var h = 0u; h < GROUPS_N; h++) {
        @unroll for (var i = 0u; i < 4u; i++) {
          let b = right[h][tx][i][span][column_slot];
          @unroll for (var g = 0u; g < GROUPS_M; g++) {
            @unroll for (var c = 0u; c < 4u; c++) {
              x[(h * 4u + i) * GROUPS_M + g] = fma(l[g * 4u + c], vec4f(b[c]), x[(h * 4u + i) * GROUPS_M + g]);
            }
          }
        }
      }
    }
  }
}

// acc[((part · SPAN + a) · 4 + c) · GROUPS_M + g]: element c of vector tx + a · ACROSS of the part, rows of block g. Over blocks of four columns, from `first` up to `end`.
@snippet gather(acc, part, first, end) {
  for (var block = first; block < end; block += GATHER_STEP) {
    @unroll for (var u = 0u; u < GATHER_STEP; u++) {
      let lane = (block + u) % ACROSS;
      let group = ((block + u) / ACROSS) % GROUPS_N;
      let row_slot = (ty ^ (2u * lane)) % DOWN;
      let column_slot = (tx ^ lane) % ACROSS;
      @unroll for (var i = 0u; i < 4u; i++) {
        var w: array<vec4f, GROUPS_M>;
        @unroll for (var g = 0u; g < GROUPS_M; g++) {
          w[g] = weights[group][lane][i][g][row_slot];
        }
        @unroll for (var a = 0u; a < SPAN; a++) {
          let b = right[group][lane][i][a][column_slot];
          @unroll for (var c = 0u; c < 4u; c++) {
            @unroll for (var g = 0u; g < GROUPS_M; g++) {
              acc[((part * SPAN + a) * 4u + c) * GROUPS_M + g] = fma(w[g], vec4f(b[c]), acc[((part * SPAN + a) * 4u + c) * GROUPS_M + g]);
            }
          }
        }
      }
    }
  }
}

// Sum over the invocations of a row of what each gives for its rows, in order. Begins and ends with all having read the weights before.
@snippet row_sums(given, total) {
  workgroupBarrier();
  @unroll for (var g = 0u; g < GROUPS_M; g++) {
    weights[0][tx][g][0][ty] = given[g];
  }
  workgroupBarrier();
  @unroll for (var g = 0u; g < GROUPS_M; g++) {
    total[g] = vec4f();
    for (var lane = 0u; lane < ACROSS; lane++) {
      total[g] += weights[0][lane][g][0][ty];
    }
  }
}

fn lane_down(index: u32) -> u32 {
  return ((index & 1u) + index / (2u * ACROSS) * 2u) % DOWN;
}

fn lane_across(index: u32) -> u32 {
  return (index / 2u) % ACROSS;
}

struct Tile {
  first: u32, // row of the sequence with which the tile begins
  h: u32, // head, or item
  b: u32,
  inside: bool,
}

// Heads are taken a BATCH at a time, as many as a large GPU computes at once and as its cache holds. In a batch, tiles that begin alike follow one another, so that the longest
// of all its heads come first, and the last workgroups to start are short.
const BATCH = 128u;

fn tile_of(workgroup: u32, heads: u32) -> Tile {
  let tiles = (params.T + ROWS - 1u) / ROWS;
  let all = heads * params.sequences;
  let before = workgroup / (tiles * BATCH) * BATCH;
  let batch = max(min(BATCH, all - before), 1u);
  let i = workgroup - before * tiles;
  let head = before + i % batch;
  return Tile(i / batch * ROWS, head % heads, head / heads, workgroup < tiles * all);
}

// Later queries see more keys.
fn query_tile_of(workgroup: u32) -> Tile {
  var tile = tile_of(workgroup, params.H);
  tile.first = (params.T - 1u) / ROWS * ROWS - tile.first;
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

// Blocks of four keys, from j0 on, that the last of an invocation's queries sees.
fn blocks_seen(first: u32, ty: u32, j0: u32) -> u32 {
  let last = min(first + ((GROUPS_M - 1u) * DOWN + ty) * 4u + 3u, params.T - 1u);
  return min((max(last + 4u, j0) - j0) / 4u, BLOCKS);
}

// One workgroup is ROWS queries of one head.
@compute @workgroup_size(THREADS)
fn forward_tiled(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) index: u32) {
  let tile = query_tile_of(linear_workgroup(id, count));
  if (!tile.inside) {
    return;
  }
  let ty = lane_down(index);
  let tx = lane_across(index);
  let scale = params.scale * LOG2_E;
  let queries = store_rows(params.q_offset + tile.h * E, tile.b, tile.first);
  if (RESIDENT) {
    stage_left(0u, queries, 0u, index);
  }
  var acc: array<vec4f, 4u * SPAN * PARTS * GROUPS_M>;
  var most: array<vec4f, GROUPS_M>; // of each row, in powers of two
  var sum: array<vec4f, GROUPS_M>; // over this invocation's columns
  @unroll for (var g = 0u; g < GROUPS_M; g++) {
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
      let blocks = blocks_seen(tile.first, ty, j0);
      let steps = select(0u, dot_steps(), blocks > 0u);
      var x = array<vec4f, 4u * GROUPS_N * GROUPS_M>();
      for (var part = 0u; part < PARTS; part++) {
        workgroupBarrier();
        if (!RESIDENT) {
          stage_left(0u, queries, part, index);
        }
        stage_right(keys, part, index);
        workgroupBarrier();
        @dot(x, 0, steps);
      }
      if (j0 + COLUMNS > tile.first + 1u) {
        @unroll for (var h = 0u; h < GROUPS_N; h++) {
          @unroll for (var i = 0u; i < 4u; i++) {
            @unroll for (var g = 0u; g < GROUPS_M; g++) {
              let j = vec4u(j0 + (h * ACROSS + tx) * 4u + i);
              let t = vec4u(tile.first + (g * DOWN + ty) * 4u) + FOUR;
              x[(h * 4u + i) * GROUPS_M + g] = select(vec4f(MASKED), x[(h * 4u + i) * GROUPS_M + g], j <= t);
            }
          }
        }
      }
      @unroll for (var g = 0u; g < GROUPS_M; g++) {
        var own = x[g];
        @unroll for (var h = 0u; h < GROUPS_N; h++) {
          @unroll for (var i = 0u; i < 4u; i++) {
            own = max(own, x[(h * 4u + i) * GROUPS_M + g]);
          }
        }
        weights[0][tx][g][0][ty] = own * scale;
      }
      workgroupBarrier();
      // All have read the keys: their place is free.
      stage_right(values, 0u, index);
      @unroll for (var g = 0u; g < GROUPS_M; g++) {
        var new_most = most[g];
        for (var lane = 0u; lane < ACROSS; lane++) {
          new_most = max(new_most, weights[0][lane][g][0][ty]);
        }
        let shrink = exp2(most[g] - new_most);
        most[g] = new_most;
        sum[g] *= shrink;
        @unroll for (var part = 0u; part < PARTS; part++) {
          @unroll for (var a = 0u; a < SPAN; a++) {
            @unroll for (var c = 0u; c < 4u; c++) {
              acc[((part * SPAN + a) * 4u + c) * GROUPS_M + g] *= shrink;
            }
          }
        }
      }
      workgroupBarrier();
      @unroll for (var h = 0u; h < GROUPS_N; h++) {
        @unroll for (var i = 0u; i < 4u; i++) {
          @unroll for (var g = 0u; g < GROUPS_M; g++) {
            var p = exp2(fma(x[(h * 4u + i) * GROUPS_M + g], vec4f(scale), -most[g]));
            sum[g] += p;
            if (DROPOUT) {
              p *= mask_of_queries(tile.b, tile.h, tile.first + (g * DOWN + ty) * 4u, slots, s, j0 + (h * ACROSS + tx) * 4u + i);
            }
            weights[h][tx][i][g][(ty ^ (2u * tx)) % DOWN] = p;
          }
        }
      }
      @unroll for (var part = 0u; part < PARTS; part++) {
        if (part > 0u) {
          workgroupBarrier();
          stage_right(values, part, index);
        }
        workgroupBarrier();
        @gather(acc, part, 0u, blocks);
      }
    }
  }
  var total: array<vec4f, GROUPS_M>;
  @row_sums(sum, total);
  @unroll for (var g = 0u; g < GROUPS_M; g++) {
    let factor = vec4f(1.0) / total[g];
    let lse = (most[g] + log2(total[g])) / LOG2_E;
    @unroll for (var r = 0u; r < 4u; r++) {
      let t = tile.first + (g * DOWN + ty) * 4u + r;
      if (t < params.T) {
        let query = query_index(tile.b, t, tile.h);
        @unroll for (var part = 0u; part < PARTS; part++) {
          @unroll for (var a = 0u; a < SPAN; a++) {
            if (part * WIDTH + a * ACROSS + tx < VECTORS) {
              let row = vec4f(
                acc[((part * SPAN + a) * 4u) * GROUPS_M + g][r],
                acc[((part * SPAN + a) * 4u + 1u) * GROUPS_M + g][r],
                acc[((part * SPAN + a) * 4u + 2u) * GROUPS_M + g][r],
                acc[((part * SPAN + a) * 4u + 3u) * GROUPS_M + g][r],
              );
              set_out(query * E, part * WIDTH + a * ACROSS + tx, row * factor[r]);
            }
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
  let ty = lane_down(index);
  let tx = lane_across(index);
  let scale = params.scale * LOG2_E;
  let queries = store_rows(params.q_offset + tile.h * E, tile.b, tile.first);
  let d_rows = d_out_rows(tile.b, tile.h, tile.first);
  if (RESIDENT) {
    stage_left(0u, queries, 0u, index);
    stage_left(LEFTS - 1u, d_rows, 0u, index);
  }
  // delta of a row: each invocation's part, then all parts in order.
  var lse: array<vec4f, GROUPS_M>;
  var own: array<vec4f, GROUPS_M>;
  var delta: array<vec4f, GROUPS_M>;
  @unroll for (var g = 0u; g < GROUPS_M; g++) {
    @unroll for (var r = 0u; r < 4u; r++) {
      let query = query_index(tile.b, tile.first + (g * DOWN + ty) * 4u + r, tile.h);
      lse[g][r] = stats[query * 2u] * LOG2_E;
      for (var v = tx; v < VECTORS; v += ACROSS) {
        own[g][r] += dot(o_four(query * E, v), d_out_four(query * E, v));
      }
    }
  }
  @row_sums(own, delta);
  if (tx == 0u) {
    @unroll for (var g = 0u; g < GROUPS_M; g++) {
      @unroll for (var r = 0u; r < 4u; r++) {
        let t = tile.first + (g * DOWN + ty) * 4u + r;
        if (t < params.T) {
          stats[query_index(tile.b, t, tile.h) * 2u + 1u] = delta[g][r];
        }
      }
    }
  }
  var acc: array<vec4f, 4u * SPAN * PARTS * GROUPS_M>;
  let first_slot = table[tile.h * 2u];
  let slots = table[tile.h * 2u + 1u];
  let end = min(params.T, tile.first + ROWS);
  for (var s = 0u; s < slots; s++) {
    let at = params.H * 2u + (first_slot + s) * 2u;
    for (var j0 = 0u; j0 < end; j0 += COLUMNS) {
      let keys = store_rows(table[at], tile.b, j0);
      let values = store_rows(table[at + 1u], tile.b, j0);
      let blocks = blocks_seen(tile.first, ty, j0);
      let steps = select(0u, dot_steps(), blocks > 0u);
      let masked = j0 + COLUMNS > tile.first + 1u;
      // dO · vᵀ, then scores, by the same instructions: the keys come last, since the third product needs them too. What is ready waits in the invocation's own places
      // among the weights.
      for (var side = 0u; side < 2u; side++) {
        var x = array<vec4f, 4u * GROUPS_N * GROUPS_M>();
        for (var part = 0u; part < PARTS; part++) {
          workgroupBarrier();
          if (side == 0u) {
            if (!RESIDENT) {
              stage_left(0u, d_rows, part, index);
            }
            stage_right(values, part, index);
          } else {
            if (!RESIDENT) {
              stage_left(0u, queries, part, index);
            }
            stage_right(keys, part, index);
          }
          workgroupBarrier();
          @dot(x, (LEFTS - 1u) * (1u - side), steps);
        }
        @unroll for (var h = 0u; h < GROUPS_N; h++) {
          @unroll for (var i = 0u; i < 4u; i++) {
            @unroll for (var g = 0u; g < GROUPS_M; g++) {
              let j = j0 + (h * ACROSS + tx) * 4u + i;
              let t = tile.first + (g * DOWN + ty) * 4u;
              var y = x[(h * 4u + i) * GROUPS_M + g];
              if (side == 0u) {
                if (DROPOUT) {
                  y *= mask_of_queries(tile.b, tile.h, t, slots, s, j);
                }
                y -= delta[g];
              } else {
                y = exp2(fma(y, vec4f(scale), -lse[g]));
                if (masked) {
                  y = select(vec4f(), y, vec4u(j) <= vec4u(t) + FOUR);
                }
                y *= weights[h][tx][i][g][(ty ^ (2u * tx)) % DOWN];
              }
              weights[h][tx][i][g][(ty ^ (2u * tx)) % DOWN] = y;
            }
          }
        }
      }
      @unroll for (var part = 0u; part < PARTS; part++) {
        if (PARTS > 1u) {
          workgroupBarrier();
          stage_right(keys, part, index);
        }
        workgroupBarrier();
        @gather(acc, part, 0u, blocks);
      }
    }
  }
  @unroll for (var g = 0u; g < GROUPS_M; g++) {
    @unroll for (var r = 0u; r < 4u; r++) {
      let t = tile.first + (g * DOWN + ty) * 4u + r;
      if (t < params.T) {
        let at = params.dq_offset + (tile.b * params.T + t) * params.width + tile.h * E;
        @unroll for (var part = 0u; part < PARTS; part++) {
          @unroll for (var a = 0u; a < SPAN; a++) {
            if (part * WIDTH + a * ACROSS + tx < VECTORS) {
              let row = vec4f(
                acc[((part * SPAN + a) * 4u) * GROUPS_M + g][r],
                acc[((part * SPAN + a) * 4u + 1u) * GROUPS_M + g][r],
                acc[((part * SPAN + a) * 4u + 2u) * GROUPS_M + g][r],
                acc[((part * SPAN + a) * 4u + 3u) * GROUPS_M + g][r],
              );
              set_gradient(at, part * WIDTH + a * ACROSS + tx, row * params.scale, false);
            }
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
  let ty = lane_down(index);
  let tx = lane_across(index);
  let scale = params.scale * LOG2_E;
  let item = tile.h * 5u;
  let flags = table[item + 4u];
  var dk: array<vec4f, 4u * SPAN * PARTS * GROUPS_M>;
  var dv: array<vec4f, 4u * SPAN * PARTS * GROUPS_M>;
  for (var n = 0u; n < table[item + 3u]; n++) {
    let entry = params.entries_at + (table[item + 2u] + n) * 6u;
    let head = table[entry];
    let s = table[entry + 1u];
    let slots = table[entry + 2u];
    let keys = store_rows(table[entry + 3u], tile.b, tile.first);
    let values = store_rows(table[entry + 4u], tile.b, tile.first);
    let wants_k = (table[entry + 5u] & 1u) != 0u;
    let wants_v = (table[entry + 5u] & 2u) != 0u;
    if (RESIDENT) {
      workgroupBarrier();
      stage_left(0u, keys, 0u, index);
      stage_left(LEFTS - 1u, values, 0u, index);
    }
    // Queries before the tile's first key see none of it.
    for (var t0 = tile.first; t0 < params.T; t0 += COLUMNS) {
      let queries = store_rows(params.q_offset + head * E, tile.b, t0);
      let d_rows = d_out_rows(tile.b, head, t0);
      let masked = t0 < tile.first + ROWS || t0 + COLUMNS > params.T;
      // Blocks of four queries, from the first that sees this invocation's first key.
      let seen = (max(tile.first + ty * 4u, t0) - t0) / 4u / GATHER_STEP * GATHER_STEP;
      let blocks = (min(COLUMNS, params.T - t0) + 3u) / 4u;
      let steps = select(0u, dot_steps(), seen < blocks);
      var p: array<vec4f, 4u * GROUPS_N * GROUPS_M>; // with dropout only: without, the weights are the probabilities
      for (var side = 0u; side < 2u; side++) {
        var x = array<vec4f, 4u * GROUPS_N * GROUPS_M>();
        @unroll for (var part = 0u; part < PARTS; part++) {
          workgroupBarrier();
          if (side == 0u) {
            if (!RESIDENT) {
              stage_left(0u, keys, part, index);
            }
            stage_right(queries, part, index);
          } else {
            if (!RESIDENT) {
              stage_left(0u, values, part, index);
            }
            stage_right(d_rows, part, index);
          }
          workgroupBarrier();
          if (side == 1u && wants_v) {
            @gather(dv, part, seen, blocks);
          }
          if (side == 0u || wants_k) {
            @dot(x, side % LEFTS, steps);
          }
        }
        if (side == 1u) {
          workgroupBarrier();
        }
        @unroll for (var h = 0u; h < GROUPS_N; h++) {
          @unroll for (var i = 0u; i < 4u; i++) {
            let t = t0 + (h * ACROSS + tx) * 4u + i;
            let query = query_index(tile.b, t, head);
            let number = saved[query * 2u + side];
            @unroll for (var g = 0u; g < GROUPS_M; g++) {
              let j = tile.first + (g * DOWN + ty) * 4u;
              let mask = mask_of_keys(tile.b, head, t, slots, s, j);
              var y = x[(h * 4u + i) * GROUPS_M + g];
              if (side == 0u) {
                y = exp2(fma(y, vec4f(scale), vec4f(-number * LOG2_E)));
                if (masked) {
                  y = select(vec4f(), y, (vec4u(j) + FOUR <= vec4u(t)) & vec4<bool>(t < params.T));
                }
                if (DROPOUT) {
                  p[(h * 4u + i) * GROUPS_M + g] = y;
                  y *= mask;
                }
              } else if (DROPOUT) {
                y = p[(h * 4u + i) * GROUPS_M + g] * (y * mask - number);
              } else {
                y = weights[h][tx][i][g][(ty ^ (2u * tx)) % DOWN] * (y - number);
              }
              weights[h][tx][i][g][(ty ^ (2u * tx)) % DOWN] = y;
            }
          }
        }
      }
      if (wants_k) {
        @unroll for (var part = 0u; part < PARTS; part++) {
          if (part > 0u) {
            workgroupBarrier();
          }
          stage_right(queries, part, index);
          workgroupBarrier();
          @gather(dk, part, seen, blocks);
        }
      }
    }
  }
  @unroll for (var g = 0u; g < GROUPS_M; g++) {
    @unroll for (var r = 0u; r < 4u; r++) {
      let j = tile.first + (g * DOWN + ty) * 4u + r;
      if (j < params.T) {
        let at = (tile.b * params.T + j) * params.width;
        @unroll for (var part = 0u; part < PARTS; part++) {
          @unroll for (var a = 0u; a < SPAN; a++) {
            let column = part * WIDTH + a * ACROSS + tx;
            if (column < VECTORS && (flags & 1u) != 0u) {
              let row = vec4f(
                dk[((part * SPAN + a) * 4u) * GROUPS_M + g][r],
                dk[((part * SPAN + a) * 4u + 1u) * GROUPS_M + g][r],
                dk[((part * SPAN + a) * 4u + 2u) * GROUPS_M + g][r],
                dk[((part * SPAN + a) * 4u + 3u) * GROUPS_M + g][r],
              );
              set_gradient(table[item] + at, column, row * params.scale, (flags & 4u) != 0u);
            }
            if (column < VECTORS && (flags & 2u) != 0u) {
              let row = vec4f(
                dv[((part * SPAN + a) * 4u) * GROUPS_M + g][r],
                dv[((part * SPAN + a) * 4u + 1u) * GROUPS_M + g][r],
                dv[((part * SPAN + a) * 4u + 2u) * GROUPS_M + g][r],
                dv[((part * SPAN + a) * 4u + 3u) * GROUPS_M + g][r],
              );
              set_gradient(table[item + 1u] + at, column, row, (flags & 8u) != 0u);
            }
          }
        }
      }
    }
  }
}
