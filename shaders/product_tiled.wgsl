// Matrix products through workgroup memory: maths, shapes and write contract in product_common.wgsl.
//
// One workgroup is ROWS × COLUMNS outputs, staged through workgroup memory in slices of DEPTH k. The variant for GPUs.
//
// LANES_M × LANES_N invocations compute GROUPS_M × GROUPS_N blocks of 4 × 4 each: block (g, h) lies LANES_M·4·g rows and LANES_N·4·h columns on. Four rows (or columns) of one k
// are one vector of a slice, so that GROUPS_M + GROUPS_N loads feed 16·GROUPS_M·GROUPS_N multiplications. A slice has an axis for each part of an address, so that only the
// lane's own is a variable, checked once, and all others fold into the instruction. The next slice is read into registers while this one is multiplied.
// An operand that lies along k is turned while it is stored, one component at a time; its vectors are permuted by k, so that these do not meet in one memory bank.
// 32 neighbouring invocations are 4 × 8 lanes in pairs of rows, so that a vector is read by as many of a quarter of them as can be.
//
// QUADS vectors of a row along k make a slice; WIDE vectors of one k are read at once.
const QUADS = DEPTH / 4u;
const WIDE = INVOCATIONS / DEPTH;
var<workgroup> slice_a: array<array<array<vec4f, LANES_M>, GROUPS_M>, DEPTH>;
var<workgroup> slice_b: array<array<array<vec4f, LANES_N>, GROUPS_N>, DEPTH>;

// Row (or column) of the tile and k of the slice with which the four elements begin that an invocation reads as its number i.
fn place_of(index: u32, i: u32, across: bool) -> vec2u {
  return select(vec2u(index / QUADS + i * (INVOCATIONS / QUADS), (index % QUADS) * 4u), vec2u((index % WIDE + i * WIDE) * 4u, index / WIDE), across);
}

// How the vectors of one k are permuted, where an operand is turned.
fn turn_of(k: u32) -> u32 {
  return ((k / 4u) & 3u) << 1u;
}

fn keep_a(index: u32, i: u32, x: vec4f) {
  let at = place_of(index, i, A_TRANSPOSED);
  if (A_TRANSPOSED) {
    slice_a[at.y][(at.x / 4u) / LANES_M][(at.x / 4u) % LANES_M] = x;
  } else {
    let vector = (at.x / 4u) ^ turn_of(at.y);
    slice_a[at.y][vector / LANES_M][vector % LANES_M][at.x % 4u] = x.x;
    slice_a[at.y + 1u][vector / LANES_M][vector % LANES_M][at.x % 4u] = x.y;
    slice_a[at.y + 2u][vector / LANES_M][vector % LANES_M][at.x % 4u] = x.z;
    slice_a[at.y + 3u][vector / LANES_M][vector % LANES_M][at.x % 4u] = x.w;
  }
}

fn keep_b(index: u32, i: u32, x: vec4f) {
  let at = place_of(index, i, !B_TRANSPOSED);
  if (!B_TRANSPOSED) {
    slice_b[at.y][(at.x / 4u) / LANES_N][(at.x / 4u) % LANES_N] = x;
  } else {
    let vector = (at.x / 4u) ^ turn_of(at.y);
    slice_b[at.y][vector / LANES_N][vector % LANES_N][at.x % 4u] = x.x;
    slice_b[at.y + 1u][vector / LANES_N][vector % LANES_N][at.x % 4u] = x.y;
    slice_b[at.y + 2u][vector / LANES_N][vector % LANES_N][at.x % 4u] = x.z;
    slice_b[at.y + 3u][vector / LANES_N][vector % LANES_N][at.x % 4u] = x.w;
  }
}

// The four elements that begin at k, 0 from `last` on; `along` when they lie along k.
fn up_to(last: u32, k: u32, along: bool, x: vec4f) -> vec4f {
  return select(vec4f(), x, select(vec4u(k), vec4u(k, k + 1u, k + 2u, k + 3u), along) < vec4u(last));
}

