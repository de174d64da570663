/**
 * Generation on the GPU from end to end. The prompt goes through in one pass, or a few tokens one by one; then a token at a time, each chosen by a kernel that leaves it
 * where the next token's kernels read it: tokens are queued in groups, and come back a group at a time while the next one is under way. Passes are recordings of the
 * transformer over one store, which is the key/value cache.
 */
import type { Plan } from '../gpu/plan.ts'
import { createCollector, type Source } from '../gpu/readback.ts'
import { constant, storage, type Launch, type Storage } from '../gpu/launch.ts'
import { keep, type Tensor } from '../tensor/recording.ts'
import {
  createWalk,
  readChoices,
  resultBytes,
  sample,
  settingWords,
  slideTokens,
  walkWords,
  type Choice,
  type SampleOptions,
} from '../tensor/sample.ts'
import { storeBytes } from '../tensor/store.ts'
import { headWidth } from './config.ts'
import type { Machine } from './machine.ts'
import { tokenRows, transformer } from './transformer.ts'

export interface Writing extends SampleOptions {
  /** How many to choose. */
  tokens: number
  /** Ids from this one on are never chosen. */
  known: number
  /** The i-th choice's uniform number in [0, 1), a multiple of 2^-32. */
  draw: (i: number) => number
}

export interface Generator {
  /** Logits [V] after 1 to T tokens; only what is new since the last call is computed. */
  next: (tokens: ArrayLike<number>) => Promise<Float32Array<ArrayBuffer>>
  /**
   * Tokens that follow those of a prompt, by the weights as they are when each group is queued. Throws on an empty prompt, and when it writes already. Whoever stops
   * early leaves the loop, and may write again when that is done.
   */
  write: (prompt: ArrayLike<number>, how: Writing) => AsyncGenerator<Choice, void, void>
  /** What chooses a token after the first. */
  launches: readonly Launch[]
  /** Forgets the cache: the weights have changed. */
  reset: () => void
  dispose: () => void
}

/** The tokens that generation goes on from: all while they fit the context, beyond it the last ⌊T/2⌋, encoded anew from position 0. */
export const slide = (tokens: number[], T: number): number[] => (tokens.length > T ? tokens.slice(-keptOf(T)) : tokens)

const keptOf = (T: number): number => Math.max(1, Math.floor(T / 2))

/** Tokens that come back together: few at first, so that text appears at once, then more, since each submit and each reading has its price. */
const FIRST_GROUP = 4
const LARGEST_GROUP = 32
/** Milliseconds that a group may take: a slow adapter's text would come in jerks, and its tasks be stopped late. */
const GROUP_MS = 60
/** Tokens of a submit, of which the first of a group is one by itself: the GPU begins while the rest is still being encoded. */
const SUBMITTED = 8
/** Groups under way: one that the GPU computes, and one behind it, which lasts while the next is queued; more of them while all together last less than some milliseconds, which a browser may take to hand over what has come. */
const AHEAD = 2
const MOST_AHEAD = 4
const AHEAD_MS = 16

/** Lengths of prompt that have a pass of their own: the context, and halves of it while shorter passes are cheaper. */
function passLengths(T: number): number[] {
  const lengths = [T]
  for (let n = Math.ceil(T / 2); n >= 32; n = Math.ceil(n / 2)) lengths.unshift(n)
  return lengths
}

/** Prompts up to this long go through as tokens do, one after another: a pass takes as long as its shortest sums, whatever its rows. */
const STEPPED = 8

interface Pass {
  launches: Launch[]
  logits: Tensor
}

