/** How long a run would take on this adapter: a guess from a short timing, made before anything of the run is there. */
import type { Gpu } from '../gpu/device.ts'
import { storage, whole } from '../gpu/launch.ts'
import { planMemory } from '../gpu/memory.ts'
import { createPool } from '../gpu/memory-pool.ts'
import { createPipelines } from '../gpu/pipelines.ts'
import { compilePlan } from '../gpu/plan.ts'
import { countParameters, headWidth, type ModelConfig, type TrainSettings } from '../model/config.ts'
import { product } from '../tensor/linear.ts'
import { createRecording, variantsOf } from '../tensor/recording.ts'
import { planTraining } from './planned.ts'

export interface Estimator {
  /** Of `steps` steps with the evaluations among them; compilation is not counted. Throws the line that a device would refuse the run with. */
  seconds: (config: ModelConfig, settings: TrainSettings, steps?: number) => Promise<number>
}

/** What an adapter is like: a + flops/b is the time of a dispatch. */
export interface Pace {
  /** a, milliseconds. */
  dispatch: number
  /** b, floating-point operations a millisecond. */
  flops: number
  /** Milliseconds from a submit until its result is known. */
  roundTrip: number
}

/**
 * Two square products, the first as small as those of a small model: on a GPU it is all latency, which is what a small model's dispatches cost. The second is large
 * enough to keep a large GPU busy.
 */
const SHAPES = {
  gpu: [
    { size: 64, times: 50 },
    { size: 2048, times: 2 },
  ],
  processor: [
    { size: 16, times: 50 },
    { size: 192, times: 2 },
  ],
}

/**
 * What a step takes in all, in parts of its products and dispatches at that pace. On a processor other kernels do fewer operations in their time, and the host prepares
 * batches: measured 1.2 to 1.8 on SwiftShader, 1.7 on llvmpipe. On a GPU a step's launches overlap as the timed ones, each waiting for the one before, do not: measured
 * 0.4 (tiny) and 0.7 (baby) on an H200.
 */
const REST = { gpu: 0.5, processor: 1.6 }

const flopsOf = (size: number): number => 2 * size ** 3

/** Milliseconds of a submit with each number of products after another: the least of three, and one more before them that the driver prepares itself with. */
async function timeProducts(gpu: Gpu, size: number, times: readonly number[]): Promise<number[]> {
  const recording = createRecording(false, variantsOf(gpu))
  const [a, b, c] = ['a', 'b', 'c'].map((label) => recording.tensor(label, [size, size]))
  const state = whole(storage('state', 32, 'owned'))
  product(recording, { M: size, N: size, K: size, a, b, c, bTransposed: true, state })
  const pool = createPool(gpu)
  const pipelines = createPipelines(gpu)
  recording.launches.forEach(pipelines.want)
  try {
    await gpu.orFailed(pipelines.ready())
    const memory = planMemory(recording.launches)
    const scratch = pool.reserve(memory.sizes)
    const results: number[] = []
    for (const n of times) {
      const launches = Array.from({ length: n }, () => recording.launches).flat()
      const plan = compilePlan({ gpu, pool, pipelines, scratch: scratch.buffers }, launches, memory)
      const run = async (): Promise<number> => {
        const encoder = gpu.device.createCommandEncoder()
        plan.encode(encoder)
        const began = performance.now()
        gpu.device.queue.submit([encoder.finish()])
        await gpu.orFailed(gpu.device.queue.onSubmittedWorkDone())
        return performance.now() - began
      }
      await run()
      results.push(Math.min(await run(), await run(), await run()))
    }
    return results
  } finally {
    pool.dispose()
  }
}

/** Milliseconds: the least that a browser's clock tells from none. */
const TICK = 0.1

export async function measurePace(gpu: Gpu): Promise<Pace> {
  const [small, large] = gpu.software ? SHAPES.processor : SHAPES.gpu
  const [one, many] = await timeProducts(gpu, small.size, [1, small.times])
  const [manyLarge] = await timeProducts(gpu, large.size, [large.times])
  // What a submit and the wait for it cost is in `one`.
  const flops = (large.times * flopsOf(large.size)) / Math.max(manyLarge - one, TICK)
  const smallMs = Math.max(many - one, TICK) / (small.times - 1)
  const dispatch = Math.max(smallMs - flopsOf(small.size) / flops, TICK / small.times)
  return { dispatch, flops, roundTrip: one }
}

/** Floating-point operations of a step: 6·N·B·T, and 12·E·T·B·T for each slot of each head, as the contract counts those of the standard wiring. */
function trainingFlops(c: ModelConfig, B: number): number {
  const T = c.context_length
  const slots = c.reads.flat().reduce((sum, head) => sum + head.length, 0)
  return 6 * countParameters(c) * B * T + 12 * headWidth(c) * slots * T * B * T
}

/** The adapter is timed once, at the first question. */
export function createEstimator(gpu: Gpu): Estimator {
  let pace: Promise<Pace> | undefined
  return {
    seconds: async (config, settings, steps = settings.steps) => {
      const variants = variantsOf(gpu)
      const planned = planTraining(config, settings, gpu.limits, variants)
      pace ??= measurePace(gpu)
      const { dispatch, flops, roundTrip } = await pace.catch((error: unknown) => {
        pace = undefined
        throw error
      })
      const work = trainingFlops(config, settings.batch_size) / flops
      // Layers that are computed again do their forward pass twice.
      const step = planned.dispatches * dispatch + (settings.recompute ? 4 / 3 : 1) * work
      // A forward pass is a third of the work of a step.
      const batch = planned.evaluationDispatches * dispatch + work / 3 + settings.accumulate * roundTrip
      const evaluations = 1 + (settings.eval_every > 0 ? Math.floor((steps - 1) / settings.eval_every) : 0)
      return (REST[gpu.software ? 'processor' : 'gpu'] * (steps * step + evaluations * settings.eval_batches * batch)) / 1000
    },
  }
}
