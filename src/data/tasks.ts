/**
 * Synthetic tasks: seeded generators with a known right answer. Loss is due only where an answer is; the target is -1 elsewhere.
 * A target stands at the position whose output gives it: next to the last token that may be seen.
 */
import type { Dataset } from './dataset.ts'
import { rng, STREAMS, type Rng } from './random.ts'
import { wordsTokenizer } from './tokenizer.ts'

/** One sequence: ids and targets, both [T]. */
export interface Example {
  tokens: number[]
  targets: number[]
}

export interface TaskOption {
  name: string
  default: number
  least: number
  most: number
  summary: string
}

export interface Task {
  name: string
  title: string
  summary: string
  source?: string
  options: TaskOption[]
  /** T, with the options' defaults or without: no option changes it. */
  contextLength: number
  answer: 'token' | 'sequence'
  /** The vocabulary; a word's id is its place. */
  words: (options: Record<string, number>) => string[]
  examples: (options: Record<string, number>) => Examples
}

/** Where sequences come from. Training ones are drawn; the n-th held-out one is fixed. */
export interface Examples {
  draw: (random: Rng) => Example
  heldOut: (n: number) => Example
}

const NONE = -1
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
const blank = (length: number) => new Array<number>(length).fill(NONE)

/** Fresh sequences for ever: the held-out ones come from a stream of their own, and in spaces this large none is met twice. */
function fresh(draw: (random: Rng) => Example): Examples {
  return { draw, heldOut: (n) => draw(rng(STREAMS.heldOut, n)) }
}

/**
 * All `count` cases of a small space, split once and for all: a shuffle that depends on `count` alone puts the first `share` of them into training.
 * Training draws among its own; held-out sequences walk through the others in shuffled order and begin again after the last.
 */
function split(count: number, share: number, example: (which: number) => Example): Examples {
  const order = rng(STREAMS.split, count).shuffle(range(0, count))
  const cut = Math.round(count * share)
  return {
    draw: (random) => example(order[random.below(cut)]),
    heldOut: (n) => example(order[cut + (n % (count - cut))]),
  }
}

const COPIED = 16
const letters = (count: number) => range(0, count).map((i) => String.fromCharCode(97 + i))

const copy: Task = {
  name: 'copy',
  title: 'Copy',
  summary: '16 random letters, a bar, then the same letters again',
  options: [],
  contextLength: 2 * COPIED,
  answer: 'sequence',
  words: () => [...letters(26), '|'],
  examples: () =>
    fresh((random) => {
      const source = range(0, COPIED).map(() => random.below(26))
      return { tokens: [...source, 26, ...source.slice(0, -1)], targets: [...blank(COPIED), ...source] }
    }),
}

const SORTED = 6

const sort: Task = {
  name: 'sort',
  title: 'Sort',
  summary: '6 digits of 0, 1 and 2, then the same in order; a quarter of the inputs is held out',
  source: "minGPT's demo",
  options: [],
  contextLength: 2 * SORTED - 1,
  answer: 'sequence',
  words: () => ['0', '1', '2'],
  examples: () =>
    split(3 ** SORTED, 0.75, (which) => {
      const digits = range(0, SORTED).map((place) => Math.floor(which / 3 ** place) % 3)
      const sorted = [...digits].sort((a, b) => a - b)
      return { tokens: [...digits, ...sorted.slice(0, -1)], targets: [...blank(SORTED - 1), ...sorted] }
    }),
}

const modularAddition: Task = {
  name: 'modular-addition',
  title: 'Modular addition',
  summary: 'x y = (x + y) mod p; learned from 30 % of the pairs, tested on the other 70 %',
  source: 'arXiv 2301.05217',
  options: [{ name: 'p', default: 113, least: 3, most: 997, summary: 'the modulus' }],
  contextLength: 3,
  answer: 'token',
  words: ({ p }) => [...range(0, p).map(String), '='],
  examples: ({ p }) =>
    split(p * p, 0.3, (which) => {
      const x = Math.floor(which / p)
      const y = which % p
      return { tokens: [x, y, p], targets: [NONE, NONE, (x + y) % p] }
    }),
}

const REPEATED = 32
const SYMBOLS = 64

