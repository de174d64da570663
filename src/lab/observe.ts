/** What heads and sublayers did on a batch, read back from an observing forward pass. */
import type { Batch } from '../data/dataset.ts'
import type { ModelConfig } from '../model/config.ts'
import type { Stream } from '../model/transformer.ts'
import { normsOf } from '../tensor/head-norms.ts'
import type { Tensor } from '../tensor/recording.ts'
import type { Forward } from '../train/forward.ts'

export interface Observation {
  B: number
  T: number
  /** `reads` names the slots that each head read. */
  config: ModelConfig
  /** [layer][head]: probabilities [B, T, slots·T]. */
  patterns: Float32Array[][]
  /** [layer]: ‖z_h W_O^h‖ by row and head, [B·T, H]; the bias belongs to no head. */
  norms: Float64Array[]
  /** [B·T, D] each, where the stream is watched too. */
  stream?: Stream<Float32Array>
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

/** Runs a batch [B, T] and reads back what the pass watches. */
export async function observe(forward: Forward, config: ModelConfig, batch: Batch, B: number, T: number): Promise<Observation> {
  const seen = forward.observe(batch)
  const readAll = (list: Tensor[]): Promise<Float32Array[]> => Promise.all(list.map((t) => forward.read(t)))
  const patterns = (await readAll(seen.patterns)).map((all, l) => {
    const counts = config.reads[l].map((slots) => slots.length)
    return splitPatterns(all, counts, B, T)
  })
  const norms = (await readAll(seen.norms)).map(normsOf)
  if (!seen.stream) return { B, T, config, patterns, norms }
  const [attnIn, attnOut, mlpOut] = [
    await readAll(seen.stream.attnIn),
    await readAll(seen.stream.attnOut),
    await readAll(seen.stream.mlpOut),
  ]
  return { B, T, config, patterns, norms, stream: { attnIn, attnOut, mlpOut } }
}
