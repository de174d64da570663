/**
 * How much each head gives to the stream, in float64.
 *
 *   norms[m,h] = ‖sum over e of z[m,h,e] weight[:,h,e]‖
 *
 * Shapes: z [M,H,E], weight [D,H,E], norms [M,H].
 */
export function headNormsForward(
  z: Float64Array,
  weight: Float64Array,
  { M, D, H, E }: Record<'M' | 'D' | 'H' | 'E', number>,
): Float64Array {
  const norms = new Float64Array(M * H)
  for (let row = 0; row < M * H; row++) {
    const head = row % H
    let square = 0
    for (let d = 0; d < D; d++) {
      let sum = 0
      for (let e = 0; e < E; e++) sum += z[row * E + e] * weight[(d * H + head) * E + e]
      square += sum * sum
    }
    norms[row] = Math.sqrt(square)
  }
  return norms
}
