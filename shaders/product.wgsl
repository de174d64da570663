// Matrix products with everything that belongs to a linear layer in the epilogue.
//
//   sum[m,n] = Σ_k A[m,k] · B[k,n],   A[m,k] = a[m·K + k], or a[k·M + m] when A_TRANSPOSED
//                                     B[k,n] = b[k·N + n], or b[n·K + k] when B_TRANSPOSED
// Forward     y[M,N]  = x[M,K] · W[N,K]ᵀ          (B transposed), bias [N], activation, dropout, residual [M,N]
// Gradient    dx[M,N] = dy[M,K] · W[K,N]          times f'(pre[M,N]) of the activation that made x
// Gradient    dW[M,N] = dy[K,M]ᵀ · x[K,N]         (A transposed), row sums db[M] = Σ_k dy[k,m]
//
// Writes: c = or += (ACCUMULATE) the result; `also` = f(result) when ACTIVATION, = f(pre) when AGAIN (with DERIVATIVE), = or += the row sums when ROW_SUMS.
// Split: with `splits` > 1, part s sums k in [s·k_part, (s+1)·k_part) and writes = to c at s·M·N (row sums at s·M); `reduce` adds the parts in order.
// Each output is one running sum over k in ascending order, whatever the tile.
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

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>; // [N]
@group(0) @binding(4) var<storage, read> extra: array<f32>; // [M,N]: the residual, or the values before the activation when DERIVATIVE
@group(0) @binding(5) var<storage, read_write> also: array<f32>; // [M,N] activated values, or [M] row sums
@group(0) @binding(6) var<storage, read> state: State;
@group(0) @binding(7) var<uniform> params: Params;

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

fn load_a(m: u32, k: u32) -> f32 {
  return a[params.a_offset + select(m * params.K + k, k * params.M + m, A_TRANSPOSED)];
}

fn load_b(k: u32, n: u32) -> f32 {
  return b[params.b_offset + select(k * params.N + n, n * params.K + k, B_TRANSPOSED)];
}

fn finish(m: u32, n: u32, split: u32, sum: f32) {
  if (m >= params.M || n >= params.N) {
    return;
  }
  let i = m * params.N + n;
  var y = sum;
  if (BIAS) {
    y += bias[n];
  }
  if (DERIVATIVE != 0u) {
    let before = extra[params.extra_offset + i];
    y *= derivative(DERIVATIVE, before);
    if (AGAIN) {
      also[i] = activate(DERIVATIVE, before);
    }
  }
  if (ACTIVATION != 0u) {
    also[i] = activate(ACTIVATION, y);
  }
  if (DROPOUT) {
    y *= dropout_scale(dropout_keys(state.seed, state.step, params.site), state.first_row * params.N + i, params.threshold, params.kept);
  }
  if (RESIDUAL) {
    y += extra[params.extra_offset + i];
  }
  let at = params.c_offset + split * params.M * params.N + i;
  if (ACCUMULATE) {
    y += c[at];
  }
  c[at] = y;
}

fn finish_row_sum(m: u32, split: u32, sum: f32) {
  if (m >= params.M) {
    return;
  }
  let at = split * params.M + m;
  if (ACCUMULATE) {
    also[at] += sum;
  } else {
    also[at] = sum;
  }
}

fn finish_row(m: u32, n: u32, split: u32, row: vec4f) {
  finish(m, n, split, row.x);
  finish(m, n + 1u, split, row.y);
  finish(m, n + 2u, split, row.z);
  finish(m, n + 3u, split, row.w);
}

fn finish_block(m: u32, n: u32, split: u32, r0: vec4f, r1: vec4f, r2: vec4f, r3: vec4f) {
  finish_row(m, n, split, r0);
  finish_row(m + 1u, n, split, r1);
  finish_row(m + 2u, n, split, r2);
  finish_row(m + 3u, n, split, r3);
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

// One invocation is 4 × 4 outputs from registers alone; a workgroup of 8 × 8 is 32 × 32. No barrier: the variant for processors.
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
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  var sums = vec4f();
  let first = p.split * params.k_part;
  let last = min(params.K, first + params.k_part);
  for (var k = first; k < last; k++) {
    let x = vec4f(load_a(rows.x, k), load_a(rows.y, k), load_a(rows.z, k), load_a(rows.w, k));
    let y = vec4f(load_b(k, columns.x), load_b(k, columns.y), load_b(k, columns.z), load_b(k, columns.w));
    s0 = fma(vec4f(x.x), y, s0);
    s1 = fma(vec4f(x.y), y, s1);
    s2 = fma(vec4f(x.z), y, s2);
    s3 = fma(vec4f(x.w), y, s3);
    sums += x;
  }
  finish_block(m0, n0, p.split, s0, s1, s2, s3);
  if (ROW_SUMS && n0 == 0u) {
    for (var j = 0u; j < 4u; j++) {
      finish_row_sum(m0 + j, p.split, sums[j]);
    }
  }
}

