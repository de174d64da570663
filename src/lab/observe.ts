/** What heads and sublayers did on a batch, read back from an observing forward pass. */
import type { Batch } from '../data/dataset.ts'
import { headWidth, type ModelConfig } from '../model/config.ts'
import type { Forward } from '../train/forward.ts'

export interface Observation {
  B: number
  T: number
  /** `reads` names the slots that each head read. */
  config: ModelConfig
  /** [layer][head]: probabilities [B, T, slots·T]. */
  patterns: Float32Array[][]
  /** [layer]: head outputs [B·T, H·E]. */
  heads: Float32Array[]
  attnIn: Float32Array[]
  attnOut: Float32Array[]
  mlpOut: Float32Array[]
}

/** Splits a layer's patterns [B][head][T, slots·T] by head, sequence after sequence. */
export function splitPatterns(all: Float32Array, slotCounts: number[], B: number, T: number): Float32Array[] {
  const total = slotCounts.reduce((a, b) => a + b, 0)
  let before = 0
  return slotCounts.map((slots) => {
    const size = slots * T * T
    const head = new Float32Array(B * size)
    for (let b = 0; b < B; b++) {
      const from = (b * total + before) * T * T
      head.set(all.subarray(from, from + size), b * size)
    }
    before += slots
    return head
  })
}

export async function observe(forward: Forward, config: ModelConfig, batch: Batch, B: number, T: number): Promise<Observation> {
  forward.observe(batch)
  const { seen } = forward
  const readAll = async (list: (typeof seen)['heads']): Promise<Float32Array[]> => Promise.all(list.map((t) => forward.read(t)))
  const patterns = (await readAll(seen.patterns)).map((all, l) => {
    const counts = config.reads[l].map((slots) => slots.length)
    return splitPatterns(all, counts, B, T)
  })
  return {
    B,
    T,
    config,
    patterns,
    heads: await readAll(seen.heads),
    attnIn: await readAll(seen.attnIn),
    attnOut: await readAll(seen.attnOut),
    mlpOut: await readAll(seen.mlpOut),
  }
}

/** ‖z_h W_O^h‖ for every row and head of a layer, [B·T, H]; the bias belongs to no head. `wo` is attn.o.weight [D, H·E]. */
export function outputNorms(o: Observation, layer: number, wo: Float32Array): Float64Array {
  const { n_heads: H, d_model: D } = o.config
  const E = headWidth(o.config)
  const rows = o.B * o.T
  const z = o.heads[layer]
  const norms = new Float64Array(rows * H)
  for (let row = 0; row < rows; row++)
    for (let h = 0; h < H; h++) {
      let square = 0
      for (let d = 0; d < D; d++) {
        let sum = 0
        for (let e = 0; e < E; e++) sum += z[(row * H + h) * E + e] * wo[d * H * E + h * E + e]
        square += sum * sum
      }
      norms[row * H + h] = Math.sqrt(square)
    }
  return norms
}
