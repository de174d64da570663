/** The bench: one training step of a bench shape, timed, planned or profiled. The same in the page and on the command line. */
import type { Batch, Dataset } from '../data/dataset.ts'
import { rng } from '../data/random.ts'
import { wordsTokenizer } from '../data/tokenizer.ts'
import type { Gpu } from '../gpu/device.ts'
import { configOf, countParameters, parseSettings, PRESETS, type ModelConfig, type Preset, type TrainSettings } from '../model/config.ts'
import { initialParameters, type Parameters } from '../model/initialise.ts'
import { createMachine } from '../model/machine.ts'
import { namedWiring } from '../model/wiring.ts'
import { createInputs } from '../tensor/inputs.ts'
import { launchesOfRun, stepFlops } from './planned.ts'
import { profileLaunches, type Profile, type Watch } from './profile.ts'
import { recordTraining } from './program.ts'
import type { WiringChoice } from './setup.ts'
import { createTrainer } from './trainer.ts'
import { noStore, tuneFor, type Tuned, type TunedStore } from './tune.ts'
import { PROCESSOR_SHAPE, WINDOW } from './windows.ts'

export interface BenchShape {
  name: string
  config: ModelConfig
  settings: TrainSettings
  /** Tokens of a step. */
  tokens: number
}

export interface BenchResult {
  config: string
  wiring: string
  dtype: TrainSettings['dtype']
  /** The median of the windows. */
  step_ms: number
  step_ms_min: number
  step_ms_max: number
  windows: number
  steps: number
  tokens_per_s: number
  /** By the contract's count of operations: `stepFlops`. */
  tflops: number
  parameters: number
  /** Of one step. */
  dispatches: number
  submits: number
  /** MiB over all live buffers. */
  peak_gpu_mb: number
  /** What the host takes for a step, batch included, while the GPU computes. */
  host_ms: number
  loss: number
  adapter: string
}

/** Throws one line that lists the shapes, or that says what the wiring lacks. `forProcessors`: PROCESSOR_SHAPE counts as one. */
export function benchShape(
  name: string,
  wiring: WiringChoice = { name: 'standard' },
  { forProcessors = false, ...over }: Partial<TrainSettings> & { forProcessors?: boolean } = {},
): BenchShape {
  const vocabOf = (of: Preset) => of.bench_vocab ?? (forProcessors && of.name === PROCESSOR_SHAPE.name ? PROCESSOR_SHAPE.vocab : undefined)
  const shapes = PRESETS.filter((p) => vocabOf(p) !== undefined)
  const preset = shapes.find((p) => p.name === name)
  if (!preset) throw new Error(`There is no bench shape "${name}". Choose one of: ${shapes.map((p) => p.name).join(', ')}.`)
  const reads = 'reads' in wiring ? wiring.reads : namedWiring(wiring.name, preset.model, wiring)
  const config = configOf({ ...preset.model, reads }, vocabOf(preset) ?? 0)
  const settings = parseSettings({ ...preset.train, schedule: 'constant', warmup: 0, eval_every: 0, eval_batches: 1, ...over })
  return { name, config, settings, tokens: settings.batch_size * config.context_length }
}

/** Fresh random tokens each step. */
function randomTokens(V: number): Dataset {
  const batch = (key: number, B: number, T: number): Batch => {
    const random = rng(key)
    const tokens = Uint32Array.from({ length: B * T }, () => random.below(V))
    return { tokens, targets: Int32Array.from(tokens, (_, i) => tokens[(i + 1) % tokens.length]) }
  }
  return {
    name: 'random tokens',
    kind: 'task',
    tokenizer: wordsTokenizer(Array.from({ length: V }, (_, i) => String(i))),
    trainBatch: (_seed, step, B, T) => batch(step, B, T),
    // Keys that no step reaches.
    heldOutBatch: (index, B, T) => batch(0x40000000 + index, B, T),
    heldOutSample: (T) => batch(0, 1, T).tokens,
  }
}

export interface BenchOptions extends Watch {
  /** Where the choices of tiles are kept; nowhere when nothing is said. */
  store?: TunedStore
  /** How far the choice is. */
  tuning?: (done: number, total: number) => void
}

const tilesOf = (gpu: Gpu, { config, settings }: BenchShape, { store = noStore, check, tuning }: BenchOptions): Promise<Tuned> =>
  tuneFor(gpu, () => launchesOfRun(config, settings, gpu.limits), store, {
    progress: (done, total) => {
      check?.()
      tuning?.(done, total)
    },
  })

