/** What an adapter does at most, measured where the profile is: shaders/ceilings.wgsl. */
import text from '../../shaders/ceilings.wgsl?raw'
import gridText from '../../shaders/grid.wgsl?raw'
import type { Gpu } from './device.ts'
import { defineKernel } from './kernel.ts'
import { storage, whole, type Launch, type Region } from './launch.ts'
import { planMemory } from './memory.ts'
import { createPool } from './memory-pool.ts'
import { createPipelines } from './pipelines.ts'
import { createTimer } from './profiler.ts'

export interface Ceilings {
  /** Floating-point operations a second: fused multiply-adds in registers, two each. */
  flops: number
  /** Bytes a second: read and written by a large copy. */
  bytes: number
  /** Milliseconds of a launch that does nothing and waits for the one before. */
  launch: number
}

const GROUP = 256

const kernels = {
  multiply_add: defineKernel('ceilings', 'multiply_add', [gridText, text]),
  copy: defineKernel('ceilings', 'copy', [gridText, text]),
  touch: defineKernel('ceilings', 'touch', [gridText, text]),
}

/** n of four values each; rounds a multiple of 8. */
export const multiplyAdd = (n: number, rounds: number, out: Region, by = { scale: 0.999, shift: 0.001 }): Launch => ({
  kernel: kernels.multiply_add,
  constants: {},
  params: { n, rounds, ...by },
  regions: { out },
  workgroups: Math.ceil(n / GROUP),
})

/** n of four values each. */
export const copy = (n: number, x: Region, out: Region): Launch => ({
  kernel: kernels.copy,
  constants: {},
  params: { n },
  regions: { x, out },
  workgroups: Math.ceil(n / GROUP),
})

export const touch = (out: Region): Launch => ({ kernel: kernels.touch, constants: {}, params: {}, regions: { out }, workgroups: 1 })

/** Large enough that a large GPU is full and its caches are not enough; a processor would take minutes for it. */
const SIZES = {
  gpu: { invocations: 2 ** 20, rounds: 512, copied: 128 * 2 ** 20 },
  processor: { invocations: 2 ** 12, rounds: 64, copied: 4 * 2 ** 20 },
}

/** Takes some hundred milliseconds. Rejects when the device fails. */
export async function measureCeilings(gpu: Gpu): Promise<Ceilings> {
  const { invocations, rounds, copied } = SIZES[gpu.software ? 'processor' : 'gpu']
  const bytes = Math.floor(Math.min(copied, gpu.limits.binding, gpu.limits.buffer) / 4096) * 4096
  const pool = createPool(gpu)
  const pipelines = createPipelines(gpu)
  const timer = createTimer(gpu, pool, pipelines)
  try {
    const [from, to] = ['copied from', 'copied to'].map((label) => whole(storage(label, bytes, 'planned')))
    const launches = [multiplyAdd(invocations, rounds, to), copy(bytes / 16, from, to), touch(to)]
    launches.forEach(pipelines.want)
    await gpu.orFailed(pipelines.ready())
    const memory = planMemory(launches)
    const scratch = pool.reserve(memory.sizes)
    const times: number[] = []
    for (const of of launches) times.push(await timer.time([of], memory, scratch.buffers, 5))
    const [added, moved, launch] = times
    return { flops: (invocations * rounds * 32 * 1000) / added, bytes: (2 * bytes * 1000) / moved, launch }
  } finally {
    timer.dispose()
    pool.dispose()
  }
}
