// Fused cross-layer attention: each query head attends, under one softmax, to the keys and values of any list of slots (key layer, value layer), causally.
//
//   x[t,s,j] = q[t]·k_s[j] / √E for j ≤ t;   p = softmax over all (s,j);   o[t] = Σ_{s,j} mask·p[t,s,j] · v_s[j]
//   backward, with lse = log Σ exp x and delta = Σ_e dO∘O:  p = exp(x − lse);  dx = p·(mask·(dO·v) − delta);
//     dq[t] = Σ_{s,j} dx·k/√E;   dk_s[j] = Σ_t dx·q/√E;   dv_s[j] = Σ_t mask·p·dO
// The softmax is taken online (arXiv 1805.02867; with the backward pass of arXiv 2205.14135): no T × T matrix is stored forwards; backwards the causal half of dx may
// be (d_scores). `probe` alone writes probabilities.
//
// Shapes: store [layers, rows, width] packed rows of H query heads, G key heads, G value heads of E each (width = (H + 2G)·E), rows = sequences·T of one
// chunk of the batch; gradient store likewise. out, d_out [B·T, H·E]; stats [B·T·H, 2] = (lse, delta).
// table, forward: per head (first slot, slots), then per slot (offset of its keys, offset of its values) for row 0.
// table, backward: per item (offset of dk, offset of dv, first entry, entries, flags), then per entry (head, slot, slots, offset of keys, of values, flags).
//   An item is a source (layer, kv head); an entry one slot of one query head that reads it. Item flags: 1 dk, 2 dv, 4 dk +=, 8 dv +=. Entry flags: 1 dk, 2 dv, and from 4 on
//   the slot's number among those of all heads.
// d_scores [sequences][slot][blocks of BLOCK keys × BLOCK queries, those on and below the diagonal, a query's one after another][BLOCK keys, BLOCK queries]: dx, where it is kept.
// Writes: forward out =, stats lse =. delta stats delta =. backward_q, gather_q dq =. backward_kv dk, dv = or += by flag, and with
// KEEPS d_scores =. probe patterns =.
// E is a constant put in front: register arrays cannot be sized by an override; so are BLOCK, for kernels with tiles, and Element, vec4f where E is a multiple of 4 and rows are read as
// vectors (attention_fours.wgsl), else f32. This file holds what the kernels share: attention.wgsl has an invocation
// for each query or key (processors, probe), attention_forward_tiled.wgsl and attention_backward_tiled.wgsl a workgroup for each tile (GPUs); decode_attention.wgsl decodes.
struct Params {
  T: u32,
  H: u32,
  width: u32,
  sequences: u32, // in this chunk
  first: u32, // sequence of the whole batch with which the chunk begins
  q_offset: u32,
  dq_offset: u32,
  items: u32,
  entries_at: u32, // where the entries begin in the table
  slots: u32, // most slots of a head (probe)
  all_slots: u32, // slots of all heads (where dx is kept)
  pattern_size: u32, // words of one sequence's patterns
  site: u32,
  threshold: u32,
  kept: f32,
  scale: f32, // 1/√E
}

@group(0) @binding(0) var<storage, read> store: array<Element>;
@group(0) @binding(1) var<storage, read> table: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<Element>;
@group(0) @binding(3) var<storage, read_write> stats: array<f32>;
@group(0) @binding(4) var<storage, read> o: array<Element>;
@group(0) @binding(5) var<storage, read> d_out: array<Element>;
@group(0) @binding(6) var<storage, read> saved: array<f32>;
@group(0) @binding(7) var<storage, read_write> gradients: array<Element>;
@group(0) @binding(8) var<storage, read_write> patterns: array<f32>;
@group(0) @binding(9) var<storage, read> state: State;
@group(0) @binding(10) var<storage, read> d_scores: array<vec4f>; // four queries of a key
@group(0) @binding(11) var<storage, read_write> d_scores_out: array<vec4f>;
@group(0) @binding(12) var<uniform> params: Params;

override DROPOUT: bool = false;
override KEEPS: bool = false;

const LOWEST = -3e38;

struct Row {
  t: u32,
  h: u32,
  b: u32, // within the chunk
  inside: bool,
}

fn row_of(i: u32) -> Row {
  return Row(i % params.T, (i / params.T) % params.H, i / (params.T * params.H), i < params.sequences * params.H * params.T);
}

fn mask_of(b: u32, h: u32, t: u32, slots: u32, s: u32, j: u32) -> f32 {
  if (!DROPOUT) {
    return 1.0;
  }
  let sequence = state.first_row / params.T + params.first + b; // of the whole batch
  let i = (((sequence * params.H + h) * params.T + t) * slots + s) * params.T + j;
  return dropout_scale(dropout_keys(state.seed, state.step, params.site), i, params.threshold, params.kept);
}
