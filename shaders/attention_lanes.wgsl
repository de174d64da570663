// How the invocations of a row of a tile share what they have, by subgroups of UNIT lanes, at least 2·ACROSS, a constant put in front; attention_lanes_none.wgsl does it through
// workgroup memory. Writes: nothing; for attention_tile.wgsl.
// A row's invocations are in one subgroup: neighbouring invocations are, and every subgroup is full. Weights stay in the registers `w` of the invocation that computed them,
// and are asked of it; rows on the left are read through the caches. So a workgroup's memory holds one tile, and a processor more workgroups.
// Shuffles lie behind conditions that are the same for a whole subgroup, which WGSL cannot know: `diagnostic(off, subgroup_uniformity)` is put in front.
fn stage_left(side: u32, rows: Rows, part: u32, index: u32) {}

@snippet dot(x, side, rows, part, steps) {
  var at: array<u32, 4u * GROUPS_M>;
  @unroll for (var g = 0u; g < GROUPS_M; g++) {
    @unroll for (var r = 0u; r < 4u; r++) {
      at[g * 4u + r] = row_at(rows, (g * DOWN + ty) * 4u + r);
    }
  }
  for (var step = 0u; step < steps; step++) {
    @unroll for (var u = 0u; u < DOT_STEP; u++) {
      let v = step * DOT_STEP + u;
      let column_slot = (v ^ tx) % ACROSS;
      var l: array<vec4f, 4u * GROUPS_M>; // turned: element c of four rows
      @unroll for (var g = 0u; g < GROUPS_M; g++) {
        let l0 = vector_at(rows, at[g * 4u], part * WIDTH + v);
        let l1 = vector_at(rows, at[g * 4u + 1u], part * WIDTH + v);
        let l2 = vector_at(rows, at[g * 4u + 2u], part * WIDTH + v);
        let l3 = vector_at(rows, at[g * 4u + 3u], part * WIDTH + v);
        @unroll for (var c = 0u; c < 4u; c++) {
          l[g * 4u + c] = vec4f(l0[c], l1[c], l2[c], l3[c]);
        }
      }
      @unroll for (var h = 0u; h < GROUPS_N; h++) {
        @unroll for (var i = 0u; i < 4u; i++) {
          let b = right[h][tx][i][(v / ACROSS) % SPAN][column_slot];
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

// As attention_lanes_none.wgsl's, over the columns that any of a subgroup's rows needs: the weights of the others are 0.
@snippet gather(acc, part, w, first, end) {
  let from_first = subgroupMin(first);
  let to_end = subgroupMax(end);
  let row_lane = (index % UNIT) & ~(2u * ACROSS - 2u);
  @unroll for (var h = 0u; h < GROUPS_N; h++) {
    let lanes = min(max(to_end, h * ACROSS) - h * ACROSS, ACROSS);
    for (var begin = max(from_first, h * ACROSS) - h * ACROSS; begin < lanes; begin += GATHER_STEP) {
      @unroll for (var u = 0u; u < GATHER_STEP; u++) {
        let lane = begin + u;
        let column_slot = (tx ^ lane) % ACROSS;
        @unroll for (var i = 0u; i < 4u; i++) {
          var p: array<vec4f, GROUPS_M>;
          @unroll for (var g = 0u; g < GROUPS_M; g++) {
            p[g] = subgroupShuffle(w[(h * 4u + i) * GROUPS_M + g], row_lane | (2u * lane));
          }
          @unroll for (var a = 0u; a < SPAN; a++) {
            let b = right[h][lane % ACROSS][i][a][column_slot];
            @unroll for (var c = 0u; c < 4u; c++) {
              @unroll for (var g = 0u; g < GROUPS_M; g++) {
                acc[((part * SPAN + a) * 4u + c) * GROUPS_M + g] = fma(p[g], vec4f(b[c]), acc[((part * SPAN + a) * 4u + c) * GROUPS_M + g]);
              }
            }
          }
        }
      }
    }
  }
}

@snippet hand(w, h, i, g, value) {
  w[(h * 4u + i) * GROUPS_M + g] = value;
}

@snippet handed(w, h, i, g, value) {
  value = w[(h * 4u + i) * GROUPS_M + g];
}

@snippet most_of_rows(own) {
  @unroll for (var g = 0u; g < GROUPS_M; g++) {
    for (var lane = 1u; lane < ACROSS; lane *= 2u) {
      own[g] = max(own[g], subgroupShuffleXor(own[g], 2u * lane));
    }
  }
}

@snippet sum_of_rows(own) {
  @unroll for (var g = 0u; g < GROUPS_M; g++) {
    for (var lane = 1u; lane < ACROSS; lane *= 2u) {
      own[g] += subgroupShuffleXor(own[g], 2u * lane);
    }
  }
}
