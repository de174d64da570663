/** How quickly models of the bench shapes write, from random weights: for `generation-bench` and for the page of the numerics. */
import { rng } from '../../src/data/random.ts'
import type { Gpu } from '../../src/gpu/device.ts'
import type { Kernel } from '../../src/gpu/kernel.ts'
import type { Launch } from '../../src/gpu/launch.ts'
import { planMemory } from '../../src/gpu/memory.ts'
import { createTimer } from '../../src/gpu/profiler.ts'
import { configOf, presetNamed } from '../../src/model/config.ts'
import { createGenerator, type Generator, type Writing } from '../../src/model/generate.ts'
import { initialParameters } from '../../src/model/initialise.ts'
import { createMachine, type Machine } from '../../src/model/machine.ts'

const TOKENS = 256
const REPEATS = 5
/** Milliseconds of writing before the first timing: a GPU that was idle computes slowly for seconds. */
const WAKING = 2000
type Print = (line: Record<string, unknown>) => void

/** Tokens of the long prompt by shape. */
const LONG: Record<string, number> = { tiny: 100, baby: 200, gpt2s: 500 }
const SHORT = 4

const sorted = (times: number[]): number[] => [...times].sort((a, b) => a - b)
const median = (times: number[]): number => sorted(times)[Math.floor(times.length / 2)]

interface Written {
  /** Milliseconds from asking to the first group of tokens, and to the last. */
  first: number
  all: number
}

async function write(generator: Generator, prompt: number[], how: Writing): Promise<Written> {
  const began = performance.now()
  let first = NaN
  let count = 0
  for await (const { id } of generator.write(prompt, how)) {
    if (count++ === 0) first = performance.now() - began
    if (id >= how.known) throw new Error(`The token ${id} is outside the vocabulary of ${how.known}.`)
  }
  if (count !== how.tokens) throw new Error(`${count} tokens came where ${how.tokens} were due.`)
  return { first, all: performance.now() - began }
}

/** Where the time of a token goes, at the position that was reached last. The choice itself moves on with every repetition, so it is timed at last. */
async function printKernels(machine: Machine, config: string, launches: readonly Launch[], print: Print): Promise<void> {
  const { gpu, pool, pipelines } = machine
  const memory = planMemory([...launches])
  const scratch = pool.reserve(memory.sizes)
  const timer = createTimer(gpu, pool, pipelines)
  const alike = new Map<Kernel, Launch[]>()
  for (const launch of launches) alike.set(launch.kernel, [...(alike.get(launch.kernel) ?? []), launch])
  const layers = launches.slice(0, -1)
  const time = () => timer.time(layers, memory, scratch.buffers)
  // A GPU that was idle between two timings computes slowly at first.
  await time()
  print({ config, kernel: 'all but the choice, in order', launches: layers.length, us: 1000 * (await time()) })
  for (const [kernel, of] of alike) {
    // All of a kind one after another, as they would be but for what lies between.
    const ms = await timer.time(of, memory, scratch.buffers)
    print({
      config,
      kernel: `${kernel.name} ${of[0].workgroups} workgroups`,
      launches: of.length,
      us_each: (1000 * ms) / of.length,
      us: 1000 * ms,
    })
  }
  timer.dispose()
  scratch.free()
}

/**
 * Prints tokens a second over 256 tokens (median, least and most of 5), dispatches a token, and milliseconds to the first token of a long prompt and
 * to the first group of a short one (medians of 5). With `profile` each kernel of a token too, at the end of such a text: timed alone, and all but the choice in their order.
 */
export async function benchGeneration(gpu: Gpu, name: string, profile: boolean, print: Print): Promise<void> {
  const preset = presetNamed(name)
  const V = preset.bench_vocab
  if (V === undefined) throw new Error(`${name} is no bench shape.`)
  const config = configOf(preset.model, V)
  const machine = createMachine(gpu, config)
  machine.load(initialParameters(config, 1))
  const began = performance.now()
  const generator = await createGenerator(machine)
  const compiled = performance.now() - began
  const random = rng(1)
  const promptOf = (n: number): number[] => Array.from({ length: n }, () => random.below(V))
  const how = (tokens: number): Writing => ({ tokens, temperature: 0.8, topK: 0, topP: 1, known: V, draw: (i) => rng(1, i).next() })
  const times = async (n: number, tokens: number): Promise<Written[]> => {
    const all: Written[] = []
    for (let i = 0; i < REPEATS; i++) all.push(await write(generator, promptOf(n), how(tokens)))
    return all
  }
  for (const woken = performance.now() + WAKING; performance.now() < woken;) await write(generator, promptOf(SHORT), how(TOKENS))
  // Over the end of a context of 256, and its prompt encoded anew.
  const text = await times(SHORT, TOKENS)
  const rates = sorted(text.map(({ all }) => (1000 * TOKENS) / all))
  const long = LONG[name]
  const firstOf = await times(long, 1)
  const firstGroup = await times(SHORT, 32)
  print({
    config: name,
    adapter: gpu.description,
    tokens: TOKENS,
    tokens_per_s: median(rates),
    tokens_per_s_min: rates[0],
    tokens_per_s_max: rates[rates.length - 1],
    dispatches_per_token: generator.launches.length,
    prompt_tokens: long,
    first_token_ms: median(firstOf.map(({ first }) => first)),
    first_group_ms: median(firstGroup.map(({ first }) => first)),
    compile_ms: compiled,
  })
  if (profile) {
    await write(generator, promptOf(SHORT), how(TOKENS))
    await printKernels(machine, name, generator.launches, print)
  }
  generator.dispose()
  machine.dispose()
}
