/**
 * Linear layer with its epilogue, in float64.
 *
 *   pre[m,n] = sum_k x[m,k] w[n,k] + b[n]
 *   y[m,n]   = mask[m,n] act(pre[m,n]) + residual[m,n]
 *
 * Shapes: x [M,K], w [N,K] (out, in), b [N], mask and residual [M,N]; b, mask and residual may be absent.
 * mask holds 0 or 1/(1-p) (dropout, Srivastava et al. 2014). act: none, gelu in its tanh form (arXiv 1606.08415), relu, relu2 = relu squared
 * (arXiv 2109.08668), silu (arXiv 1702.03118). At the kink of relu the derivative is 0.
 *
 * Every file here has this form: `xForward(input) -> saved` and `xBackward(input, saved, dy) -> gradients` (no `saved` where the inputs are enough).
 * Inputs are never changed, but for rope, which turns in place.
 */

export type LinearActivation = 'none' | 'gelu' | 'relu' | 'relu2' | 'silu'

export interface LinearInput {
  M: number
  N: number
  K: number
  x: Float64Array
  w: Float64Array
  b?: Float64Array
  act?: LinearActivation
  mask?: Float64Array
  residual?: Float64Array
}

export interface LinearSaved {
  /** [M,N] */
  y: Float64Array
  /** [M,N], before the activation. */
  pre: Float64Array
}

export interface LinearGradients {
  dx: Float64Array
  dw: Float64Array
  /** [N], also when there is no bias: what a bias of zeros would receive. */
  db: Float64Array
  /** [M,N] */
  dresidual: Float64Array
}

const GELU_SLOPE = Math.sqrt(2 / Math.PI)
const GELU_CUBIC = 0.044715

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
export const silu = (x: number): number => x * sigmoid(x)
export const siluSlope = (x: number): number => sigmoid(x) * (1 + x * (1 - sigmoid(x)))

export function activate(act: LinearActivation, x: number): number {
  switch (act) {
    case 'none':
      return x
    case 'gelu':
      return 0.5 * x * (1 + Math.tanh(GELU_SLOPE * (x + GELU_CUBIC * x ** 3)))
    case 'relu':
      return Math.max(x, 0)
    case 'relu2':
      return Math.max(x, 0) ** 2
    case 'silu':
      return silu(x)
  }
}

/** The derivative of `activate` at x. */
export function activationSlope(act: LinearActivation, x: number): number {
  switch (act) {
    case 'none':
      return 1
    case 'gelu': {
      const tanh = Math.tanh(GELU_SLOPE * (x + GELU_CUBIC * x ** 3))
      return 0.5 * (1 + tanh) + 0.5 * x * (1 - tanh * tanh) * GELU_SLOPE * (1 + 3 * GELU_CUBIC * x * x)
    }
    case 'relu':
      return x > 0 ? 1 : 0
    case 'relu2':
      return 2 * Math.max(x, 0)
    case 'silu':
      return siluSlope(x)
  }
}

export function linearForward(input: LinearInput): LinearSaved {
  const { M, N, K, x, w, b, act = 'none', mask, residual } = input
  const y = new Float64Array(M * N)
  const pre = new Float64Array(M * N)
  for (let m = 0; m < M; m++) {
    for (let n = 0; n < N; n++) {
      let sum = b ? b[n] : 0
      for (let k = 0; k < K; k++) sum += x[m * K + k] * w[n * K + k]
      const i = m * N + n
      pre[i] = sum
      y[i] = activate(act, sum) * (mask ? mask[i] : 1) + (residual ? residual[i] : 0)
    }
  }
  return { y, pre }
}

export function linearBackward(input: LinearInput, saved: LinearSaved, dy: Float64Array): LinearGradients {
  const { M, N, K, x, w, act = 'none', mask } = input
  const dx = new Float64Array(M * K)
  const dw = new Float64Array(N * K)
  const db = new Float64Array(N)
  for (let m = 0; m < M; m++) {
    for (let n = 0; n < N; n++) {
      const i = m * N + n
      const dpre = dy[i] * (mask ? mask[i] : 1) * activationSlope(act, saved.pre[i])
      db[n] += dpre
      for (let k = 0; k < K; k++) {
        dx[m * K + k] += dpre * w[n * K + k]
        dw[n * K + k] += dpre * x[m * K + k]
      }
    }
  }
  return { dx, dw, db, dresidual: dy.slice() }
}
