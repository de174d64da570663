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
import { hostNorm, neededRows, rowOf, unembedding, type Rows } from './directions.ts'

/** So many tokens, evenly spread over the vocabulary, stand for all where there are more. */
export const MOST_TOKENS = 4096

/** Lets messages in, and throws where the answer is no longer wanted. */
export type Between = (done: number, total: number) => Promise<void>

/** [layer][head][slot]. `known`: tokens that the tokenizer can write; ids from there on are left out. Throws one line where weights are no numbers. */
export async function copyingScores(config: ModelConfig, parameters: Parameters, known: number, between?: Between): Promise<number[][][]> {
  const { d_model: D, n_heads: H, n_kv_heads: G } = config
  const E = headWidth(config)
  const final = hostNorm(config, parameters, 'final_norm')
  const { embeddings, logits } = matricesOf(config, parameters, known)
  const kept = new Map<string, Matrix>()
  /** What a source's values hold of every token, [E, tokens]. */
  const valuesOf = (source: number, group: number): Matrix => {
    const key = `${source}.${group}`
    let values = kept.get(key)
    if (!values) {
      const weight = neededRows(parameters, `blocks.${source}.attn.v.weight`)
      const norm = hostNorm(config, parameters, `blocks.${source}.attn_norm`)
      const rows = Array.from({ length: E }, (_, e) =>
        norm.centre(Float64Array.from(rowOf(weight, group * E + e), (value, d) => value * norm.weight[d])),
      )
      kept.set(key, (values = new Matrix(rows).mmul(embeddings)))
    }
    return values
  }
  const scores: number[][][] = []
  for (const [layer, heads] of config.reads.entries()) {
    const out = neededRows(parameters, `blocks.${layer}.attn.o.weight`)
    scores.push([])
    for (const [head, slots] of heads.entries()) {
      await between?.(layer * H + head, config.n_layers * H)
      // Columns of W_O as the logits see them.
      const columns = new Matrix(D, E)
      for (let e = 0; e < E; e++) {
        const column = Float64Array.from({ length: D }, (_, d) => rowOf(out, d)[head * E + e])
        final.centre(column).forEach((value, d) => columns.set(d, e, value * final.weight[d]))
      }
      const given = logits.mmul(columns)
      const group = Math.floor(head / (H / G))
      // The eigenvalues of a product are those of its factors turned in a circle, but for zeros: E×E instead of tokens × tokens.
      scores[layer].push(slots.map(([, source]) => eigenvalueRatio(valuesOf(source, group).mmul(given))))
    }
  }
  return scores
}

/** Embeddings [D, tokens] and the rows that make logits [tokens, D]. */
function matricesOf(config: ModelConfig, parameters: Parameters, known: number): { embeddings: Matrix; logits: Matrix } {
  const tokens = Math.min(known, MOST_TOKENS)
  const rows = (all: Rows): Matrix => new Matrix(Array.from({ length: tokens }, (_, i) => rowOf(all, Math.floor((i * known) / tokens))))
  return { embeddings: rows(neededRows(parameters, 'tok_emb.weight')).transpose(), logits: rows(unembedding(config, parameters)) }
}

/** Σ λ / Σ |λ| over the eigenvalues of a square matrix; 0 where all are 0. Throws where it holds what is no number. */
export function eigenvalueRatio(matrix: Matrix): number {
  const most = matrix.to1DArray().reduce((size, value) => (Number.isFinite(value) ? Math.max(size, Math.abs(value)) : NaN), 0)
  // The decomposition would never end.
  if (Number.isNaN(most)) throw new Error('The weights are no numbers any more: training has diverged. Lower lr, and train again.')
  if (most === 0) return 0
  const { realEigenvalues, imaginaryEigenvalues } = new EigenvalueDecomposition(matrix.clone().div(most))
  let [sum, size] = [0, 0]
  realEigenvalues.forEach((real, i) => {
    sum += real
    size += Math.hypot(real, imaginaryEigenvalues[i])
  })
  return size === 0 ? 0 : sum / size
}