@compute @workgroup_size(INVOCATIONS)
fn shared_tile(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) index: u32) {
  let p = place(linear_workgroup(id, count), ROWS, COLUMNS);
  // A uniform condition: workgroup_id is the same for all, so barriers stay in uniform control flow.
  if (!p.inside) {
    return;
  }
  let first = min(params.K, p.split * params.k_part);
  let last = min(params.K, first + params.k_part);
  let whole = first + (last - first) / DEPTH * DEPTH;
  let warp = index / 32u;
  let ty = (warp / (LANES_N / 8u)) * 4u + (index & 1u) + ((index >> 4u) & 1u) * 2u;
  let tx = (warp % (LANES_N / 8u)) * 8u + ((index >> 1u) & 7u);

  // Rows and columns past the edge are read wherever that is: their sums are never stored.
  let place_a = place_of(index, 0u, A_TRANSPOSED);
  let place_b = place_of(index, 0u, !B_TRANSPOSED);
  let row = p.m + place_a.x;
  let column = p.n + place_b.x;
  var at_a = params.a_offset + select(row * params.K + first + place_a.y, (first + place_a.y) * params.M + row, A_TRANSPOSED);
  var at_b = params.b_offset + select((first + place_b.y) * params.N + column, column * params.K + first + place_b.y, B_TRANSPOSED);
  // From one of an invocation's reads to its next, and from slice to slice.
  let next_a = select(INVOCATIONS / QUADS * params.K, WIDE * 4u, A_TRANSPOSED);
  let next_b = select(WIDE * 4u, INVOCATIONS / QUADS * params.K, B_TRANSPOSED);
  let step_a = select(DEPTH, DEPTH * params.M, A_TRANSPOSED);
  let step_b = select(DEPTH * params.N, DEPTH, B_TRANSPOSED);
  var fetched_a: array<vec4f, FETCHES_A>;
  var fetched_b: array<vec4f, FETCHES_B>;
  @unroll for (var i = 0u; i < FETCHES_A; i++) {
    fetched_a[i] = four_of_a(at_a + i * next_a);
  }
  @unroll for (var i = 0u; i < FETCHES_B; i++) {
    fetched_b[i] = four_of_b(at_b + i * next_b);
  }

  // Four rows of a column each. Column after column is the quickest of the orders tried on an H200 (docs/LOG.md, 2026-11-28).
  var sum: array<vec4f, 4u * GROUPS_M * GROUPS_N>;
  var row_sum: array<vec4f, GROUPS_M>;
  // Each group of rows is summed by one tile of its row of tiles, so that no tile does more than the others; lanes from 8 on would only repeat the first.
  let tile = p.n / COLUMNS;
  let sums_rows = ROW_SUMS && tile < GROUPS_M && tx < 8u;
  for (var k0 = first; k0 < whole; k0 += DEPTH) {
    @unroll for (var i = 0u; i < FETCHES_A; i++) {
      keep_a(index, i, fetched_a[i]);
    }
    @unroll for (var i = 0u; i < FETCHES_B; i++) {
      keep_b(index, i, fetched_b[i]);
    }
    workgroupBarrier();
    // After the last slice too, where nothing uses it: a condition would keep the compiler from moving these reads among the multiplications.
    at_a += step_a;
    at_b += step_b;
    @unroll for (var i = 0u; i < FETCHES_A; i++) {
      fetched_a[i] = four_of_a(at_a + i * next_a);
    }
    @unroll for (var i = 0u; i < FETCHES_B; i++) {
      fetched_b[i] = four_of_b(at_b + i * next_b);
    }
    @unroll for (var k = 0u; k < DEPTH; k++) {
      let y = select(ty ^ turn_of(k), ty, A_TRANSPOSED);
      let x = select(tx, tx ^ turn_of(k), B_TRANSPOSED);
      var left: array<vec4f, GROUPS_M>;
      var right: array<vec4f, GROUPS_N>;
      @unroll for (var g = 0u; g < GROUPS_M; g++) {
        left[g] = slice_a[k][g][y];
      }
      @unroll for (var h = 0u; h < GROUPS_N; h++) {
        right[h] = slice_b[k][h][x];
      }
      @unroll for (var h = 0u; h < GROUPS_N; h++) {
        @unroll for (var n = 0u; n < 4u; n++) {
          @unroll for (var g = 0u; g < GROUPS_M; g++) {
            sum[(h * 4u + n) * GROUPS_M + g] = fma(left[g], vec4f(right[h][n]), sum[(h * 4u + n) * GROUPS_M + g]);
          }
        }
      }
    }
    if (sums_rows) {
      @unroll for (var g = 0u; g < GROUPS_M; g++) {
        if (g % params.tiles_n == tile) {
          @unroll for (var k = 0u; k < DEPTH; k++) {
            row_sum[g] += slice_a[k][g][select(ty ^ turn_of(k), ty, A_TRANSPOSED)];
          }
        }
      }
    }
    workgroupBarrier();
  }
  // What is left of K is less than a slice; there is nothing where K is whole slices, which is a constant, so that its registers are not kept.
  if (TAIL && whole < last) {
    @unroll for (var i = 0u; i < FETCHES_A; i++) {
      let k = whole + place_of(index, i, A_TRANSPOSED).y;
      keep_a(index, i, up_to(last, k, !A_TRANSPOSED, fetched_a[i]));
    }
    @unroll for (var i = 0u; i < FETCHES_B; i++) {
      let k = whole + place_of(index, i, !B_TRANSPOSED).y;
      keep_b(index, i, up_to(last, k, B_TRANSPOSED, fetched_b[i]));
    }
    workgroupBarrier();
    for (var k = 0u; k < last - whole; k++) {
      let y = select(ty ^ turn_of(k), ty, A_TRANSPOSED);
      let x = select(tx, tx ^ turn_of(k), B_TRANSPOSED);
      @unroll for (var g = 0u; g < GROUPS_M; g++) {
        let left = slice_a[k][g][y];
        row_sum[g] += left;
        @unroll for (var h = 0u; h < GROUPS_N; h++) {
          let right = slice_b[k][h][x];
          @unroll for (var n = 0u; n < 4u; n++) {
            sum[(h * 4u + n) * GROUPS_M + g] = fma(left, vec4f(right[n]), sum[(h * 4u + n) * GROUPS_M + g]);
          }
        }
      }
    }
  }
  @unroll for (var g = 0u; g < GROUPS_M; g++) {
    let m = p.m + (g * LANES_M + ty) * 4u;
    var read: array<vec4f, 4u * GROUPS_N>;
    @unroll for (var r = 0u; r < 4u; r++) {
      @unroll for (var h = 0u; h < GROUPS_N; h++) {
        read[r * GROUPS_N + h] = before_finish(m + r, p.n + (h * LANES_N + tx) * 4u);
      }
    }
    @unroll for (var r = 0u; r < 4u; r++) {
      @unroll for (var h = 0u; h < GROUPS_N; h++) {
        let of_row = vec4f(
          sum[h * 4u * GROUPS_M + g][r],
          sum[(h * 4u + 1u) * GROUPS_M + g][r],
          sum[(h * 4u + 2u) * GROUPS_M + g][r],
          sum[(h * 4u + 3u) * GROUPS_M + g][r],
        );
        finish(m + r, p.n + (h * LANES_N + tx) * 4u, p.split, of_row, read[r * GROUPS_N + h]);
      }
    }
  }
  if (sums_rows && tx == 0u) {
    @unroll for (var g = 0u; g < GROUPS_M; g++) {
      if (g % params.tiles_n == tile) {
        @unroll for (var r = 0u; r < 4u; r++) {
          finish_row_sum(p.m + (g * LANES_M + ty) * 4u + r, p.split, row_sum[g][r]);
        }
      }
    }
  }
}
