// How the invocations of a row of a tile share what they have, through workgroup memory. attention_lanes.wgsl does it by subgroups. Writes: nothing; for attention_tile.wgsl.
// Weights, four rows of a column each, lie in workgroup memory, and so do the tiles on the left. `w` is not used here.
var<workgroup> left: array<array<array<array<array<array<vec4f, ACROSS>, SPAN>, 4>, DOWN>, GROUPS_M>, LEFTS>;
// Before the weights of a tile are known, the place of what the invocations of a row tell each other.
var<workgroup> weights: array<array<array<array<array<vec4f, DOWN>, GROUPS_M>, 4>, ACROSS>, GROUPS_N>;

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

@snippet dot(x, side, rows, part, steps) {
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

// Over blocks of four columns, from `first` up to `end`.
@snippet gather(acc, part, w, first, end) {
  for (var block = first; block < end; block += GATHER_STEP) {
    @unroll for (var u = 0u; u < GATHER_STEP; u++) {
      let lane = (block + u) % ACROSS;
      let group = ((block + u) / ACROSS) % GROUPS_N;
      let row_slot = (ty ^ (2u * lane)) % DOWN;
      let column_slot = (tx ^ lane) % ACROSS;
      @unroll for (var i = 0u; i < 4u; i++) {
        var p: array<vec4f, GROUPS_M>;
        @unroll for (var g = 0u; g < GROUPS_M; g++) {
          p[g] = weights[group][lane][i][g][row_slot];
        }
        @unroll for (var a = 0u; a < SPAN; a++) {
          let b = right[group][lane][i][a][column_slot];
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

@snippet hand(w, h, i, g, value) {
  weights[h][tx][i][g][(ty ^ (2u * tx)) % DOWN] = value;
}

@snippet handed(w, h, i, g, value) {
  value = weights[h][tx][i][g][(ty ^ (2u * tx)) % DOWN];
}

// Over the invocations of a row. A barrier must be behind it before weights are handed on.
@snippet most_of_rows(own) {
  @unroll for (var g = 0u; g < GROUPS_M; g++) {
    weights[0][tx][g][0][ty] = own[g];
  }
  workgroupBarrier();
  @unroll for (var g = 0u; g < GROUPS_M; g++) {
    for (var lane = 0u; lane < ACROSS; lane++) {
      own[g] = max(own[g], weights[0][lane][g][0][ty]);
    }
  }
}

@snippet sum_of_rows(own) {
  workgroupBarrier();
  @unroll for (var g = 0u; g < GROUPS_M; g++) {
    weights[0][tx][g][0][ty] = own[g];
    own[g] = vec4f();
  }
  workgroupBarrier();
  @unroll for (var g = 0u; g < GROUPS_M; g++) {
    for (var lane = 0u; lane < ACROSS; lane++) {
      own[g] += weights[0][lane][g][0][ty];
    }
  }
}