// One workgroup of 16 × 16 is SIDE × SIDE outputs, SIDE = 64·GROUPS, staged through workgroup memory in slices of 16 k. The variant for GPUs.
// An invocation computes GROUPS × GROUPS blocks of 4 × 4, 64 apart. Four rows (or columns) of one k are one vector, so that 2·GROUPS loads from
// workgroup memory feed 16·GROUPS² multiplications. Vectors of one k are permuted by k, so that neither the writes nor the reads of a slice
// meet in one memory bank.
const GROUPS = REGISTER_GROUPS;
const SIDE = 64u * GROUPS;
const VECTORS = SIDE / 4u;
const DEPTH = 16u;
var<workgroup> slice_a: array<vec4f, VECTORS * DEPTH>;
var<workgroup> slice_b: array<vec4f, VECTORS * DEPTH>;

fn place_in_slice(vector: u32, k: u32) -> u32 {
  return k * VECTORS + (vector ^ (k & 7u));
}

// Elements outside are 0: they add nothing to a sum.
fn edge_a(m: u32, k: u32, last: u32) -> f32 {
  return select(0.0, load_a(min(m, params.M - 1u), min(k, params.K - 1u)), m < params.M && k < last);
}

fn edge_b(k: u32, n: u32, last: u32) -> f32 {
  return select(0.0, load_b(min(k, params.K - 1u), min(n, params.N - 1u)), n < params.N && k < last);
}

@compute @workgroup_size(16, 16)
fn shared_tile(
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) count: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let p = place(linear_workgroup(id, count), SIDE, SIDE);
  // A uniform condition: workgroup_id is the same for all, so barriers stay in uniform control flow.
  if (!p.inside) {
    return;
  }
  var acc: array<vec4f, 16>; // 4·GROUPS² are used
  var sums: array<vec4f, GROUPS>;
  let first = p.split * params.k_part;
  let last = min(params.K, first + params.k_part);
  for (var k0 = first; k0 < last; k0 += DEPTH) {
    for (var i = index; i < VECTORS * DEPTH; i += 256u) {
      // Neighbours read neighbouring words: along k, or along rows and columns, as the operand lies.
      let along_k = vec2u(i / DEPTH, i % DEPTH);
      let across = vec2u(i % VECTORS, i / VECTORS);
      let at_a = select(along_k, across, A_TRANSPOSED);
      let at_b = select(across, along_k, B_TRANSPOSED);
      let m = p.m + at_a.x * 4u;
      let ka = k0 + at_a.y;
      slice_a[place_in_slice(at_a.x, at_a.y)] = vec4f(edge_a(m, ka, last), edge_a(m + 1u, ka, last), edge_a(m + 2u, ka, last), edge_a(m + 3u, ka, last));
      let n = p.n + at_b.x * 4u;
      let kb = k0 + at_b.y;
      slice_b[place_in_slice(at_b.x, at_b.y)] = vec4f(edge_b(kb, n, last), edge_b(kb, n + 1u, last), edge_b(kb, n + 2u, last), edge_b(kb, n + 3u, last));
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      var x: array<vec4f, GROUPS>;
      var y: array<vec4f, GROUPS>;
      for (var g = 0u; g < GROUPS; g++) {
        x[g] = slice_a[place_in_slice(local.y + 16u * g, k)];
        y[g] = slice_b[place_in_slice(local.x + 16u * g, k)];
      }
      for (var g = 0u; g < GROUPS; g++) {
        for (var h = 0u; h < GROUPS; h++) {
          let at = 4u * (g * GROUPS + h);
          acc[at] = fma(vec4f(x[g].x), y[h], acc[at]);
          acc[at + 1u] = fma(vec4f(x[g].y), y[h], acc[at + 1u]);
          acc[at + 2u] = fma(vec4f(x[g].z), y[h], acc[at + 2u]);
          acc[at + 3u] = fma(vec4f(x[g].w), y[h], acc[at + 3u]);
        }
        if (ROW_SUMS) {
          sums[g] += x[g];
        }
      }
    }
    workgroupBarrier();
  }
  // Block by block with constant numbers: a loop over all outputs is too large to unroll, and would drive the sums out of registers.
  let m = p.m + local.y * 4u;
  let n = p.n + local.x * 4u;
  finish_block(m, n, p.split, acc[0], acc[1], acc[2], acc[3]);
  if (GROUPS == 2u) {
    finish_block(m, n + 64u, p.split, acc[4], acc[5], acc[6], acc[7]);
    finish_block(m + 64u, n, p.split, acc[8], acc[9], acc[10], acc[11]);
    finish_block(m + 64u, n + 64u, p.split, acc[12], acc[13], acc[14], acc[15]);
  }
  if (ROW_SUMS && p.n + local.x == 0u) {
    for (var g = 0u; g < GROUPS; g++) {
      for (var r = 0u; r < 4u; r++) {
        finish_row_sum(m + 64u * g + r, p.split, sums[g][r]);
      }
    }
  }
}
