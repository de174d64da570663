/**
 * What a head does on repeated random sequences, where nothing but the repetition can be learnt from: mean attention, summed over a head's slots, since a slot's columns
 * are positions too, whichever layer its keys are of. And what it would do to the logits of what it sees.
 */
import { rng } from '../data/random.ts'
import type { Machine } from '../model/machine.ts'
import { createForward } from '../train/forward.ts'
import { copyingScores, type Between } from './copying.ts'
import { isDirection } from './directions.ts'
import { observe, type Observation } from './observe.ts'

export interface HeadScores {
  layer: number
  head: number
  /** Attention from each position to the one before it. */
  previous: number
  /** In the second copy, to the same token in the first (`detect_head` of TransformerLens). */
  duplicate: number
  /** In the second copy, to the token that followed the same token in the first (Olsson et al., arXiv 2209.11895). */
  induction: number
  /** Of four copies, in all but the first: to the tokens that followed the same token in every earlier copy (Olsson et al., "prefix matching"). */
  prefix: number
  /** By slot: whether the head raises the logit of what it looks at there (copying.ts). Of the weights alone. */
  copying: number[]
}

/** Longer ones add time, not knowledge. */
const MOST_TOKENS = 128
const SEQUENCES = 8
/** Floats of patterns that are read back at a time. */
const MOST_FLOATS = 2 ** 24
const SEED = 1

/** `B` sequences of `copies` copies of a block of random tokens each, [B·T]. The tokens of a block differ where the vocabulary has enough. */
export function repeatedSequences(seed: number, vocabulary: number, B: number, block: number, copies: number): Uint32Array {
  const tokens = new Uint32Array(B * block * copies)
  for (let b = 0; b < B; b++) {
    const random = rng(seed, copies, b)
    const taken = new Set<number>()
    for (let i = 0; i < block; i++) {
      let token = random.below(vocabulary)
      while (taken.has(token) && taken.size < vocabulary) token = random.below(vocabulary)
      taken.add(token)
      for (let copy = 0; copy < copies; copy++) tokens[(b * copies + copy) * block + i] = token
    }
  }
  return tokens
}

/** Mean over the sequences and the rows from `first` on of the attention to the columns that `to` lists for a row. */
function meanAttention({ B, T }: Observation, pattern: Float32Array, first: number, to: (t: number) => number[]): number {
  const slots = pattern.length / (B * T * T)
  let sum = 0
  for (let b = 0; b < B; b++)
    for (let t = first; t < T; t++) for (const j of to(t)) for (let s = 0; s < slots; s++) sum += pattern[((b * T + t) * slots + s) * T + j]
  return sum / (B * (T - first))
}

const everyHead = <Value>({ patterns }: Observation, of: (pattern: Float32Array) => Value): Value[][] =>
  patterns.map((layer) => layer.map((pattern) => of(pattern)))

/** `twice` saw two copies of a block, `fourfold` four. */
function headScores(twice: Observation, fourfold: Observation, copying: number[][][]): HeadScores[] {
  const block = twice.T / 2
  const quarter = fourfold.T / 4
  const of = (first: number, to: (t: number) => number[]) => everyHead(twice, (pattern) => meanAttention(twice, pattern, first, to))
  const previous = of(1, (t) => [t - 1])
  const duplicate = of(block, (t) => [t - block])
  const induction = of(block, (t) => [t - block + 1])
  const followers = (t: number): number[] =>
    Array.from({ length: Math.floor(t / quarter) }, (_, copy) => (t % quarter) + copy * quarter + 1)
  const prefix = everyHead(fourfold, (pattern) => meanAttention(fourfold, pattern, quarter, followers))
  return previous.flatMap((heads, layer) =>
    heads.map((score, head) => ({
      layer,
      head,
      previous: score,
      duplicate: duplicate[layer][head],
      induction: induction[layer][head],
      prefix: prefix[layer][head],
      copying: copying[layer][head],
    })),
  )
}

export interface Scored {
  scores: HeadScores[]
  /** Tokens of the block that was repeated twice, and four times. */
  block: number
  quarter: number
  sequences: number
}

/** Of the model as it is; `vocabulary` is that of the data. Throws where the context is too short to repeat anything. */
export async function scoreHeads(machine: Machine, vocabulary: number, between?: Between): Promise<Scored> {
  const { config } = machine
  const quarter = Math.floor(Math.min(config.context_length, MOST_TOKENS) / 4)
  if (quarter < 2)
    throw new Error(
      `Scores repeat a sequence four times, and the context holds ${config.context_length} tokens. Train with a context_length of 8 or more.`,
    )
  const T = 4 * quarter
  const slots = config.reads.flat().reduce((sum, head) => sum + head.length, 0)
  const B = Math.max(1, Math.min(SEQUENCES, Math.floor(MOST_FLOATS / (slots * T * T))))
  const forward = await createForward(machine, B, T, { observe: 'heads' })
  const targets = new Int32Array(B * T).fill(-1)
  const seen = (copies: number): Promise<Observation> =>
    observe(forward, config, { tokens: repeatedSequences(SEED, vocabulary, B, T / copies, copies), targets }, B, T)
  try {
    const copying = await copyingScores(config, await machine.readParameters(isDirection), vocabulary, between)
    return { scores: headScores(await seen(2), await seen(4), copying), block: T / 2, quarter, sequences: B }
  } finally {
    forward.dispose()
  }
}