/**
 * R R with loss on the second R. The symbols of R differ from one another, so that one look back ("what came after this symbol before?") decides every answer.
 * The copies always lie 32 apart: where positions are known, a head may also look there without matching anything.
 */
const induction: Task = {
  name: 'induction',
  title: 'Induction',
  summary: '32 random symbols, then the same again, each foreseen from the one before',
  source: 'arXiv 2209.11895',
  options: [],
  contextLength: 2 * REPEATED,
  answer: 'token',
  words: () => range(0, SYMBOLS).map((i) => `s${i}`),
  examples: () =>
    fresh((random) => {
      const once = random.shuffle(range(0, SYMBOLS)).slice(0, REPEATED)
      // The first symbol of the second copy has nothing before it that tells it, and after the last none is due.
      return { tokens: [...once, ...once], targets: [...blank(REPEATED), ...once.slice(1), NONE] }
    }),
}

const RECALL_LENGTH = 64
const RECALL_VOCABULARY = 256
const GAP_POWER = 0.01

/** Cumulative weights of gaps 1 to `count`, r^(a-1), in millionths: whole, so that the last bit of an engine's `pow` cannot change a draw. */
function gapWeights(count: number): number[] {
  let sum = 0
  return range(1, count + 1).map((gap) => (sum += Math.round(1e6 * gap ** (GAP_POWER - 1))))
}

/**
 * Multi-query associative recall in Zoology's basic setting: k1 v1 … kn vn, then each key once more, in every second place at a gap drawn without
 * replacement from the power law; its answer is its value. All other places hold random symbols of the whole vocabulary.
 */
const associativeRecall: Task = {
  name: 'associative-recall',
  title: 'Associative recall',
  summary: 'pairs of key and value, then the keys again, each asking for its value (MQAR)',
  source: 'arXiv 2312.04927',
  options: [{ name: 'pairs', default: 4, least: 1, most: RECALL_LENGTH / 4, summary: 'pairs of key and value' }],
  contextLength: RECALL_LENGTH,
  answer: 'token',
  words: () => {
    const half = RECALL_VOCABULARY / 2
    return ['_', ...range(1, half).map((i) => `k${i}`), ...range(0, half).map((i) => `v${i}`)]
  },
  examples: ({ pairs }) => {
    const half = RECALL_VOCABULARY / 2
    const places = (RECALL_LENGTH - 2 * pairs) / 2
    const weights = gapWeights(places)
    return fresh((random) => {
      const keys = random.shuffle(range(1, half)).slice(0, pairs)
      const values = random.shuffle(range(half, RECALL_VOCABULARY)).slice(0, pairs)
      const tokens = range(0, RECALL_LENGTH).map(() => random.below(RECALL_VOCABULARY))
      const targets = blank(RECALL_LENGTH)
      const taken = new Set<number>()
      for (let i = 0; i < pairs; i++) {
        tokens[2 * i] = keys[i]
        tokens[2 * i + 1] = values[i]
        let place: number
        do {
          const at = random.below(weights[places - 1])
          place = weights.findIndex((weight) => at < weight)
        } while (taken.has(place))
        taken.add(place)
        tokens[2 * (pairs + place)] = keys[i]
        targets[2 * (pairs + place)] = values[i]
      }
      return { tokens, targets }
    })
  },
}

const HOP_LENGTH = 100
const HOP_LETTERS = 4
const MOST_HOPS = 16

/** hops[i]: the place that k hops lead to from i, or -1. One hop: to the place after the last earlier occurrence of the letter one stands on. */
function hopsFrom(string: readonly number[], k: number): number[] {
  const last = blank(HOP_LETTERS)
  const one = string.map((letter, i) => {
    const earlier = last[letter]
    last[letter] = i
    return earlier === NONE ? NONE : earlier + 1
  })
  return range(0, string.length).map((start) => {
    let at = start
    for (let hop = 0; hop < k && at !== NONE; hop++) at = one[at]
    return at
  })
}

/**
 * k-hop induction: the number k, then 99 random letters of which no two neighbours are equal; the answer at each is the letter k hops back, or ~.
 * As in the paper's experiments, the first token says k and every sequence draws its own (from 1 to 16) unless the option fixes it, so that
 * one vocabulary serves both and a model trained on all can be tested at one.
 */
