/** A model on a device: its packs, and the plans that run it. Every buffer it makes is destroyed with it. */
import type { Gpu } from '../gpu/device.ts'
import { mebibytes, storage, type Launch, type Region, type Storage } from '../gpu/launch.ts'
import { planMemory, sharedSizes } from '../gpu/memory.ts'
import { createPool, type MemoryPool } from '../gpu/memory-pool.ts'
import { createPipelines, type Pipelines } from '../gpu/pipelines.ts'
import { checkFits, compilePlan, type Plan } from '../gpu/plan.ts'
import { createReader, type Source } from '../gpu/readback.ts'
import { METRICS_RING, METRICS_STRIDE } from '../tensor/optimizer.ts'
import { count, createRecording, variantsOf, type Dtype, type Recording, type Tensor, type Variants } from '../tensor/recording.ts'
import { parameterShapes, type ModelConfig } from './config.ts'
import type { Parameters } from './initialise.ts'
import { createPacks, createWeights, layoutOf, locate, placeOf, type Pack, type Packs, type Weights } from './parameters.ts'

export interface Compiled {
  plans: Plan[]
  /** Where a kept tensor of the i-th plan lies. */
  sourceOf: (plan: number, tensor: Tensor) => Source
  /** Such a tensor, after the plan ran. */
  read: (plan: number, tensor: Tensor) => Promise<Float32Array<ArrayBuffer>>
  dispose: () => void
}

export type Progress = (done: number, total: number) => void

export interface Machine {
  gpu: Gpu
  config: ModelConfig
  packs: Packs
  weights: Weights
  pool: MemoryPool
  pipelines: Pipelines
  /** Ring of steps' metrics, [METRICS_RING, METRICS_STRIDE]. */
  metrics: Region
  record: (training: boolean, dtype?: Dtype) => Recording
  /** Compiles recordings that never run at the same time: they share scratch memory. Refuses, before anything is made, what does not fit. */
  compile: (recordings: Launch[][], progress?: Progress) => Promise<Compiled>
  /** Runs plans after writing the inputs: in one submit, or in several of about as many dispatches each. */
  run: (inputs: { storage: Storage; bytes: ArrayBuffer }, plans: Plan[], submits?: number) => void
  read: (buffer: GPUBuffer, offset: number, bytes: number) => Promise<ArrayBuffer>
  load: (parameters: Parameters, pack?: Pack) => void
  readPack: (pack: Pack) => Promise<Parameters>
  /** Some of the parameters, one by one: where most are left out. */
  readParameters: (wanted: (name: string) => boolean) => Promise<Parameters>
  dispose: () => void
}

/** Bytes of the buffer that all reads but the losses' go through. */
export const READ_CAPACITY = 4 * 2 ** 20

/** The adapter allows every buffer, but has not the memory for all of them. */
export class OutOfMemory extends Error {
  constructor(bytes: number) {
    super(
      `This does not fit the GPU: it needs ${mebibytes(bytes)}, more than is free. Turn recompute on, raise accumulate, or lower batch_size, context_length, d_model or n_layers.`,
    )
  }
}

export interface MachineOptions {
  /** Which kernels run; the adapter decides where nothing is said. */
  variants?: Variants
  /** Tiles of products, as the tune-up found them: src/train/tune.ts. */
  tiles?: Variants['tiles']
}

