/**
 * Rotary positions, in float64 (arXiv 2104.09864; the halves of a head turn together, as in Llama).
 *
 *   angle(t, i) = t theta^(-2i/E),  0 <= i < E/2
 *   (x[i], x[i + E/2]) -> (x[i] cos - x[i + E/2] sin, x[i + E/2] cos + x[i] sin)
 *
 * Shapes: x [rows, heads, E], turned in place; positions [rows]. `stride` is the distance between rows where each holds more than these heads
 * (packed queries, keys and values). A rotation's transpose is its inverse, so the backward pass turns the gradient back by the same angles.
 */

export interface RopeInput {
  rows: number
  heads: number
  E: number
  theta: number
  positions: Uint32Array
  /** Elements from one row to the next: heads * E unless given. */
  stride?: number
}

function turn(input: RopeInput, x: Float64Array, sign: 1 | -1): void {
  const { rows, heads, E, theta, positions, stride = heads * E } = input
  const half = E / 2
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < half; i++) {
      const angle = positions[row] * theta ** ((-2 * i) / E)
      const cos = Math.cos(angle)
      const sin = sign * Math.sin(angle)
      for (let head = 0; head < heads; head++) {
        const at = row * stride + head * E + i
        const first = x[at]
        const second = x[at + half]
        x[at] = first * cos - second * sin
        x[at + half] = second * cos + first * sin
      }
    }
  }
}

/** Turns x in place. */
export const ropeForward = (input: RopeInput, x: Float64Array): void => turn(input, x, 1)
/** Turns the gradient of the output, in place, into that of the input. */
export const ropeBackward = (input: RopeInput, dx: Float64Array): void => turn(input, dx, -1)
