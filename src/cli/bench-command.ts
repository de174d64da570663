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
  const { dtype } = options
  if (dtype !== 'f32' && dtype !== 'f16') throw new Error(`--dtype takes f32 or f16, not ${dtype}.`)
  const shape = benchShape(options.config, wiringChoice(options.wiring), { recompute: options.recompute, dtype })
  const steps = stepsOf(options)
  const wiring = options.wiring ?? 'standard'
  const common = { config: shape.name, wiring, dtype, ...(options.recompute && { recompute: true }) }
  if (options.plan) {
    if (options.limits !== 'default' && options.limits !== 'h200') throw new Error('--limits takes default or h200.')
    const limits = options.limits === 'h200' ? H200_LIMITS : DEFAULT_LIMITS
    // Only sizes are asked for: a device of these limits may have f16 or not.
    const planned = planTraining(shape.config, shape.settings, { ...limits, f16: true })
    const { parameters, dispatches, submits } = planned
    return print({ ...common, limits: options.limits, parameters, dispatches, submits, peak_gpu_mb: planned.bytes / 2 ** 20 })
  }
  const gpu = await openNodeGpu({ f16: dtype === 'f16' })
  if (options.profile) {
    const { kernels, summary } = await benchProfile(gpu, shape, { store: fileStore })
    for (const line of kernels) print(line)
    return print({ ...common, summary: 'profile', ...summary, adapter: gpu.description })
  }
  print(await benchStep(gpu, shape, wiring, steps, { store: fileStore }))
}
