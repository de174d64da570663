/** Numeric derivatives for the tests: a backward pass is right when it agrees with central differences of the forward pass. */
import { mix } from '../tensor/random.ts'

/** n reproducible values, uniform in (-scale, scale); different seeds give unrelated arrays. */
export function randomValues(seed: number, n: number, scale = 1): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => (mix((i + mix(seed + 1)) >>> 0) / 2 ** 31 - 1) * scale)
}

/** sum(x * y): with a random upstream gradient dy, dot(y, dy) is the scalar whose gradient the backward pass claims to be. */
export function dot(x: Float64Array, y: Float64Array): number {
  if (x.length !== y.length) throw new Error(`dot: the arrays have ${x.length} and ${y.length} elements; they must be of one length.`)
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i]
  return sum
}

/** The gradient of the scalar f with respect to x, which f reads: (f(x + h) - f(x - h)) / 2h for each element; x is as before on return. */
export function numericGradient(f: () => number, x: Float64Array, h = 1e-5): Float64Array {
  const gradient = new Float64Array(x.length)
  for (let i = 0; i < x.length; i++) {
    const value = x[i]
    x[i] = value + h
    const above = f()
    x[i] = value - h
    const below = f()
    x[i] = value
    gradient[i] = (above - below) / (2 * h)
  }
  return gradient
}

/** ‖a - b‖ / ‖b‖; where b is all zeros, ‖a‖. */
export function relativeError(a: Float64Array, b: Float64Array): number {
  if (a.length !== b.length)
    throw new Error(`relativeError: the arrays have ${a.length} and ${b.length} elements; they must be of one length.`)
  let difference = 0
  let size = 0
  for (let i = 0; i < a.length; i++) {
    difference += (a[i] - b[i]) ** 2
    size += b[i] ** 2
  }
  return size === 0 ? Math.sqrt(difference) : Math.sqrt(difference / size)
}

/** Relative error of the claimed gradient `dx` of f at x against central differences; f must read x at every call. */
export function gradientError(f: () => number, x: Float64Array, dx: Float64Array, h = 1e-5): number {
  return relativeError(dx, numericGradient(f, x, h))
}