const kHop: Task = {
  name: 'k-hop',
  title: 'k-hop induction',
  summary: 'from a letter jump k times to what followed it last; deeper models reach further',
  source: 'arXiv 2402.09268',
  options: [{ name: 'k', default: 0, least: 0, most: MOST_HOPS, summary: 'hops; 0 draws 1 to 16 for every sequence' }],
  contextLength: HOP_LENGTH,
  answer: 'token',
  words: () => [...letters(HOP_LETTERS), '~', ...range(1, MOST_HOPS + 1).map(String)],
  examples: ({ k }) =>
    fresh((random) => {
      const hops = k === 0 ? 1 + random.below(MOST_HOPS) : k
      const string = [random.below(HOP_LETTERS)]
      while (string.length < HOP_LENGTH - 1) string.push((string[string.length - 1] + 1 + random.below(HOP_LETTERS - 1)) % HOP_LETTERS)
      const answers = hopsFrom(string, hops).map((at) => (at === NONE ? HOP_LETTERS : string[at]))
      return { tokens: [HOP_LETTERS + hops, ...string], targets: [NONE, ...answers] }
    }),
}

/** In the order in which a person should meet them. */
export const TASKS: Task[] = [copy, sort, modularAddition, induction, associativeRecall, kHop]

function optionsOf(task: Task, given: Record<string, number>): Record<string, number> {
  const known = task.options.map((option) => option.name)
  const stranger = Object.keys(given).find((name) => !known.includes(name))
  if (stranger !== undefined)
    throw new Error(
      `The task "${task.name}" has no option "${stranger}". ${known.length > 0 ? `It takes: ${known.join(', ')}.` : `Write just "${task.name}".`}`,
    )
  return Object.fromEntries(
    task.options.map((option) => {
      const value = given[option.name] ?? option.default
      if (!Number.isInteger(value) || value < option.least || value > option.most)
        throw new Error(
          `${option.name} of the task "${task.name}" (${option.summary}) is ${value}: give a whole number from ${option.least} to ${option.most}.`,
        )
      return [option.name, value]
    }),
  )
}

/**
 * The data set of a task. Its name keeps the options that are not the default, as in `k-hop:k=4`, and opens the same data again.
 * Batches are [B, contextLength] always: both batch functions throw when T differs, `heldOutSample` when T is larger.
 */
export function taskDataset(task: Task, given: Record<string, number> = {}): Dataset {
  const options = optionsOf(task, given)
  const chosen = task.options
    .filter((option) => options[option.name] !== option.default)
    .map((option) => `${option.name}=${options[option.name]}`)
  const name = chosen.length > 0 ? `${task.name}:${chosen.join(',')}` : task.name
  const tokenizer = wordsTokenizer(task.words(options))
  const examples = task.examples(options)
  const { contextLength } = task

  const collect = (B: number, T: number, example: (b: number) => Example) => {
    if (T !== contextLength)
      throw new Error(`The task "${name}" has sequences of ${contextLength} tokens, not ${T}. Set context_length to ${contextLength}.`)
    const batch = { tokens: new Uint32Array(B * T), targets: new Int32Array(B * T) }
    for (let b = 0; b < B; b++) {
      const { tokens, targets } = example(b)
      batch.tokens.set(tokens, b * T)
      batch.targets.set(targets, b * T)
    }
    return batch
  }
  return {
    name,
    kind: 'task',
    tokenizer,
    contextLength,
    answer: task.answer,
    trainBatch(seed, step, B, T) {
      const random = rng(STREAMS.train, seed, step)
      return collect(B, T, () => examples.draw(random))
    },
    heldOutBatch: (index, B, T) => collect(B, T, (b) => examples.heldOut(index * B + b)),
    heldOutSample(T) {
      if (T > contextLength)
        throw new Error(
          `The task "${name}" has sequences of ${contextLength} tokens, fewer than ${T}. Set context_length to ${contextLength}.`,
        )
      return Uint32Array.from(examples.heldOut(0).tokens.slice(0, T))
    },
  }
}
