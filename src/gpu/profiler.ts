/**
 * How long a list of launches takes on the device. Clocks are coarse (a browser rounds timestamps to 100 µs, and looks for finished work every 2 ms or so) and a submit
 * costs more than most kernels, so the list is repeated until it lasts some milliseconds: between two timestamps of the GPU where it has them, else by the wall clock, as
 * the difference of many and three times as many repetitions, so that what a submit costs drops out.
 */
import type { Gpu } from './device.ts'
import type { Launch } from './launch.ts'
import type { MemoryPlan } from './memory.ts'
import type { MemoryPool } from './memory-pool.ts'
import type { Pipelines } from './pipelines.ts'
import { compilePlan, type Plan } from './plan.ts'
import { readStaging } from './readback.ts'

export type ClockKind = 'timestamps' | 'wall clock'

/** A plan to be encoded so many times in one submit. */
export interface Run {
  plan: Plan
  times: number
}

export interface Stopwatch {
  clock: ClockKind
  /** Milliseconds of each of at most MOST_RUNS runs, one after another; by the wall clock with the submit, and with what is waited for it. */
  run: (runs: readonly Run[]) => Promise<number[]>
  dispose: () => void
}

export interface Timer {
  clock: ClockKind
  /** Milliseconds of one pass through the launches, whose pipelines are ready: the median of `samples`. Their outputs are written. */
  time: (launches: Launch[], memory: MemoryPlan, scratch: GPUBuffer[], samples?: number) => Promise<number>
  dispose: () => void
}

/** Milliseconds that a measurement lasts at least: a browser's rounding is 2 % of it. */
const LASTING = 5
/** Milliseconds from which a single run is measure enough, whatever its submit costs. */
const LONG = 100
/** Encodings in a submit, at most. */
const MOST = 4096
/** Runs that are waited for together: the GPU's clock needs no wait in between, which in a browser takes longer than most runs. */
const MOST_RUNS = 32
/** Launches of a compute pass, about: what a pass costs is shared among them. */
const PASS = 64

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]

const clockOf = ({ device }: Gpu): ClockKind => (device.features.has('timestamp-query') ? 'timestamps' : 'wall clock')

export function createStopwatch(gpu: Gpu, pool: MemoryPool, clock = clockOf(gpu)): Stopwatch {
  const { device } = gpu
  const timestamps = clock === 'timestamps'
  const bytes = 16 * MOST_RUNS
  const querySet = timestamps ? device.createQuerySet({ label: 'profiler', type: 'timestamp', count: 2 * MOST_RUNS }) : undefined
  const resolved = timestamps ? pool.create('timestamps', bytes, GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC) : undefined
  const staging = timestamps ? pool.create('timestamps, read', bytes, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST) : undefined

  const encoded = ({ plan, times }: Run, at: number): GPUCommandBuffer => {
    const encoder = device.createCommandEncoder()
    for (let i = 0; i < times; i++) {
      const [first, last] = [i === 0, i === times - 1]
      const written = { ...(first && { beginningOfPassWriteIndex: 2 * at }), ...(last && { endOfPassWriteIndex: 2 * at + 1 }) }
      plan.encode(encoder, { timestampWrites: querySet && (first || last) ? { querySet, ...written } : undefined })
    }
    return encoder.finish()
  }

  const run = async (runs: readonly Run[]): Promise<number[]> => {
    if (runs.length > MOST_RUNS) throw new Error(`${runs.length} runs were asked for at once: at most ${MOST_RUNS} are timed together.`)
    const lasted: number[] = []
    if (runs.length === 0) return lasted
    if (!querySet || !resolved || !staging) {
      for (const one of runs) {
        const commands = encoded(one, 0)
        const began = performance.now()
        device.queue.submit([commands])
        await gpu.orFailed(device.queue.onSubmittedWorkDone())
        lasted.push(performance.now() - began)
      }
      return lasted
    }
    // A submit each, so that none is longer than it must be.
    for (const [at, one] of runs.entries()) device.queue.submit([encoded(one, at)])
    const encoder = device.createCommandEncoder()
    encoder.resolveQuerySet(querySet, 0, 2 * runs.length, resolved, 0)
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, 16 * runs.length)
    device.queue.submit([encoder.finish()])
    const stamps = new BigUint64Array(await readStaging(gpu, staging, 16 * runs.length))
    for (let at = 0; at < runs.length; at++) {
      // A run's first stamp may come while the run before it still computes, which is not its time.
      const before = at > 0 ? stamps[2 * at - 1] : 0n
      const from = stamps[2 * at] > before ? stamps[2 * at] : before
      const to = stamps[2 * at + 1]
      // Some clocks start anew; such a sample says nothing and is as if nothing had passed.
      lasted.push(to > from ? Number(to - from) / 1e6 : 0)
    }
    return lasted
  }

  return {
    clock,
    run,
    dispose: () => {
      querySet?.destroy()
      if (resolved) pool.destroy(resolved)
      if (staging) pool.destroy(staging)
    },
  }
}

export function createTimer(gpu: Gpu, pool: MemoryPool, pipelines: Pipelines): Timer {
  const { clock, run: runAll, dispose } = createStopwatch(gpu, pool)
  const run = async (plan: Plan, times: number): Promise<number> => (await runAll([{ plan, times }]))[0]

  /** A sample of n encodings: without timestamps the difference of 3n and n, which lasts 2n. */
  const sample = async (plan: Plan, n: number): Promise<{ ms: number; passes: number }> =>
    clock === 'timestamps' ? { ms: await run(plan, n), passes: n } : { ms: (await run(plan, 3 * n)) - (await run(plan, n)), passes: 2 * n }

  return {
    clock,
    time: async (launches, memory, scratch, samples = 3) => {
      const compiled = (copies: number): Plan =>
        compilePlan({ gpu, pool, pipelines, scratch }, Array.from({ length: copies }, () => launches).flat(), memory)
      const once = compiled(1)
      let plan: Plan | undefined
      try {
        // The first run is the driver's; the second tells what lasts long enough by itself, such as everything on a processor.
        await run(once, 1)
        const alone = await run(once, 1)
        if (alone >= LONG) return alone
        const copies = Math.max(1, Math.floor(PASS / launches.length))
        plan = compiled(copies)
        let n = 1
        for (;;) {
          const { ms } = await sample(plan, n)
          if (ms >= LASTING || n >= MOST) break
          n = ms > LASTING / 16 ? Math.ceil((1.2 * n * LASTING) / ms) : 8 * n
        }
        const results: number[] = []
        while (results.length < samples) {
          const { ms, passes } = await sample(plan, n)
          results.push(ms / passes / copies)
        }
        return median(results)
      } finally {
        once.dispose()
        plan?.dispose()
      }
    },
    dispose,
  }
}
