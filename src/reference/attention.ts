/**
 * Cross-layer attention of one reading layer, in float64 (softmax attention: arXiv 1706.03762; heads that read earlier layers: arXiv 2406.11274).
 *
 * Query head h of the layer reads a list of slots (kl, vl): the keys of layer kl, the values of layer vl. With scale = 1/sqrt(E), g = floor(h / (H/G)):
 *
 *   s[t,slot,j] = scale q[t,h] . K_kl[j,g]           for j <= t
 *   lse[t]      = log sum over slots and j <= t of exp s          one softmax over all slots
 *   p           = exp(s - lse)
 *   out[t,h]    = sum over slots and j <= t of mask p V_vl[j,g]
 *   backward:   dp = mask dout . V,  delta = sum p dp,  ds = p (dp - delta)
 *               dq += scale ds K,  dK_kl += scale ds q,  dV_vl += mask p dout
 *
 * Shapes: store[l] [B*T, (H+2G)*E], each row the H query heads, then the G key heads, then the G value heads (keys already rotated);
 * out [B*T, H*E]; lse [B*T*H], index (b*T + t)*H + h; patterns [T, slots*T] per head, index t*slots*T + slot*T + j, before the dropout mask.
 * A layer may be listed in several slots, also twice as the same pair: its gradients then add up.
 */
import type { Slot } from '../model/wiring.ts'

export interface AttentionDims {
  B: number
  T: number
  H: number
  G: number
  E: number
}

export interface AttentionInput {
  dims: AttentionDims
  /** The reading layer: whose queries. */
  layer: number
  /** `reads[layer]`: the slots of each head. */
  reads: Slot[][]
  /** Per layer, packed queries, keys and values; at least as many layers as are read. */
  store: Float64Array[]
  /** Dropout of the probabilities: 0 or 1/(1-p). */
  mask?: (b: number, h: number, t: number, slot: number, j: number) => number
}

export interface AttentionSaved {
  out: Float64Array
  lse: Float64Array
  /** For the sequence b: per head [T, slots*T], rows sum to 1. */
  patterns: (b: number) => Float64Array[]
}

/** Offsets into a packed row: `row(b, t)` starts it. */
function layout({ T, H, G, E }: AttentionDims) {
  const width = (H + 2 * G) * E
  const groupOf = (h: number) => Math.floor(h / (H / G))
  return {
    row: (b: number, t: number) => (b * T + t) * width,
    query: (h: number) => h * E,
    key: (h: number) => (H + groupOf(h)) * E,
    value: (h: number) => (H + G + groupOf(h)) * E,
  }
}

/** The scaled scores of one query: [slots, T], of which only j <= t is filled. */
function scoresOf(input: AttentionInput, b: number, h: number, t: number): Float64Array {
  const { dims, layer, reads, store } = input
  const { T, E } = dims
  const at = layout(dims)
  const scores = new Float64Array(reads[h].length * T)
  const q = at.row(b, t) + at.query(h)
  reads[h].forEach(([keyLayer], slot) => {
    for (let j = 0; j <= t; j++) {
      const k = at.row(b, j) + at.key(h)
      let sum = 0
      for (let e = 0; e < E; e++) sum += store[layer][q + e] * store[keyLayer][k + e]
      scores[slot * T + j] = sum / Math.sqrt(E)
    }
  })
  return scores
}

/** Probabilities of one query, [slots, T]; zero past the diagonal. */
function probabilitiesOf(input: AttentionInput, lse: Float64Array, b: number, h: number, t: number): Float64Array {
  const { T, H } = input.dims
  const scores = scoresOf(input, b, h, t)
  return scores.map((s, i) => (i % T <= t ? Math.exp(s - lse[(b * T + t) * H + h]) : 0))
}

export function attentionForward(input: AttentionInput): AttentionSaved {
  const { dims, reads, store, mask } = input
  const { B, T, H, E } = dims
  const at = layout(dims)
  const out = new Float64Array(B * T * H * E)
  const lse = new Float64Array(B * T * H)
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++) {
      for (let h = 0; h < H; h++) {
        const scores = scoresOf(input, b, h, t)
        let most = -Infinity
        for (let i = 0; i < scores.length; i++) if (i % T <= t) most = Math.max(most, scores[i])
        let sum = 0
        for (let i = 0; i < scores.length; i++) if (i % T <= t) sum += Math.exp(scores[i] - most)
        lse[(b * T + t) * H + h] = most + Math.log(sum)
        const p = probabilitiesOf(input, lse, b, h, t)
        const o = ((b * T + t) * H + h) * E
        reads[h].forEach(([, valueLayer], slot) => {
          for (let j = 0; j <= t; j++) {
            const weight = p[slot * T + j] * (mask ? mask(b, h, t, slot, j) : 1)
            const v = at.row(b, j) + at.value(h)
            for (let e = 0; e < E; e++) out[o + e] += weight * store[valueLayer][v + e]
          }
        })
      }
    }
  }
  const patterns = (b: number) =>
    reads.map((slots, h) => {
      const pattern = new Float64Array(T * slots.length * T)
      for (let t = 0; t < T; t++) pattern.set(probabilitiesOf(input, lse, b, h, t), t * slots.length * T)
      return pattern
    })
  return { out, lse, patterns }
}

/** Adds (+=) the gradients of the layer's queries and of the keys and values that it read into dStore, whose shapes are those of store. */
export function attentionBackward(input: AttentionInput, saved: AttentionSaved, dOut: Float64Array, dStore: Float64Array[]): void {
  const { dims, layer, reads, store, mask } = input
  const { B, T, H, E } = dims
  const at = layout(dims)
  const scale = 1 / Math.sqrt(E)
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++) {
      for (let h = 0; h < H; h++) {
        const p = probabilitiesOf(input, saved.lse, b, h, t)
        const dp = new Float64Array(p.length)
        const o = ((b * T + t) * H + h) * E
        const q = at.row(b, t) + at.query(h)
        let delta = 0
        reads[h].forEach(([, valueLayer], slot) => {
          for (let j = 0; j <= t; j++) {
            const i = slot * T + j
            const keep = mask ? mask(b, h, t, slot, j) : 1
            const v = at.row(b, j) + at.value(h)
            for (let e = 0; e < E; e++) {
              dp[i] += keep * dOut[o + e] * store[valueLayer][v + e]
              dStore[valueLayer][v + e] += keep * p[i] * dOut[o + e]
            }
            delta += p[i] * dp[i]
          }
        })
        reads[h].forEach(([keyLayer], slot) => {
          for (let j = 0; j <= t; j++) {
            const ds = scale * p[slot * T + j] * (dp[slot * T + j] - delta)
            const k = at.row(b, j) + at.key(h)
            for (let e = 0; e < E; e++) {
              dStore[layer][q + e] += ds * store[keyLayer][k + e]
              dStore[keyLayer][k + e] += ds * store[layer][q + e]
            }
          }
        })
      }
    }
  }
}
