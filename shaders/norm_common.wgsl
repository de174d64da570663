// Layer norm (arXiv 1607.06450) and root-mean-square norm (arXiv 1910.07467) over the last axis.
//   layer norm  y = (x − mean) · r · w + b,  r = 1/√(var + ε)
//   rms norm    y = x · r · w,               r = 1/√(mean(x²) + ε)
//   dx = r · (g − mean(g) − x̂ · mean(g·x̂)) with g = dy·w; without mean(g) for the rms norm
// Shapes: x, y, dy, dx [M,D]; weight, bias [D]; stats [M] = (mean or 0, r); partials [norms, blocks, D·(1 or 2)] = sums of (dy·x̂, dy)
// over a block of rows, added up by norm_partials.wgsl.
// Writes: forward y =, stats =. backward dx = or += (ACCUMULATE), partials =.
// This file holds what the kernels share: norm.wgsl has an invocation for each row or block (processors), norm_rows.wgsl some for each row (GPUs).
// V, a number or a vector of four, is put in front.
struct Params {
  M: u32,
  D: u32,
  block: u32, // rows of a backward block
  eps: f32,
  partials_offset: u32, // of this norm, in V
}

@group(0) @binding(0) var<storage, read> x: array<V>;
@group(0) @binding(1) var<storage, read> weight: array<V>;
@group(0) @binding(2) var<storage, read> bias: array<V>;
@group(0) @binding(3) var<storage, read_write> y: array<V>;
@group(0) @binding(4) var<storage, read_write> stats: array<vec2f>;
@group(0) @binding(5) var<storage, read> dy: array<V>;
@group(0) @binding(6) var<storage, read> saved: array<vec2f>; // stats, read in the backward pass
@group(0) @binding(7) var<storage, read_write> dx: array<V>;
@group(0) @binding(8) var<storage, read_write> partials: array<V>;
@group(0) @binding(9) var<uniform> params: Params;

override CENTRED: bool = true; // layer norm
override BIAS: bool = true;
override ACCUMULATE: bool = false;
