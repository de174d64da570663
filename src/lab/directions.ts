/** Parameters as directions in the stream, in float64 on the host: what the lens and the copying score are made of. */
import type { ModelConfig } from '../model/config.ts'
import type { Parameters } from '../model/initialise.ts'

/** A matrix of parameters, row by row. */
export interface Rows {
  rows: number
  columns: number
  data: Float32Array
}

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}

/** A parameter of [rows, columns], or [columns] as one row; undefined where the model has none of this name. */
export function rowsOf(parameters: Parameters, name: string): Rows | undefined {
  const found = parameters.get(name)
  if (!found) return undefined
  const columns = found.shape[found.shape.length - 1]
  return { rows: found.data.length / columns, columns, data: found.data }
}

export function neededRows(parameters: Parameters, name: string): Rows {
  const rows = rowsOf(parameters, name)
  if (!rows) throw new Error(`The model has no parameter ${name}.`)
  return rows
}

export const rowOf = ({ columns, data }: Rows, row: number): Float32Array => data.subarray(row * columns, (row + 1) * columns)

/** What a norm does to rows: removes their mean (layer norm alone), divides by their size, and weighs what is left. */
export interface HostNorm {
  /** Removes the mean of a vector where the norm does. */
  centre: (x: ArrayLike<number>) => Float64Array
  /** What the centred row is divided by. */
  sizeOf: (x: ArrayLike<number>) => number
  weight: Float32Array
  bias?: Float32Array
  /** weight ⊙ centre(x) / sizeOf(x) + bias */
  apply: (x: ArrayLike<number>) => Float64Array
}

export function hostNorm(config: ModelConfig, parameters: Parameters, name: string): HostNorm {
  const centred = config.norm === 'layernorm'
  const weight = neededRows(parameters, `${name}.weight`).data
  const bias = rowsOf(parameters, `${name}.bias`)?.data
  const centre = (x: ArrayLike<number>): Float64Array => {
    const all = Float64Array.from(x)
    if (!centred) return all
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length
    return all.map((value) => value - mean)
  }
  const sizeOf = (x: ArrayLike<number>): number => {
    const all = centre(x)
    return Math.sqrt(dot(all, all) / all.length + config.norm_eps)
  }
  return {
    centre,
    sizeOf,
    weight,
    bias,
    apply: (x) => {
      const size = sizeOf(x)
      return centre(x).map((value, i) => (value / size) * weight[i] + (bias?.[i] ?? 0))
    },
  }
}

/** The matrix that turns the stream's end into logits, [V, D]. */
export const unembedding = (config: ModelConfig, parameters: Parameters): Rows =>
  neededRows(parameters, config.tie_embeddings ? 'tok_emb.weight' : 'lm_head.weight')

/** The parameters that the lens and the copying score are made of. */
export const isDirection = (name: string): boolean => /^(tok_emb|lm_head|final_norm|blocks\.\d+\.(attn_norm|attn\.v|attn\.o))\./.test(name)
