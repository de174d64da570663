/** `bench`: one training step of a bench shape, timed or only planned. */
import { rng } from '../data/random.ts'
import type { Batch, Dataset } from '../data/dataset.ts'
import { wordsTokenizer } from '../data/tokenizer.ts'
import { DEFAULT_LIMITS, H200_LIMITS } from '../gpu/device.ts'
import { configOf, parseSettings, PRESETS } from '../model/config.ts'
import { initialParameters } from '../model/initialise.ts'
import { createMachine } from '../model/machine.ts'
import { namedWiring } from '../model/wiring.ts'
import { createInputs } from '../tensor/inputs.ts'
import { planTraining, stepFlops } from '../train/planned.ts'
import { profileLaunches } from '../train/profile.ts'
import { recordTraining } from '../train/program.ts'
import { wiringChoice } from './train-command.ts'
import { createTrainer } from '../train/trainer.ts'
import { openNodeGpu } from './adapter.ts'
import { print } from './print.ts'

export interface BenchOptions {
  config: string
  steps: number
  dtype: string
  wiring?: string
  plan?: boolean
  profile?: boolean
  recompute?: boolean
  limits: string
}

const WINDOW = 20

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

export async function bench(options: BenchOptions): Promise<void> {
  const shapes = PRESETS.filter((p) => p.bench_vocab !== undefined)
  const preset = shapes.find((p) => p.name === options.config)
  if (!preset) throw new Error(`There is no bench shape "${options.config}". Choose one of: ${shapes.map((p) => p.name).join(', ')}.`)
  if (options.dtype !== 'f32') throw new Error(`--dtype ${options.dtype} is not supported: Skipscope computes in f32.`)
  if (!Number.isInteger(options.steps) || options.steps < 1) throw new Error('--steps must be a whole number from 1 on.')
  const V = preset.bench_vocab ?? 0
  const choice = wiringChoice(options.wiring) ?? { name: 'standard' }
  const reads = 'reads' in choice ? choice.reads : namedWiring(choice.name, preset.model, choice)
  const config = configOf({ ...preset.model, reads }, V)
  const settings = parseSettings({
    ...preset.train,
    schedule: 'constant',
    warmup: 0,
    eval_every: 0,
    eval_batches: 1,
    recompute: options.recompute,
  })
  const B = settings.batch_size
  const common = { config: preset.name, wiring: options.wiring ?? 'standard', dtype: 'f32', ...(options.recompute && { recompute: true }) }
  if (options.plan) {
    if (options.limits !== 'default' && options.limits !== 'h200') throw new Error('--limits takes default or h200.')
    const planned = planTraining(config, settings, options.limits === 'h200' ? H200_LIMITS : DEFAULT_LIMITS)
    const { parameters, dispatches, submits } = planned
    return print({ ...common, limits: options.limits, parameters, dispatches, submits, peak_gpu_mb: planned.bytes / 2 ** 20 })
  }
  const gpu = await openNodeGpu()
  const machine = createMachine(gpu, config)
  machine.load(initialParameters(config, settings.seed))
  if (options.profile) {
    const T = config.context_length
    const inputs = createInputs(B * T, V)
    const launches = recordTraining(machine, { B, T, inputs, bindingLimit: gpu.limits.binding }, settings)
    for (const line of await profileLaunches(machine, launches)) print({ ...line, total_ms: line.ms * line.launches })
    return
  }
  const trainer = await createTrainer({ machine, dataset: randomTokens(V), settings, T: config.context_length })
  const window = async (steps: number): Promise<{ ms: number; loss: number }> => {
    const began = performance.now()
    for (let i = 0; i < steps; i++) trainer.step()
    const { loss } = await trainer.fetch()
    return { ms: (performance.now() - began) / steps, loss: loss[loss.length - 1] }
  }
  await window(2) // the first steps compile and allocate within the driver
  const windows: number[] = []
  let loss = NaN
  for (let left = options.steps; left > 0; left -= WINDOW) {
    const result = await window(Math.min(WINDOW, left))
    windows.push(result.ms)
    loss = result.loss
  }
  const sorted = windows.sort((a, b) => a - b)
  const step_ms = sorted[Math.floor(sorted.length / 2)]
  print({
    ...common,
    step_ms,
    step_ms_min: sorted[0],
    step_ms_max: sorted[sorted.length - 1],
    tokens_per_s: (B * config.context_length * 1000) / step_ms,
    tflops: stepFlops(config, B) / (step_ms / 1000) / 1e12,
    dispatches: trainer.dispatches,
    submits: trainer.submits,
    peak_gpu_mb: machine.pool.bytes() / 2 ** 20,
    loss,
    adapter: gpu.description,
  })
}
