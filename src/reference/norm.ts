/**
 * Normalisation over the last axis, in float64.
 *
 *   layernorm (arXiv 1607.06450):  xhat = (x - mean) rstd,  rstd = 1/sqrt(mean((x - mean)^2) + eps),  y = xhat weight + bias
 *   rmsnorm   (arXiv 1910.07467):  xhat = x rstd,           rstd = 1/sqrt(mean(x^2) + eps),           y = xhat weight
 *   backward, with g = dy weight:  dx = rstd (g - mean(g) - xhat mean(g xhat)), without the term mean(g) for rmsnorm
 *
 * Shapes: x [M,D], weight [D], bias [D] (layernorm only, may be absent); the saved mean and rstd are [M].
 */

export interface NormInput {
  M: number
  D: number
  x: Float64Array
  weight: Float64Array
  bias?: Float64Array
  eps: number
}

export interface NormSaved {
  /** [M,D] */
  y: Float64Array
  /** [M]; zeros for rmsnorm, which takes none away. */
  mean: Float64Array
  /** [M] */
  rstd: Float64Array
}

export interface NormGradients {
  dx: Float64Array
  dweight: Float64Array
  /** [D]; layernorm's, also when there is no bias. For rmsnorm zeros. */
  dbias: Float64Array
}

function forward(input: NormInput, centred: boolean): NormSaved {
  const { M, D, x, weight, bias, eps } = input
  const saved = { y: new Float64Array(M * D), mean: new Float64Array(M), rstd: new Float64Array(M) }
  for (let m = 0; m < M; m++) {
    let mean = 0
    if (centred) for (let d = 0; d < D; d++) mean += x[m * D + d] / D
    let square = 0
    for (let d = 0; d < D; d++) square += (x[m * D + d] - mean) ** 2 / D
    const rstd = 1 / Math.sqrt(square + eps)
    for (let d = 0; d < D; d++) saved.y[m * D + d] = (x[m * D + d] - mean) * rstd * weight[d] + (bias ? bias[d] : 0)
    saved.mean[m] = mean
    saved.rstd[m] = rstd
  }
  return saved
}

function backward(input: NormInput, saved: NormSaved, dy: Float64Array, centred: boolean): NormGradients {
  const { M, D, x, weight } = input
  const gradients = { dx: new Float64Array(M * D), dweight: new Float64Array(D), dbias: new Float64Array(D) }
  for (let m = 0; m < M; m++) {
    const rstd = saved.rstd[m]
    const normalised = (d: number) => (x[m * D + d] - saved.mean[m]) * rstd
    let meanG = 0
    let meanGX = 0
    for (let d = 0; d < D; d++) {
      const g = dy[m * D + d] * weight[d]
      if (centred) meanG += g / D
      meanGX += (g * normalised(d)) / D
      gradients.dweight[d] += dy[m * D + d] * normalised(d)
      if (centred) gradients.dbias[d] += dy[m * D + d]
    }
    for (let d = 0; d < D; d++) gradients.dx[m * D + d] = rstd * (dy[m * D + d] * weight[d] - meanG - normalised(d) * meanGX)
  }
  return gradients
}

export const layernormForward = (input: NormInput): NormSaved => forward(input, true)
export const layernormBackward = (input: NormInput, saved: NormSaved, dy: Float64Array): NormGradients => backward(input, saved, dy, true)
export const rmsnormForward = (input: NormInput): NormSaved => {
  if (input.bias) throw new Error('rmsnorm has no bias: leave it out, or use layernorm.')
  return forward(input, false)
}
export const rmsnormBackward = (input: NormInput, saved: NormSaved, dy: Float64Array): NormGradients => backward(input, saved, dy, false)