/** Milliseconds of a step from which each is waited for: nothing beside it, and the wait lets `check` be heard and a desktop breathe. */
const SLOW = 100

/** Milliseconds of steps before the first window. */
const WARM_UP = 500

/** Trains `steps` steps in windows of WINDOW on a machine of its own. Rejects with a line that names the fix where the shape does not fit the adapter. */
export async function benchStep(
  gpu: Gpu,
  shape: BenchShape,
  wiring: string,
  steps: number,
  {
    initial = initialParameters,
    store = noStore,
    ...watch
  }: BenchOptions & { initial?: (config: ModelConfig, seed: number) => Parameters } = {},
): Promise<BenchResult> {
  const { config, settings, tokens } = shape
  const machine = createMachine(gpu, config, { tiles: await tilesOf(gpu, shape, { store, ...watch }) })
  try {
    const trainer = await createTrainer({ machine, dataset: randomTokens(config.vocab_size), settings, T: config.context_length })
    machine.load(initial(config, settings.seed))
    let slow = true
    let done = 0
    let host = 0
    const window = async (steps: number): Promise<{ ms: number; loss: number }> => {
      const began = performance.now()
      for (let i = 0; i < steps; i++) {
        watch.check?.()
        trainer.step()
        // A browser hands commands on to its GPU process where promises have their turn: else nothing would begin before the whole window is encoded.
        await Promise.resolve()
        if (slow) await gpu.orFailed(gpu.device.queue.onSubmittedWorkDone())
      }
      host = (performance.now() - began) / steps
      const { loss } = await gpu.orFailed(trainer.fetch())
      return { ms: (performance.now() - began) / steps, loss: loss[loss.length - 1] }
    }
    // The first steps compile and allocate within the driver.
    await window(1)
    await window(1)
    // A host that is busy with something else may hold up one of them.
    slow = Math.min((await window(1)).ms, (await window(1)).ms, (await window(1)).ms) > SLOW
    // A GPU that was idle is slow at first.
    if (!slow) for (const began = performance.now(); performance.now() - began < WARM_UP;) await window(WINDOW)
    const windows: number[] = []
    const hosts: number[] = []
    let loss = NaN
    while (done < steps) {
      watch.progress?.(done, steps)
      const size = Math.min(WINDOW, steps - done)
      const result = await window(size)
      windows.push(result.ms)
      hosts.push(host)
      loss = result.loss
      done += size
    }
    watch.progress?.(steps, steps)
    const sorted = windows.sort((a, b) => a - b)
    const step_ms = sorted[Math.floor(sorted.length / 2)]
    return {
      config: shape.name,
      wiring,
      dtype: settings.dtype,
      step_ms,
      step_ms_min: sorted[0],
      step_ms_max: sorted[sorted.length - 1],
      windows: sorted.length,
      steps,
      tokens_per_s: (tokens * 1000) / step_ms,
      tflops: stepFlops(config, settings.batch_size) / (step_ms / 1000) / 1e12,
      parameters: countParameters(config),
      dispatches: trainer.dispatches,
      submits: trainer.submits,
      peak_gpu_mb: machine.pool.bytes() / 2 ** 20,
      host_ms: hosts.sort((a, b) => a - b)[Math.floor(hosts.length / 2)],
      loss,
      adapter: gpu.description,
    }
  } finally {
    // What is still under way must not find its buffers gone.
    await gpu.orFailed(gpu.device.queue.onSubmittedWorkDone()).finally(() => machine.dispose())
  }
}

/** Profiles a step of the shape on a machine of its own. */
export async function benchProfile(gpu: Gpu, shape: BenchShape, { store = noStore, ...watch }: BenchOptions = {}): Promise<Profile> {
  const { config, settings, tokens } = shape
  const machine = createMachine(gpu, config, { tiles: await tilesOf(gpu, shape, { store, ...watch }) })
  try {
    machine.load(initialParameters(config, settings.seed))
    const inputs = createInputs(tokens, config.vocab_size)
    const batch = { B: settings.batch_size, T: config.context_length, inputs, bindingLimit: gpu.limits.binding }
    return await profileLaunches(machine, recordTraining(machine, batch, settings), watch)
  } finally {
    machine.dispose()
  }
}
