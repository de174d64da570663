// Matrix products with everything that belongs to a linear layer in the epilogue.
//
//   sum[m,n] = Σ_k A[m,k] · B[k,n],   A[m,k] = a[m·K + k], or a[k·M + m] when A_TRANSPOSED
//                                     B[k,n] = b[k·N + n], or b[n·K + k] when B_TRANSPOSED
// Forward     y[M,N]  = x[M,K] · W[N,K]ᵀ          (B transposed), bias [N], activation, dropout, residual [M,N]
// Gradient    dx[M,N] = dy[M,K] · W[K,N]          times f'(pre[M,N]) of the activation that made x
// Gradient    dW[M,N] = dy[K,M]ᵀ · x[K,N]         (A transposed), row sums db[M] = Σ_k dy[k,m]
//
// Writes: c = or += (ACCUMULATE) the result; `also` = f(result) when ACTIVATION, = f(pre) when AGAIN (with DERIVATIVE); `sums` = or += (ACCUMULATE) the row sums
// when ROW_SUMS.
// Split: with `splits` > 1, part s sums k in [s·k_part, (s+1)·k_part) and writes = to c at s·M·N (row sums at s·M); `reduce` adds the parts in order.
// Each output is one running sum over k in ascending order, whatever the tile: every tile gives the same bits.
//
// The tile's constants (ROWS, COLUMNS, DEPTH, …) and the element types AElement, BElement, CElement come from src/tensor/tiles.ts. An operand whose rows are whole
// vectors is bound as vec4f, which the constant A_VECTORS (…) says; any other as f32.
struct Params {
  M: u32,
  N: u32,
  K: u32,
  a_offset: u32,
  b_offset: u32,
  c_offset: u32,
  extra_offset: u32,
  tiles_m: u32,
  tiles_n: u32,
  splits: u32,
  k_part: u32,
  site: u32,
  threshold: u32,
  kept: f32,
}

@group(0) @binding(0) var<storage, read> a: array<AElement>;
@group(0) @binding(1) var<storage, read> b: array<BElement>;
@group(0) @binding(2) var<storage, read_write> c: array<CElement>;
@group(0) @binding(3) var<storage, read> bias: array<f32>; // [N]
@group(0) @binding(4) var<storage, read> extra: array<CElement>; // [M,N]: the residual, or the values before the activation when DERIVATIVE
@group(0) @binding(5) var<storage, read_write> also: array<CElement>; // [M,N] activated values
@group(0) @binding(6) var<storage, read_write> sums: array<f32>; // [M] row sums
@group(0) @binding(7) var<storage, read> state: State;
@group(0) @binding(8) var<uniform> params: Params;

override A_TRANSPOSED: bool = false;
override B_TRANSPOSED: bool = false;
override BIAS: bool = false;
override ACTIVATION: u32 = 0;
override DERIVATIVE: u32 = 0;
override AGAIN: bool = false;
override DROPOUT: bool = false;
override RESIDUAL: bool = false;
override ACCUMULATE: bool = false;
override ROW_SUMS: bool = false;

// Four neighbours from an element on. What lies behind the end is some number of the buffer.
fn four_of_a(at: u32) -> vec4f {
  if (A_VECTORS) {
    return vec4f(a[at / 4u]);
  }
  return vec4f(vec4f(a[at]).x, vec4f(a[at + 1u]).x, vec4f(a[at + 2u]).x, vec4f(a[at + 3u]).x);
}

fn four_of_b(at: u32) -> vec4f {
  if (B_VECTORS) {
    return vec4f(b[at / 4u]);
  }
  return vec4f(vec4f(b[at]).x, vec4f(b[at + 1u]).x, vec4f(b[at + 2u]).x, vec4f(b[at + 3u]).x);
}

fn four_of_c(at: u32) -> vec4f {
  if (C_VECTORS) {
    return vec4f(c[at / 4u]);
  }
  return vec4f(vec4f(c[at]).x, vec4f(c[at + 1u]).x, vec4f(c[at + 2u]).x, vec4f(c[at + 3u]).x);
}

fn four_of_extra(at: u32) -> vec4f {
  if (C_VECTORS) {
    return vec4f(extra[at / 4u]);
  }
  return vec4f(vec4f(extra[at]).x, vec4f(extra[at + 1u]).x, vec4f(extra[at + 2u]).x, vec4f(extra[at + 3u]).x);
}

// `valid` of the four are inside their row.
fn put_c(at: u32, valid: u32, y: vec4f) {
  if (C_VECTORS) {
    c[at / 4u] = element_of_c(y);
    return;
  }
  c[at] = element_of_c(y);
  if (valid > 1u) { c[at + 1u] = element_of_c(y.yzwx); }
  if (valid > 2u) { c[at + 2u] = element_of_c(y.zwxy); }
  if (valid > 3u) { c[at + 3u] = element_of_c(y.wxyz); }
}

fn put_also(at: u32, valid: u32, y: vec4f) {
  if (C_VECTORS) {
    also[at / 4u] = element_of_c(y);
    return;
  }
  also[at] = element_of_c(y);
  if (valid > 1u) { also[at + 1u] = element_of_c(y.yzwx); }
  if (valid > 2u) { also[at + 2u] = element_of_c(y.zwxy); }
  if (valid > 3u) { also[at + 3u] = element_of_c(y.wxyz); }
}

fn masks(i: u32) -> vec4f {
  let keys = dropout_keys(state.seed, state.step, params.site);
  return vec4f(
    dropout_scale(keys, i, params.threshold, params.kept),
    dropout_scale(keys, i + 1u, params.threshold, params.kept),
    dropout_scale(keys, i + 2u, params.threshold, params.kept),
    dropout_scale(keys, i + 3u, params.threshold, params.kept),
  );
}

