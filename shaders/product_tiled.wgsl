// Matrix products through workgroup memory: maths, shapes and write contract in product_common.wgsl.
//
// One workgroup is ROWS × COLUMNS outputs, staged through workgroup memory in slices of DEPTH k. The variant for GPUs.
//
// LANES_M × LANES_N invocations compute GROUPS_M × GROUPS_N blocks of 4 × 4 each: block (g, h) lies LANES_M·4·g rows and LANES_N·4·h columns on. Four rows (or columns) of one k
// are one vector of a slice, so that GROUPS_M + GROUPS_N loads feed 16·GROUPS_M·GROUPS_N multiplications. A slice has an axis for each part of an address, so that only the
// lane's own is a variable, checked once, and all others fold into the instruction. The next slice is read into registers while this one is multiplied.
// An operand that lies along k is turned while it is stored, one component at a time; its vectors are permuted by k, so that these do not meet in one memory bank.
// 32 neighbouring invocations are 4 × 8 lanes in pairs of rows, so that a vector is read by as many of a quarter of them as can be.
const VECTORS_A = ROWS / 4u;
const VECTORS_B = COLUMNS / 4u;
const QUADS = DEPTH / 4u;
var<workgroup> slice_a: array<array<array<vec4f, LANES_M>, GROUPS_M>, DEPTH>;
var<workgroup> slice_b: array<array<array<vec4f, LANES_N>, GROUPS_N>, DEPTH>;

// Row (or column) of the tile and k of the slice with which the four elements begin that an invocation reads as its number `position`.
fn place_of(position: u32, vectors: u32, across: bool) -> vec2u {
  return select(vec2u(position / QUADS, (position % QUADS) * 4u), vec2u((position % vectors) * 4u, position / vectors), across);
}

// How the vectors of one k are permuted, where an operand is turned.
fn turn_of(k: u32) -> u32 {
  return ((k / 4u) & 3u) << 1u;
}

fn keep_a(position: u32, x: vec4f) {
  let at = place_of(position, VECTORS_A, A_TRANSPOSED);
  if (A_TRANSPOSED) {
    slice_a[at.y][(at.x / 4u) / LANES_M][(at.x / 4u) % LANES_M] = x;
  } else {
    let vector = (at.x / 4u) ^ turn_of(at.y);
    slice_a[at.y][vector / LANES_M][vector % LANES_M][at.x & 3u] = x.x;
    slice_a[at.y + 1u][vector / LANES_M][vector % LANES_M][at.x & 3u] = x.y;
    slice_a[at.y + 2u][vector / LANES_M][vector % LANES_M][at.x & 3u] = x.z;
    slice_a[at.y + 3u][vector / LANES_M][vector % LANES_M][at.x & 3u] = x.w;
  }
}

