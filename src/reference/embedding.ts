/**
 * Embedding of tokens and, where they are learned, positions; in float64.
 *
 *   x[b,t,d] = mask[b,t,d] (tok[tokens[b,t], d] + pos[t, d])
 *   dtok[v,d] = sum over (b,t) with tokens[b,t] = v of mask dx;   dpos[t,d] = sum over b of mask dx
 *
 * Shapes: tokens [B,T], tok [V,D], pos [C,D] with C >= T (rows from T on receive zero), mask and x [B*T,D]; pos and mask may be absent.
 */

export interface EmbeddingInput {
  B: number
  T: number
  D: number
  tokens: Uint32Array
  tok: Float64Array
  pos?: Float64Array
  mask?: Float64Array
}

export function embeddingForward(input: EmbeddingInput): { y: Float64Array } {
  const { B, T, D, tokens, tok, pos, mask } = input
  const y = new Float64Array(B * T * D)
  for (let row = 0; row < B * T; row++) {
    for (let d = 0; d < D; d++) {
      const sum = tok[tokens[row] * D + d] + (pos ? pos[(row % T) * D + d] : 0)
      y[row * D + d] = sum * (mask ? mask[row * D + d] : 1)
    }
  }
  return { y }
}

/** dpos has the shape of pos; empty where there is none. */
export function embeddingBackward(input: EmbeddingInput, dy: Float64Array): { dtok: Float64Array; dpos: Float64Array } {
  const { B, T, D, tokens, tok, pos, mask } = input
  const dtok = new Float64Array(tok.length)
  const dpos = new Float64Array(pos ? pos.length : 0)
  for (let row = 0; row < B * T; row++) {
    for (let d = 0; d < D; d++) {
      const dsum = dy[row * D + d] * (mask ? mask[row * D + d] : 1)
      dtok[tokens[row] * D + d] += dsum
      if (pos) dpos[(row % T) * D + d] += dsum
    }
  }
  return { dtok, dpos }
}
