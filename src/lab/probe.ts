/** Attention and measures of every head while a model trains: patterns of a text that a person chose, measures of one that stays the same. */
import type { Dataset } from '../data/dataset.ts'
import type { HeadMeasures } from '../io/recording.ts'
import type { Machine } from '../model/machine.ts'
import type { Reads } from '../model/wiring.ts'
import { createForward, type Forward } from '../train/forward.ts'
import { headMeasures } from './measures.ts'
import { observe, type Observation } from './observe.ts'

/** More tokens than this are not looked at: a map of them could not be read, and would cost more than the step it shows. */
export const PROBE_TOKENS = 64

/** Attention of every head on the text that is looked at, and the measures of every head on the held-out sample. */
export interface AttentionMaps {
  step: number
  /** Tokens of the text, as labels. */
  labels: string[]
  /** T, the number of tokens. */
  length: number
  /** [layer][head]: probabilities [T, slots·T], row by row; slot s is columns s·T to (s+1)·T. */
  patterns: Float32Array[][]
  reads: Reads
  /** On the held-out sample, layer after layer. */
  heads: HeadMeasures[]
}

export interface Probe {
  /** The held-out sample as text. */
  readonly heldOut: string
  /** The text to look at; empty is the held-out sample. Throws when it has a character outside the vocabulary. */
  look: (text: string) => Promise<void>
  /** `step` is that of the weights on the machine. */
  maps: (step: number) => Promise<AttentionMaps>
  dispose: () => void
}

interface Looked {
  tokens: Uint32Array
  forward: Forward
}

export async function createProbe(machine: Machine, dataset: Dataset): Promise<Probe> {
  const { config } = machine
  const { tokenizer } = dataset
  const most = Math.min(config.context_length, PROBE_TOKENS)
  const lookAt = async (tokens: Uint32Array): Promise<Looked> => ({
    tokens,
    forward: await createForward(machine, 1, tokens.length, { observe: 'heads' }),
  })
  const observed = ({ tokens, forward }: Looked): Promise<Observation> =>
    observe(forward, config, { tokens, targets: new Int32Array(tokens.length).fill(-1) }, 1, tokens.length)
  const sample = await lookAt(dataset.heldOutSample(config.context_length).slice(0, most))
  let looked: Looked | undefined
  const forget = (): void => {
    looked?.forward.dispose()
    looked = undefined
  }
  return {
    heldOut: tokenizer.decode(sample.tokens),
    look: async (text) => {
      // Blanks alone are no symbol of a task.
      const tokens = tokenizer.encode(text).slice(0, most)
      if (looked && looked.tokens.length === tokens.length) looked.tokens = tokens
      else {
        const fresh = tokens.length === 0 ? undefined : await lookAt(tokens)
        forget()
        looked = fresh
      }
    },
    maps: async (step) => {
      const measured = await observed(sample)
      const shown = looked ? await observed(looked) : measured
      return {
        step,
        labels: Array.from((looked ?? sample).tokens, (id) => tokenizer.label(id)),
        length: shown.T,
        patterns: shown.patterns,
        reads: config.reads,
        heads: headMeasures(measured),
      }
    },
    dispose: () => {
      forget()
      sample.forward.dispose()
    },
  }
}
