/** The attention of every head on one text, computed anew whenever the display asks. */
import type { Dataset } from '../data/dataset.ts'
import { splitPatterns } from '../lab/observe.ts'
import type { Machine } from '../model/machine.ts'
import { createForward, type Forward } from '../train/forward.ts'
import type { AttentionMaps } from './protocol.ts'

/** More tokens than this are not looked at: a map of them could not be read, and would cost more than the step it shows. */
export const PROBE_TOKENS = 64

export interface Probe {
  /** The text to look at; empty is the held-out sample. Throws when it has a character outside the vocabulary. */
  look: (text: string) => Promise<void>
  maps: (step: number) => Promise<AttentionMaps>
  dispose: () => void
}

export async function createProbe(machine: Machine, dataset: Dataset): Promise<Probe> {
  const { config } = machine
  const most = Math.min(config.context_length, PROBE_TOKENS)
  const sample = (): Uint32Array => dataset.heldOutSample(config.context_length).slice(0, most)
  let tokens = sample()
  let forward: Forward = await createForward(machine, 1, tokens.length, { observe: true })
  const slotCounts = config.reads.map((heads) => heads.map((slots) => slots.length))
  return {
    look: async (text) => {
      const given = dataset.tokenizer.encode(text).slice(0, most)
      // Blanks alone are no symbol of a task.
      const next = given.length === 0 ? sample() : given
      if (next.length !== tokens.length) {
        const fresh = await createForward(machine, 1, next.length, { observe: true })
        forward.dispose()
        forward = fresh
      }
      tokens = next
    },
    maps: async (step) => {
      const T = tokens.length
      forward.observe({ tokens, targets: new Int32Array(T).fill(-1) })
      const { seen } = forward
      const patterns = await Promise.all(
        seen.patterns.map(async (tensor, l) => splitPatterns(await forward.read(tensor), slotCounts[l], 1, T)),
      )
      return { step, length: T, labels: Array.from(tokens, (id) => dataset.tokenizer.label(id)), patterns, reads: config.reads }
    },
    dispose: () => forward.dispose(),
  }
}
