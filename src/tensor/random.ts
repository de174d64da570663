/**
 * Counter-based randomness for dropout: the mask of an element is a pure function of (seed, step, site, index), so the backward pass recomputes it
 * and a resumed run continues bit for bit. All arithmetic is u32 with wrap-around: WGSL computes the same bits.
 *
 * Sites: 0 the embeddings' sum; for layer l, 3l+1 the attention probabilities, 3l+2 the attention sublayer's output, 3l+3 the MLP's output.
 * Element index i: m*N + n for an [M, N] mask; `attentionIndex` for probabilities.
 * The mixing function is the `lowbias32` of Chris Wellons' hash prospector (public domain).
 */

export const EMBEDDING_SITE = 0
export const probabilitySite = (layer: number): number => 3 * layer + 1
export const attentionOutputSite = (layer: number): number => 3 * layer + 2
export const mlpOutputSite = (layer: number): number => 3 * layer + 3

/** A bijection of u32 in which every input bit reaches every output bit. */
export function mix(x: number): number {
  x ^= x >>> 16
  x = Math.imul(x, 0x7feb352d)
  x ^= x >>> 15
  x = Math.imul(x, 0x846ca68b)
  x ^= x >>> 16
  return x >>> 0
}

/** The two u32 keys of one site in one step: what a kernel receives instead of (seed, step, site). */
export function dropoutKeys(seed: number, step: number, site: number): [a: number, b: number] {
  const a = mix((mix(seed) + step) >>> 0)
  return [a, mix(a ^ Math.imul(site + 1, 0x9e3779b9))]
}

/** 32 random bits for element i under the keys a, b. */
export function bits(a: number, b: number, i: number): number {
  return mix(mix((i + a) >>> 0) ^ b)
}

/** An element is kept when its bits are at least this: floor(p * 2^32). 0 <= p < 1. */
export const dropThreshold = (p: number): number => Math.floor(p * 2 ** 32)

/** 0 for a dropped element, 1/(1-p) for a kept one. */
export function dropoutScale(seed: number, step: number, site: number, p: number, i: number): number {
  const [a, b] = dropoutKeys(seed, step, site)
  return bits(a, b, i) >= dropThreshold(p) ? 1 / (1 - p) : 0
}

/**
 * The element index of the probability with which query t of head h in sequence b reads key j of slot s: ((((b*H + h)*T + t)*S + s)*T + j) modulo 2^32.
 * S is the number of slots of head h itself, so heads with different slot counts may meet at one index; that costs a little independence and saves a table.
 */
export function attentionIndex(
  at: { b: number; h: number; t: number; slot: number; j: number },
  size: { H: number; T: number; S: number },
): number {
  // Wrapped after every product: a double holds only 53 bits.
  const row = ((at.b * size.H + at.h) * size.T + at.t) >>> 0
  const slot = (Math.imul(row, size.S) + at.slot) >>> 0
  return (Math.imul(slot, size.T) + at.j) >>> 0
}
