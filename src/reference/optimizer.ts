/**
 * AdamW with decoupled decay (arXiv 1711.05101) after clipping to a global norm, in float64.
 *
 *   total = sqrt(sum of all g^2),  scale = min(1, clip / (total + 1e-6)), or 1 where clip is 0,  d = scale g
 *   m <- beta1 m + (1 - beta1) d,  v <- beta2 v + (1 - beta2) d^2
 *   p <- p (1 - lr weight_decay)   where `decay` is set (tensors of two or more axes)
 *   p <- p - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)
 *
 * Every array of one tensor has one length. An optimiser has no backward pass.
 */

export interface AdamTensor {
  p: Float64Array
  g: Float64Array
  m: Float64Array
  v: Float64Array
  decay: boolean
}

export interface AdamSettings {
  lr: number
  beta1: number
  beta2: number
  eps: number
  weight_decay: number
  /** Global norm to clip to; 0 is none. */
  clip: number
}

export function globalNorm(gradients: Iterable<Float64Array>): number {
  let sum = 0
  for (const g of gradients) for (const value of g) sum += value * value
  return Math.sqrt(sum)
}

/** What gradients of norm `total` are multiplied by. */
export const clipScale = (total: number, clip: number): number => (clip === 0 ? 1 : Math.min(1, clip / (total + 1e-6)))

/** One step, t counting from 1: changes p, m and v in place and returns the norm of the gradients before clipping. */
export function adamwStep(tensors: AdamTensor[], settings: AdamSettings, t: number): number {
  const { lr, beta1, beta2, eps, weight_decay, clip } = settings
  const total = globalNorm(tensors.map((tensor) => tensor.g))
  const scale = clipScale(total, clip)
  for (const { p, g, m, v, decay } of tensors) {
    for (let i = 0; i < p.length; i++) {
      const d = g[i] * scale
      m[i] = beta1 * m[i] + (1 - beta1) * d
      v[i] = beta2 * v[i] + (1 - beta2) * d * d
      if (decay) p[i] *= 1 - lr * weight_decay
      p[i] -= (lr * (m[i] / (1 - beta1 ** t))) / (Math.sqrt(v[i] / (1 - beta2 ** t)) + eps)
    }
  }
  return total
}