export function createMachine(gpu: Gpu, config: ModelConfig, options: MachineOptions = {}): Machine {
  const pool = createPool(gpu)
  const pipelines: Pipelines = createPipelines(gpu)
  const packs = createPacks(layoutOf(config, Math.min(gpu.limits.binding, gpu.limits.buffer)))
  const weights = createWeights(packs, config)
  const variants = options.variants ?? { ...variantsOf(gpu), tiles: options.tiles }
  const metricsStorage = storage('metrics', 4 * METRICS_RING * METRICS_STRIDE, 'owned')
  // Made at once, so that the first evaluation in the middle of a run creates nothing.
  const { read } = createReader(gpu, pool, READ_CAPACITY)

  return {
    gpu,
    config,
    packs,
    weights,
    pool,
    pipelines,
    metrics: { storage: metricsStorage, offset: 0, bytes: metricsStorage.bytes },
    record: (training, dtype) => createRecording(training, variants, weights.gradients, dtype),
    compile: async (recordings, progress) => {
      for (const launches of recordings) checkFits(launches, gpu.limits)
      for (const launches of recordings) launches.forEach(pipelines.want)
      await gpu.orFailed(pipelines.ready(progress))
      const memory = recordings.map(planMemory)
      // Both scopes: what is bound to a buffer that could not be had is invalid in its turn.
      gpu.device.pushErrorScope('validation')
      gpu.device.pushErrorScope('out-of-memory')
      const scratch = pool.reserve(sharedSizes(memory))
      const plans = recordings.map((launches, i) => compilePlan({ gpu, pool, pipelines, scratch: scratch.buffers }, launches, memory[i]))
      const [full, invalid] = [await gpu.device.popErrorScope(), await gpu.device.popErrorScope()]
      if (full || invalid) {
        const needed = pool.bytes()
        for (const plan of plans) plan.dispose()
        scratch.free()
        if (full) throw new OutOfMemory(needed)
        throw new Error(`The GPU refused a plan: ${invalid?.message}`)
      }
      const sourceOf = (plan: number, { label, region, shape }: Tensor): Source => {
        const { storage: s, offset } = region
        if (s.f16) throw new Error(`"${label}" is stored as f16, which nobody reads back.`)
        if (s.kind === 'planned' && !s.keep) throw new Error(`"${label}" was not kept.`)
        return { buffer: plans[plan].bufferOf(s), offset, bytes: 4 * count(shape) }
      }
      return {
        plans,
        sourceOf,
        read: async (plan, tensor) => {
          const { buffer, offset, bytes } = sourceOf(plan, tensor)
          return new Float32Array(await read(buffer, offset, bytes))
        },
        dispose: () => {
          for (const plan of plans) plan.dispose()
          scratch.free()
        },
      }
    },
    run: (inputs, plans, submits = 1) => {
      gpu.device.queue.writeBuffer(pool.owned(inputs.storage), 0, inputs.bytes)
      const total = plans.reduce((sum, plan) => sum + plan.dispatches, 0)
      for (let i = 0; i < submits; i++) {
        const encoder = gpu.device.createCommandEncoder()
        let first = Math.floor((i * total) / submits)
        let end = Math.floor(((i + 1) * total) / submits)
        for (const plan of plans) {
          if (first < plan.dispatches && end > 0) plan.encode(encoder, { first: Math.max(0, first), end: Math.min(end, plan.dispatches) })
          first -= plan.dispatches
          end -= plan.dispatches
        }
        gpu.device.queue.submit([encoder.finish()])
      }
    },
    read,
    load: (parameters, pack = 'parameters') => {
      for (const [name, { data }] of parameters) {
        const { storage: s, offset } = locate(packs, name, pack)
        gpu.device.queue.writeBuffer(pool.owned(s), offset, Float32Array.from(data))
      }
    },
    readPack: async (pack) => {
      const result: Parameters = new Map()
      const chunks = await Promise.all(packs.chunks.map((c) => read(pool.owned(c[pack]), 0, 4 * c.elements)))
      for (const name of parameterShapes(config).keys()) {
        const place = placeOf(packs, name)
        const at = 4 * place.offset
        result.set(name, { shape: place.shape, data: new Float32Array(chunks[place.chunk].slice(at, at + 4 * count(place.shape))) })
      }
      return result
    },
    readParameters: async (wanted) => {
      const names = [...parameterShapes(config).keys()].filter(wanted)
      const tensors = names.map(async (name) => {
        const { storage: s, offset, bytes } = locate(packs, name, 'parameters')
        return [name, { shape: placeOf(packs, name).shape, data: new Float32Array(await read(pool.owned(s), offset, bytes)) }] as const
      })
      return new Map(await Promise.all(tensors))
    },
    dispose: () => pool.dispose(),
  }
}
