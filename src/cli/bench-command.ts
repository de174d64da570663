/** `bench`: one training step of a bench shape, timed, profiled or only planned. */
import { DEFAULT_LIMITS, H200_LIMITS } from '../gpu/device.ts'
import { benchProfile, benchShape, benchStep } from '../train/bench.ts'
import { planTraining } from '../train/planned.ts'
import { WINDOW, WINDOWS } from '../train/windows.ts'
import { openNodeGpu } from './adapter.ts'
import { print } from './print.ts'
import { fileStore } from './tuned-store.ts'
import { wiringChoice } from './train-command.ts'

export interface BenchOptions {
  config: string
  steps?: number
  windows?: number
  dtype: string
  wiring?: string
  plan?: boolean
  profile?: boolean
  recompute?: boolean
  limits: string
}

/** `--steps` as they are, or as many as fill `--windows`. */
function stepsOf({ steps, windows }: BenchOptions): number {
  if (steps !== undefined && windows !== undefined)
    throw new Error(`Give --steps or --windows, not both: a window is ${WINDOW} steps, the last one what is left.`)
  for (const [name, value] of Object.entries({ steps, windows }))
    if (value !== undefined && (!Number.isInteger(value) || value < 1)) throw new Error(`--${name} must be a whole number from 1 on.`)
  return steps ?? WINDOW * (windows ?? WINDOWS)
}

export async function bench(options: BenchOptions): Promise<void> {
  const shape = benchShape(options.config, wiringChoice(options.wiring), { recompute: options.recompute })
  if (options.dtype !== 'f32') throw new Error(`--dtype ${options.dtype} is not supported: Skipscope computes in f32.`)
  const steps = stepsOf(options)
  const wiring = options.wiring ?? 'standard'
  const common = { config: shape.name, wiring, dtype: 'f32', ...(options.recompute && { recompute: true }) }
  if (options.plan) {
    if (options.limits !== 'default' && options.limits !== 'h200') throw new Error('--limits takes default or h200.')
    const planned = planTraining(shape.config, shape.settings, options.limits === 'h200' ? H200_LIMITS : DEFAULT_LIMITS)
    const { parameters, dispatches, submits } = planned
    return print({ ...common, limits: options.limits, parameters, dispatches, submits, peak_gpu_mb: planned.bytes / 2 ** 20 })
  }
  const gpu = await openNodeGpu()
  if (options.profile) {
    const { kernels, summary } = await benchProfile(gpu, shape, { store: fileStore })
    for (const line of kernels) print(line)
    return print({ ...common, summary: 'profile', ...summary, adapter: gpu.description })
  }
  print(await benchStep(gpu, shape, wiring, steps, { store: fileStore }))
}
