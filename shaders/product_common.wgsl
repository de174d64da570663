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
// This file holds what the kernels share: bindings, edges and the epilogue. product.wgsl computes from registers, product_tiled.wgsl through workgroup memory.
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
