/**
 * How much a head copies: whether attending to a token makes that same token likelier. The eigenvalues λ of the head's OV circuit W_U W_O W_V W_E, from tokens to logits, tell it:
 * Σ λ / Σ |λ| is 1 for a head that raises what it sees, −1 for one that lowers it, about 0 for one that does neither (Elhage et al. 2021, "A Mathematical Framework for
 * Transformer Circuits", "Summarizing OV/QK matrices"). A head that reads another layer takes that layer's W_V.
 *
 * The norms' weights are part of the circuit, and so is the mean that a layer norm removes; what norms divide by differs from token to token and is left out, as are biases
 * and all layers between.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { headWidth, type ModelConfig } from '../model/config.ts'
import type { Parameters } from '../model/initialise.ts'
import { hostNorm, neededRows, rowOf, unembedding, type HostNorm, type Rows } from './directions.ts'

/** So many tokens, evenly spread over the vocabulary, stand for all where there are more. */
export const MOST_TOKENS = 4096

/** [layer][head][slot]. `known`: tokens that the tokenizer can write; ids from there on are left out. */
export function copyingScores(config: ModelConfig, parameters: Parameters, known: number): number[][][] {
  const { d_model: D, n_heads: H, n_kv_heads: G } = config
  const E = headWidth(config)
  const across = embeddingsByLogits(config, parameters, known)
  const final = hostNorm(config, parameters, 'final_norm')
  const kept = new Map<string, Matrix>()
  const once = (key: string, make: () => Matrix): Matrix => {
    let made = kept.get(key)
    if (!made) kept.set(key, (made = make()))
    return made
  }
  return config.reads.map((heads, layer) =>
    heads.map((slots, head) => {
      const group = Math.floor(head / (H / G))
      const out = neededRows(parameters, `blocks.${layer}.attn.o.weight`)
      // Columns of W_O as the logits see them: [D, E].
      const logitsOf = new Matrix(D, E)
      for (let e = 0; e < E; e++) {
        const column = Float64Array.from({ length: D }, (_, d) => rowOf(out, d)[head * E + e])
        final.centre(column).forEach((value, d) => logitsOf.set(d, e, value * final.weight[d]))
      }
      // [D, E]; the eigenvalues of a product are those of its factors turned in a circle, but for zeros: E×E instead of V×V.
      const seen = across.mmul(logitsOf)
      return slots.map(([, source]) => {
        const values = once(`${source}.${group}`, () => {
          const weight = neededRows(parameters, `blocks.${source}.attn.v.weight`)
          return valuesOf(weight, group * E, E, hostNorm(config, parameters, `blocks.${source}.attn_norm`))
        })
        return ratioOf(values.mmul(seen))
      })
    }),
  )
}

/** Σ over tokens of embedding · unembeddingᵀ, [D, D]. */
function embeddingsByLogits(config: ModelConfig, parameters: Parameters, known: number): Matrix {
  const D = config.d_model
  const embedding = neededRows(parameters, 'tok_emb.weight')
  const head = unembedding(config, parameters)
  const tokens = Math.min(known, MOST_TOKENS)
  const sums = Array.from({ length: D }, () => new Float64Array(D))
  for (let i = 0; i < tokens; i++) {
    const id = Math.floor((i * known) / tokens)
    const [e, u] = [rowOf(embedding, id), rowOf(head, id)]
    for (let d = 0; d < D; d++) for (let k = 0; k < D; k++) sums[d][k] += e[d] * u[k]
  }
  return new Matrix(sums)
}

/** W_V of a group of heads over a norm's weights and without the mean that it removes, [E, D]. */
function valuesOf(weight: Rows, first: number, E: number, norm: HostNorm): Matrix {
  const rows = Array.from({ length: E }, (_, e) =>
    norm.centre(Float64Array.from(rowOf(weight, first + e), (value, d) => value * norm.weight[d])),
  )
  return new Matrix(rows)
}

/** Σ λ / Σ |λ|; 0 where all eigenvalues are 0. */
function ratioOf(matrix: Matrix): number {
  const { realEigenvalues, imaginaryEigenvalues } = new EigenvalueDecomposition(matrix)
  let [sum, size] = [0, 0]
  realEigenvalues.forEach((real, i) => {
    sum += real
    size += Math.hypot(real, imaginaryEigenvalues[i])
  })
  return size === 0 ? 0 : sum / size
}
