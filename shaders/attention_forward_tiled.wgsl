// Forward pass of cross-layer attention with one workgroup for each tile of queries: maths, shapes and write contract in attention_common.wgsl.
// attention_tile.wgsl has the tiles, and the constants put in front; attention_lanes.wgsl, or attention_lanes_none.wgsl, how a row's invocations share.

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
  // What comes next into the place on the right is always on its way already.
  var next = fetch_right(store_rows(table[params.H * 2u + first_slot * 2u], tile.b, 0u), 0u, index);
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
        put_right(next, index);
        workgroupBarrier();
        if (part + 1u < PARTS) {
          next = fetch_right(keys, part + 1u, index);
        } else {
          next = fetch_right(values, 0u, index);
        }
        @dot(x, 0, queries, part, steps);
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
      var new_most: array<vec4f, GROUPS_M>;
      @unroll for (var g = 0u; g < GROUPS_M; g++) {
        new_most[g] = x[g];
        @unroll for (var h = 0u; h < GROUPS_N; h++) {
          @unroll for (var i = 0u; i < 4u; i++) {
            new_most[g] = max(new_most[g], x[(h * 4u + i) * GROUPS_M + g]);
          }
        }
        new_most[g] = max(most[g], new_most[g] * scale);
      }
      @most_of_rows(new_most);
      @unroll for (var g = 0u; g < GROUPS_M; g++) {
        let shrink = exp2(most[g] - new_most[g]);
        most[g] = new_most[g];
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
      // All have read the keys: their place is free.
      put_right(next, index);
      @unroll for (var h = 0u; h < GROUPS_N; h++) {
        @unroll for (var i = 0u; i < 4u; i++) {
          @unroll for (var g = 0u; g < GROUPS_M; g++) {
            var p = exp2(fma(x[(h * 4u + i) * GROUPS_M + g], vec4f(scale), -most[g]));
            sum[g] += p;
            if (DROPOUT) {
              p *= mask_of_queries(tile.b, tile.h, tile.first + (g * DOWN + ty) * 4u, slots, s, j0 + (h * ACROSS + tx) * 4u + i);
            }
            @hand(x, h, i, g, p);
          }
        }
      }
      @unroll for (var part = 0u; part < PARTS; part++) {
        if (part > 0u) {
          workgroupBarrier();
          put_right(next, index);
        }
        workgroupBarrier();
        if (part + 1u < PARTS) {
          next = fetch_right(values, part + 1u, index);
        } else if (j0 + COLUMNS < end) {
          next = fetch_right(store_rows(table[at], tile.b, j0 + COLUMNS), 0u, index);
        } else if (s + 1u < slots) {
          next = fetch_right(store_rows(table[at + 2u], tile.b, 0u), 0u, index);
        }
        @gather(acc, part, x, 0u, blocks);
      }
    }
  }
  @sum_of_rows(sum);
  @unroll for (var g = 0u; g < GROUPS_M; g++) {
    let factor = vec4f(1.0) / sum[g];
    let lse = (most[g] + log2(sum[g])) / LOG2_E;
    @unroll for (var r = 0u; r < 4u; r++) {
      let t = tile.first + (g * DOWN + ty) * 4u + r;
      if (t < params.T) {
        let query = query_index(tile.b, t, tile.h);
        @unroll for (var part = 0u; part < PARTS; part++) {
          @unroll for (var a = 0u; a < SPAN; a++) {
            if (part * WIDTH + a * ACROSS + tx < VECTORS) {
              var row: vec4f;
              @row_of(acc, row);
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
