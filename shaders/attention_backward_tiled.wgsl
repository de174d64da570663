// Backward pass of cross-layer attention with one workgroup for each tile of queries or keys: maths, shapes and write contract in attention_common.wgsl.
// attention_tile.wgsl has the tiles, and the constants put in front; attention_lanes.wgsl, or attention_lanes_none.wgsl, how a row's invocations share. attention_delta.wgsl
// goes before.

// dq of the rows of a tile.
@snippet store_dq(acc) {
  @unroll for (var g = 0u; g < GROUPS_M; g++) {
    @unroll for (var r = 0u; r < 4u; r++) {
      let t = tile.first + (g * DOWN + ty) * 4u + r;
      if (t < params.T) {
        let at = params.dq_offset + (tile.b * params.T + t) * params.width + tile.h * E;
        @unroll for (var part = 0u; part < PARTS; part++) {
          @unroll for (var a = 0u; a < SPAN; a++) {
            if (part * WIDTH + a * ACROSS + tx < VECTORS) {
              var row: vec4f;
              @row_of(acc, row);
              set_gradient(at, part * WIDTH + a * ACROSS + tx, row * params.scale, false);
            }
          }
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
  var lse: array<vec4f, GROUPS_M>;
  var delta: array<vec4f, GROUPS_M>;
  @unroll for (var g = 0u; g < GROUPS_M; g++) {
    @unroll for (var r = 0u; r < 4u; r++) {
      let query = query_index(tile.b, tile.first + (g * DOWN + ty) * 4u + r, tile.h);
      lse[g][r] = saved[query * 2u] * LOG2_E;
      delta[g][r] = saved[query * 2u + 1u];
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
      // among the weights. Rows on the left come from two places, and lie in workgroup memory: this pass has no tiles by subgroups, which would read them where they are.
      var w: array<vec4f, 4u * GROUPS_N * GROUPS_M>;
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
          @dot(x, (LEFTS - 1u) * (1u - side), queries, part, steps);
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
                var dx: vec4f;
                @handed(w, h, i, g, dx);
                y *= dx;
              }
              @hand(w, h, i, g, y);
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
        @gather(acc, part, w, 0u, blocks);
      }
    }
  }
  @store_dq(acc);
}

// One workgroup is ROWS queries of one head; dx is what backward_kv_tiled has kept.
@compute @workgroup_size(THREADS)
fn gather_q_tiled(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) index: u32) {
  let tile = query_tile_of(linear_workgroup(id, count));
  if (!tile.inside) {
    return;
  }
  let ty = lane_down(index);
  let tx = lane_across(index);
  var acc: array<vec4f, 4u * SPAN * PARTS * GROUPS_M>;
  let first_slot = table[tile.h * 2u];
  let slots = table[tile.h * 2u + 1u];
  let end = min(params.T, tile.first + ROWS);
  for (var s = 0u; s < slots; s++) {
    let keys_at = table[params.H * 2u + (first_slot + s) * 2u];
    for (var j0 = 0u; j0 < end; j0 += COLUMNS) {
      let keys = store_rows(keys_at, tile.b, j0);
      let blocks = blocks_seen(tile.first, ty, j0);
      let masked = j0 + COLUMNS > tile.first + 1u;
      var x: array<vec4f, 4u * GROUPS_N * GROUPS_M>;
      @unroll for (var h = 0u; h < GROUPS_N; h++) {
        @unroll for (var i = 0u; i < 4u; i++) {
          @unroll for (var g = 0u; g < GROUPS_M; g++) {
            let j = j0 + (h * ACROSS + tx) * 4u + i;
            let t = tile.first + (g * DOWN + ty) * 4u;
            // Behind the query, or the last one, there may be any number.
            let y = d_scores[d_scores_at(tile.b, first_slot + s, j, t)];
            x[(h * 4u + i) * GROUPS_M + g] = select(y, vec4f(), vec4<bool>(masked) & (vec4u(j) > vec4u(t) + FOUR));
          }
        }
      }
      @unroll for (var part = 0u; part < PARTS; part++) {
        workgroupBarrier();
        stage_right(keys, part, index);
        if (part == 0u) {
          @unroll for (var h = 0u; h < GROUPS_N; h++) {
            @unroll for (var i = 0u; i < 4u; i++) {
              @unroll for (var g = 0u; g < GROUPS_M; g++) {
                @hand(x, h, i, g, x[(h * 4u + i) * GROUPS_M + g]);
              }
            }
          }
        }
        workgroupBarrier();
        @gather(acc, part, x, 0u, blocks);
      }
    }
  }
  @store_dq(acc);
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
    let slot = table[entry + 5u] / 4u;
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
      var w: array<vec4f, 4u * GROUPS_N * GROUPS_M>;
      var p: array<vec4f, 4u * GROUPS_N * GROUPS_M>; // with dropout only: without, the weights are the probabilities
      for (var side = 0u; side < 2u; side++) {
        var on_left = keys;
        if (side == 1u) {
          on_left = values;
        }
        var x = array<vec4f, 4u * GROUPS_N * GROUPS_M>();
        @unroll for (var part = 0u; part < PARTS; part++) {
          workgroupBarrier();
          if (side == 0u) {
            stage_right(queries, part, index);
          } else {
            stage_right(d_rows, part, index);
          }
          if (!RESIDENT) {
            stage_left(0u, on_left, part, index);
          }
          workgroupBarrier();
          if (side == 1u && wants_v) {
            @gather(dv, part, w, seen, blocks);
          }
          if (side == 0u || wants_k) {
            @dot(x, side % LEFTS, on_left, part, steps);
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
                var probability: vec4f;
                @handed(w, h, i, g, probability);
                y = probability * (y - number);
              }
              @hand(w, h, i, g, y);
              x[(h * 4u + i) * GROUPS_M + g] = y;
            }
          }
        }
        if (KEEPS && side == 1u && wants_k) {
          @unroll for (var h = 0u; h < GROUPS_N; h++) {
            @unroll for (var g = 0u; g < GROUPS_M; g++) {
              let t = t0 + (h * ACROSS + tx) * 4u;
              let j = tile.first + (g * DOWN + ty) * 4u;
              // Turned: four queries of each key. Tiles of more rows than a block have some whose keys all lie behind their queries.
              if (t < params.T && j / BLOCK <= t / BLOCK) {
                let at = d_scores_at(tile.b, slot, j, t);
                @unroll for (var r = 0u; r < 4u; r++) {
                  d_scores_out[at + r * (BLOCK / 4u)] = vec4f(
                    x[(h * 4u) * GROUPS_M + g][r],
                    x[(h * 4u + 1u) * GROUPS_M + g][r],
                    x[(h * 4u + 2u) * GROUPS_M + g][r],
                    x[(h * 4u + 3u) * GROUPS_M + g][r],
                  );
                }
              }
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
          @gather(dk, part, w, seen, blocks);
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
              var row: vec4f;
              @row_of(dk, row);
              set_gradient(table[item] + at, column, row * params.scale, (flags & 4u) != 0u);
            }
            if (column < VECTORS && (flags & 2u) != 0u) {
              var row: vec4f;
              @row_of(dv, row);
              set_gradient(table[item + 1u] + at, column, row, (flags & 8u) != 0u);
            }
          }
        }
      }
    }
  }
}