fn keep_b(position: u32, x: vec4f) {
  let at = place_of(position, VECTORS_B, !B_TRANSPOSED);
  if (!B_TRANSPOSED) {
    slice_b[at.y][(at.x / 4u) / LANES_N][(at.x / 4u) % LANES_N] = x;
  } else {
    let vector = (at.x / 4u) ^ turn_of(at.y);
    slice_b[at.y][vector / LANES_N][vector % LANES_N][at.x & 3u] = x.x;
    slice_b[at.y + 1u][vector / LANES_N][vector % LANES_N][at.x & 3u] = x.y;
    slice_b[at.y + 2u][vector / LANES_N][vector % LANES_N][at.x & 3u] = x.z;
    slice_b[at.y + 3u][vector / LANES_N][vector % LANES_N][at.x & 3u] = x.w;
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
  var at_a: array<u32, FETCHES_A>;
  var at_b: array<u32, FETCHES_B>;
  var fetched_a: array<vec4f, FETCHES_A>;
  var fetched_b: array<vec4f, FETCHES_B>;
  @unroll for (var i = 0u; i < FETCHES_A; i++) {
    let place_a = place_of(index + i * INVOCATIONS, VECTORS_A, A_TRANSPOSED);
    let m = p.m + place_a.x;
    let k = first + place_a.y;
    at_a[i] = params.a_offset + select(m * params.K + k, k * params.M + m, A_TRANSPOSED);
    fetched_a[i] = four_of_a(at_a[i]);
  }
  @unroll for (var i = 0u; i < FETCHES_B; i++) {
    let place_b = place_of(index + i * INVOCATIONS, VECTORS_B, !B_TRANSPOSED);
    let n = p.n + place_b.x;
    let k = first + place_b.y;
    at_b[i] = params.b_offset + select(k * params.N + n, n * params.K + k, B_TRANSPOSED);
    fetched_b[i] = four_of_b(at_b[i]);
  }
  let step_a = select(DEPTH, DEPTH * params.M, A_TRANSPOSED);
  let step_b = select(DEPTH * params.N, DEPTH, B_TRANSPOSED);

  var sum: array<vec4f, 4u * GROUPS_M * GROUPS_N>;
  var row_sum: array<vec4f, GROUPS_M>;
  // Each group of rows is summed by one tile of its row of tiles, so that no tile does more than the others; lanes from 8 on would only repeat the first.
  let column = p.n / COLUMNS;
  let sums_rows = ROW_SUMS && column < GROUPS_M && tx < 8u;
  for (var k0 = first; k0 < whole; k0 += DEPTH) {
    @unroll for (var i = 0u; i < FETCHES_A; i++) {
      keep_a(index + i * INVOCATIONS, fetched_a[i]);
    }
    @unroll for (var i = 0u; i < FETCHES_B; i++) {
      keep_b(index + i * INVOCATIONS, fetched_b[i]);
    }
    workgroupBarrier();
    if (k0 + DEPTH < last) {
      @unroll for (var i = 0u; i < FETCHES_A; i++) {
        at_a[i] += step_a;
        fetched_a[i] = four_of_a(at_a[i]);
      }
      @unroll for (var i = 0u; i < FETCHES_B; i++) {
        at_b[i] += step_b;
        fetched_b[i] = four_of_b(at_b[i]);
      }
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
      @unroll for (var g = 0u; g < GROUPS_M; g++) {
        @unroll for (var r = 0u; r < 4u; r++) {
          @unroll for (var h = 0u; h < GROUPS_N; h++) {
            sum[(g * 4u + r) * GROUPS_N + h] = fma(vec4f(left[g][r]), right[h], sum[(g * 4u + r) * GROUPS_N + h]);
          }
        }
      }
    }
    if (sums_rows) {
      @unroll for (var g = 0u; g < GROUPS_M; g++) {
        if (g % params.tiles_n == column) {
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
      let k = whole + place_of(index + i * INVOCATIONS, VECTORS_A, A_TRANSPOSED).y;
      keep_a(index + i * INVOCATIONS, up_to(last, k, !A_TRANSPOSED, fetched_a[i]));
    }
    @unroll for (var i = 0u; i < FETCHES_B; i++) {
      let k = whole + place_of(index + i * INVOCATIONS, VECTORS_B, !B_TRANSPOSED).y;
      keep_b(index + i * INVOCATIONS, up_to(last, k, B_TRANSPOSED, fetched_b[i]));
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
          @unroll for (var r = 0u; r < 4u; r++) {
            sum[(g * 4u + r) * GROUPS_N + h] = fma(vec4f(left[r]), right, sum[(g * 4u + r) * GROUPS_N + h]);
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
        finish(m + r, p.n + (h * LANES_N + tx) * 4u, p.split, sum[(g * 4u + r) * GROUPS_N + h], read[r * GROUPS_N + h]);
      }
    }
  }
  if (sums_rows && tx == 0u) {
    @unroll for (var g = 0u; g < GROUPS_M; g++) {
      if (g % params.tiles_n == column) {
        @unroll for (var r = 0u; r < 4u; r++) {
          finish_row_sum(p.m + (g * LANES_M + ty) * 4u + r, p.split, row_sum[g][r]);
        }
      }
    }
  }
}