// What the epilogue reads of `extra` for four neighbouring results. It is read at the edge too, where it lands somewhere in the buffer, so that many reads are under way at once.
fn before_finish(m: u32, n: u32) -> vec4f {
  if (DERIVATIVE != 0u || RESIDUAL) {
    return four_of_extra(params.extra_offset + m * params.N + n);
  }
  return vec4f();
}

// Four neighbouring results of row m, from column n on; `read` is before_finish of the same. Only what is inside is written.
fn finish(m: u32, n: u32, split: u32, sum: vec4f, read: vec4f) {
  let i = m * params.N + n;
  let at = params.c_offset + split * params.M * params.N + i;
  var y = sum;
  if (BIAS) {
    y += vec4f(bias[n], bias[n + 1u], bias[n + 2u], bias[n + 3u]);
  }
  var activated = vec4f();
  if (DERIVATIVE != 0u) {
    y *= derivative_of_four(DERIVATIVE, read);
    if (AGAIN) {
      activated = activate_four(DERIVATIVE, read);
    }
  }
  if (ACTIVATION != 0u) {
    activated = activate_four(ACTIVATION, y);
  }
  if (DROPOUT) {
    y *= masks(state.first_row * params.N + i);
  }
  if (RESIDUAL) {
    y += read;
  }
  if (ACCUMULATE) {
    y += four_of_c(at);
  }
  if (m < params.M && n < params.N) {
    let valid = params.N - n;
    put_c(at, valid, y);
    if (AGAIN || ACTIVATION != 0u) {
      put_also(i, valid, activated);
    }
  }
}

fn finish_row_sum(m: u32, split: u32, sum: f32) {
  if (m >= params.M) {
    return;
  }
  let at = split * params.M + m;
  if (ACCUMULATE) {
    sums[at] += sum;
  } else {
    sums[at] = sum;
  }
}

struct Place {
  m: u32, // first row of the tile
  n: u32, // first column of the tile
  split: u32,
  inside: bool,
}

fn place(workgroup: u32, rows: u32, columns: u32) -> Place {
  let tiles = params.tiles_m * params.tiles_n;
  let tile = workgroup % tiles;
  let split = workgroup / tiles;
  return Place((tile / params.tiles_n) * rows, (tile % params.tiles_n) * columns, split, split < params.splits);
}

// One invocation is 4 × 4 outputs from registers alone; a workgroup of 8 × 8 is 32 × 32. No barrier and no workgroup memory: for processors, and for GPUs that
// would rather read through their caches.
@compute @workgroup_size(8, 8)
fn register_tile(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let p = place(linear_workgroup(id, count), 32u, 32u);
  if (!p.inside) {
    return;
  }
  let m0 = p.m + local.y * 4u;
  let n0 = p.n + local.x * 4u;
  if (m0 >= params.M || n0 >= params.N) {
    return;
  }
  // Rows past the edge repeat the last one: their sums are never stored.
  let rows = min(vec4u(m0, m0 + 1u, m0 + 2u, m0 + 3u), vec4u(params.M - 1u));
  let columns = min(vec4u(n0, n0 + 1u, n0 + 2u, n0 + 3u), vec4u(params.N - 1u));
  let at_a = params.a_offset + select(rows * params.K, rows, A_TRANSPOSED);
  let at_b = params.b_offset + select(columns, columns * params.K, B_TRANSPOSED);
  let step_a = select(1u, params.M, A_TRANSPOSED);
  let step_b = select(params.N, 1u, B_TRANSPOSED);
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  var row_sums = vec4f();
  let first = p.split * params.k_part;
  let last = min(params.K, first + params.k_part);
  for (var k = first; k < last; k++) {
    let i = at_a + k * step_a;
    let j = at_b + k * step_b;
    let x = vec4f(vec4f(a[i.x]).x, vec4f(a[i.y]).x, vec4f(a[i.z]).x, vec4f(a[i.w]).x);
    let y = vec4f(vec4f(b[j.x]).x, vec4f(b[j.y]).x, vec4f(b[j.z]).x, vec4f(b[j.w]).x);
    s0 = fma(vec4f(x.x), y, s0);
    s1 = fma(vec4f(x.y), y, s1);
    s2 = fma(vec4f(x.z), y, s2);
    s3 = fma(vec4f(x.w), y, s3);
    row_sums += x;
  }
  finish(m0, n0, p.split, s0, before_finish(m0, n0));
  finish(m0 + 1u, n0, p.split, s1, before_finish(m0 + 1u, n0));
  finish(m0 + 2u, n0, p.split, s2, before_finish(m0 + 2u, n0));
  finish(m0 + 3u, n0, p.split, s3, before_finish(m0 + 3u, n0));
  if (ROW_SUMS && n0 == 0u) {
    for (var j = 0u; j < 4u; j++) {
      finish_row_sum(m0 + j, p.split, row_sums[j]);
    }
  }
}

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
  let sums_rows = ROW_SUMS && p.n == 0u;
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
      for (var k = 0u; k < DEPTH; k++) {
        let y = select(ty ^ turn_of(k), ty, A_TRANSPOSED);
        @unroll for (var g = 0u; g < GROUPS_M; g++) {
          row_sum[g] += slice_a[k][g][y];
        }
      }
    }
    workgroupBarrier();
  }
  // What is left of K is less than a slice.
  if (whole < last) {
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
      @unroll for (var r = 0u; r < 4u; r++) {
        finish_row_sum(p.m + (g * LANES_M + ty) * 4u + r, p.split, row_sum[g][r]);
      }
    }
  }
}