export async function createGenerator(machine: Machine): Promise<Generator> {
  const { config: c, weights, gpu, pool } = machine
  const { queue } = gpu.device
  const T = c.context_length
  const V = c.vocab_size
  const dims = { B: 1, T, L: c.n_layers, H: c.n_heads, G: c.n_kv_heads, E: headWidth(c) }
  const cache = { storage: storage('key/value cache', storeBytes(1, c.n_layers, dims), 'owned'), rows: T }
  const token = tokenRows(c)
  const walk = createWalk(T, LARGEST_GROUP)
  const fromStart = constant('the state at position 0', new Uint32Array(8))

  /** One token, or as many rows of a prompt, after the window has slid if it does. */
  const record = (rows: number | 'one', slides = false): Pass => {
    const recording = machine.record(false)
    if (slides) slideTokens(recording, walk, keptOf(T))
    const shared = { config: c, weights, B: 1, bindingLimit: gpu.limits.binding, cache }
    const logits = keep(
      rows === 'one'
        ? transformer(recording, {
            ...shared,
            T,
            decode: { rows: token, limits: gpu.limits },
            inputs: { rows: 1, tokens: walk.token, state: walk.walk },
          })
        : transformer(recording, { ...shared, T: rows, last: walk.walk, inputs: { rows, tokens: walk.tokens, state: fromStart } }),
    )
    sample(recording, walk, logits)
    return { launches: recording.launches, logits }
  }
  const lengths = passLengths(T)
  const lengthFor = (n: number): number => lengths.findIndex((length) => length >= n)
  const one = record('one')
  const prompts = lengths.map((rows) => record(rows))
  const again = record(lengths[lengthFor(keptOf(T))], true)
  const passes = [one, ...prompts, again]
  const compiled = await machine.compile(passes.map(({ launches }) => launches))
  const planOf = (pass: Pass): Plan => compiled.plans[passes.indexOf(pass)]

  const collector = createCollector(gpu, pool, walk.results.bytes, MOST_AHEAD)
  /** How a choice is made that is not looked at. */
  const unlooked = settingWords({ temperature: 0, topK: 0, topP: 1 }, V, [0])
  const write = (into: { storage: Storage; offset?: number }, words: Uint32Array<ArrayBuffer>): void =>
    queue.writeBuffer(pool.owned(into.storage), into.offset ?? 0, words)
  const submit = (plans: Plan[]): void => {
    for (let first = 0, end = 1; first < plans.length; first = end, end += SUBMITTED) {
      const encoder = gpu.device.createCommandEncoder()
      for (const plan of plans.slice(first, end)) plan.encode(encoder)
      queue.submit([encoder.finish()])
    }
  }

  const goTo = (position: number): void => write(walk.walk, walkWords(position))

  /** Hands over tokens from position 0 on: all that comes before the pass that is given back, after which the next is known. The position of the last is still to be written. */
  const begin = (tokens: ArrayLike<number>): Pass => {
    const last = tokens.length - 1
    const stepped = tokens.length <= STEPPED
    if (stepped) {
      write({ storage: walk.settings }, unlooked)
      for (let i = 0; i < last; i++) {
        write(walk.token, Uint32Array.of(tokens[i]))
        goTo(i)
        submit([planOf(one)])
      }
      write(walk.token, Uint32Array.of(tokens[last]))
    }
    // Choices leave what they chose among the tokens: so these come last.
    write(walk.tokens, Uint32Array.from(tokens))
    return stepped ? one : prompts[lengthFor(tokens.length)]
  }

  /** Tokens whose keys and values the cache holds. */
  let held: number[] = []
  let writing = false
  /** Milliseconds of a token, as last measured. */
  let pace = 0

  const groupSize = (before: number, left: number): number => {
    const inTime = pace > 0 ? Math.max(1, Math.floor(GROUP_MS / pace)) : FIRST_GROUP
    return Math.min(before === 0 ? FIRST_GROUP : 2 * before, inTime, LARGEST_GROUP, left)
  }

  async function* writeOn(prompt: ArrayLike<number>, how: Writing): AsyncGenerator<Choice, void, void> {
    const window = slide(Array.from(prompt), T)
    if (window.length === 0) throw new Error('Generation goes on from at least one token.')
    if (writing) throw new Error('This generator is writing already: let that end first.')
    writing = true
    held = []
    /** Of the last token that has been given or will have been chosen by what is queued. */
    let position = window.length - 1
    let queued = 0
    let size = 0
    const underWay: { tokens: number; read: Promise<Choice[]> }[] = []

    let first: Pass
    const nextPlan = (): Plan => {
      if (queued === 0) {
        position++
        return planOf(first)
      }
      const full = position === T
      position = full ? keptOf(T) : position + 1
      return planOf(full ? again : one)
    }
    const queueGroup = (): void => {
      size = groupSize(size, how.tokens - queued)
      const from = position
      const draws = Array.from({ length: size }, (_, i) => how.draw(queued + i))
      const settings = settingWords(how, how.known, draws)
      const plans: Plan[] = []
      for (let i = 0; i < size; i++, queued++) plans.push(nextPlan())
      const read = readGroup(size, how.known, () => {
        goTo(from)
        write({ storage: walk.settings }, settings)
        submit(plans)
      })
      // Until its turn comes, a failure must not count as unhandled.
      read.catch(() => undefined)
      underWay.push({ tokens: size, read })
    }
    const isAhead = (): boolean => {
      const lasts = pace > 0 ? pace * underWay.reduce((n, { tokens }) => n + tokens, 0) : Infinity
      return underWay.length >= (lasts < AHEAD_MS ? MOST_AHEAD : AHEAD)
    }
    const fill = (): void => {
      while (!isAhead() && queued < how.tokens) queueGroup()
    }
    try {
      first = begin(window)
      fill()
      let came = 0
      let began = NaN
      while (underWay.length > 0) {
        const { tokens, read } = underWay[0]
        const choices = await read
        underWay.shift()
        const now = performance.now()
        // The first group has the prompt in it, and what a driver does once. Groups may land together, so all since then count.
        if (Number.isNaN(began)) began = now
        else pace = (now - began) / (came += tokens)
        // Tokens first: to queue the next group takes the host longer than most readers take for these. The group behind this one keeps the GPU busy meanwhile.
        yield* choices
        fill()
      }
    } finally {
      // What is under way still lands in the staging buffers.
      await Promise.allSettled(underWay.map(({ read }) => read))
      writing = false
    }
  }

  /** What `run` leaves of so many choices. */
  async function readGroup(tokens: number, known: number, run: () => void): Promise<Choice[]> {
    const bytes = await collector.collect(function* (): Iterable<Source> {
      run()
      yield { buffer: pool.owned(walk.storage), offset: walk.results.offset, bytes: resultBytes(tokens) }
    })
    return readChoices(bytes, tokens, known)
  }

  return {
    next: async (given) => {
      const tokens = Array.from(given)
      if (tokens.length === 0 || tokens.length > T) throw new Error(`Generation takes 1 to ${T} tokens at a time, not ${tokens.length}.`)
      if (writing) throw new Error('This generator is writing: let that end first.')
      const isNext = tokens.length === held.length + 1 && held.length > 0 && held.every((id, i) => id === tokens[i])
      const pass = isNext ? one : begin(tokens)
      if (isNext) write(walk.token, Uint32Array.of(tokens[tokens.length - 1]))
      goTo(tokens.length - 1)
      write({ storage: walk.settings }, unlooked)
      submit([planOf(pass)])
      held = tokens
      return compiled.read(passes.indexOf(pass), pass.logits)
    },
    write: writeOn,
    launches: one.launches,
    reset: () => {
      held = []
    },
    dispose: () => {
      compiled.dispose()
      for (const s of [cache.storage, walk.storage, walk.settings, ...token.storages]) pool.release(s)
      collector.dispose()
    },
  }
}
