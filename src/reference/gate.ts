/**
 * SwiGLU gate, in float64 (arXiv 2002.05202).
 *
 *   y[m,f] = silu(a[m,f]) b[m,f]
 *
 * Shapes: a (the gate), b (the up projection) and y all [M,F].
 */
import { silu, siluSlope } from './linear.ts'

export interface GateInput {
  a: Float64Array
  b: Float64Array
}

export function gateForward(input: GateInput): { y: Float64Array } {
  return { y: input.a.map((a, i) => silu(a) * input.b[i]) }
}

/** Nothing need be saved: both inputs are at hand. */
export function gateBackward(input: GateInput, dy: Float64Array): { da: Float64Array; db: Float64Array } {
  const { a, b } = input
  return { da: dy.map((d, i) => d * b[i] * siluSlope(a[i])), db: dy.map((d, i) => d * silu(a[i])) }
}
