/** Where the time of a step goes: every kind of launch by itself, beside what it has to do and what the adapter does at most. */
import { measureCeilings, type Ceilings } from '../gpu/ceilings.ts'
import type { Kernel } from '../gpu/kernel.ts'
import type { Launch } from '../gpu/launch.ts'
import { planMemory } from '../gpu/memory.ts'
import { createTimer, type ClockKind } from '../gpu/profiler.ts'
import type { Machine } from '../model/machine.ts'
import { workOf } from './work.ts'

export interface KernelTime {
  kernel: string
  shape: string
  /** Launches of a step that are alike: one kernel, one shape. */
  launches: number
  /** Milliseconds of one. */
  ms: number
  /** Milliseconds of all. */
  total_ms: number
  /** Of the sum over all kernels, 0 to 1. */
  share: number
  tflops: number
  gb_per_s: number
  /** What keeps one launch from being faster than `ceiling_ms` on this adapter: its operations, its bytes, or that it is a launch at all. */
  bound: 'operations' | 'bytes' | 'launch'
  ceiling_ms: number
  /** ceiling_ms / ms: 1 is as fast as the adapter can. */
  of_ceiling: number
}

export interface ProfileSummary {
  /** Launches of a step. */
  dispatches: number
  /** Milliseconds of all kernels, each timed alone. */
  kernels_ms: number
  /** Milliseconds of the step's launches one after another, as a step has them. */
  step_ms: number
  /** What the kernels would take at this adapter's ceilings. */
  ceiling_ms: number
  of_ceiling: number
  ceilings: { tflops: number; gb_per_s: number; launch_us: number }
  clock: ClockKind
}

export interface Profile {
  /** The largest share first. */
  kernels: KernelTime[]
  summary: ProfileSummary
}

/** How something long tells how far it is, and hears that it is to end. */
export interface Watch {
  progress?: (done: number, total: number) => void
  /** Throws where it is to end. */
  check?: () => void
}

interface Kind {
  launch: Launch
  shape: string
  launches: number
}

function kindsOf(launches: Launch[]): Kind[] {
  const kinds = new Map<string, Kind>()
  const numbers = new Map<Kernel, number>()
  for (const launch of launches) {
    const { kernel, params, constants, workgroups } = launch
    const { flops, bytes, detail } = workOf(launch)
    const sizes = ['M', 'N', 'K', 'T', 'D', 'n', 'splits', 'items'].flatMap((name) =>
      params[name] === undefined ? [] : [`${name} ${params[name]}`],
    )
    const flags = Object.entries(constants).flatMap(([name, value]) => (value ? [name.toLowerCase()] : []))
    const shape = [...sizes, ...(detail ? [detail] : []), `${workgroups} workgroups`, ...flags].join(' ')
    // Kernels of one name may differ by a constant of their text.
    if (!numbers.has(kernel)) numbers.set(kernel, numbers.size)
    const key = [numbers.get(kernel), shape, flops, bytes].join(' ')
    const kind = kinds.get(key)
    if (kind) kind.launches++
    else kinds.set(key, { launch, shape, launches: 1 })
  }
  return [...kinds.values()]
}

/** What a launch cannot be faster than. */
function ceilingOf(launch: Launch, ceilings: Ceilings): Pick<KernelTime, 'bound' | 'ceiling_ms'> {
  const { flops, bytes } = workOf(launch)
  const times = { operations: (1000 * flops) / ceilings.flops, bytes: (1000 * bytes) / ceilings.bytes, launch: ceilings.launch }
  const bound = (['operations', 'bytes', 'launch'] as const).reduce((most, name) => (times[name] > times[most] ? name : most))
  return { bound, ceiling_ms: times[bound] }
}

/** The weights are moved by it: profile a machine that nobody trains. */
export async function profileLaunches(machine: Machine, launches: Launch[], watch: Watch = {}): Promise<Profile> {
  const { gpu, pool, pipelines } = machine
  const memory = planMemory(launches)
  const kinds = kindsOf(launches)
  launches.forEach(pipelines.want)
  await gpu.orFailed(pipelines.ready())
  const ceilings = await measureCeilings(gpu)
  const scratch = pool.reserve(memory.sizes)
  const timer = createTimer(gpu, pool, pipelines)
  try {
    const times: Omit<KernelTime, 'share'>[] = []
    const total = kinds.length + 1
    for (const { launch, shape, launches: count } of kinds) {
      watch.check?.()
      watch.progress?.(times.length, total)
      const ms = await timer.time([launch], memory, scratch.buffers)
      const { flops, bytes } = workOf(launch)
      const ceiling = ceilingOf(launch, ceilings)
      times.push({
        kernel: launch.kernel.name,
        shape,
        launches: count,
        ms,
        total_ms: ms * count,
        tflops: flops / ms / 1e9,
        gb_per_s: bytes / ms / 1e6,
        ...ceiling,
        of_ceiling: ceiling.ceiling_ms / ms,
      })
    }
    watch.check?.()
    watch.progress?.(kinds.length, total)
    const step_ms = await timer.time(launches, memory, scratch.buffers)
    watch.progress?.(total, total)
    const kernels_ms = times.reduce((sum, { total_ms }) => sum + total_ms, 0)
    const ceiling_ms = times.reduce((sum, time) => sum + time.ceiling_ms * time.launches, 0)
    return {
      kernels: times.map((time) => ({ ...time, share: time.total_ms / kernels_ms })).sort((a, b) => b.total_ms - a.total_ms),
      summary: {
        dispatches: launches.length,
        kernels_ms,
        step_ms,
        ceiling_ms,
        of_ceiling: ceiling_ms / kernels_ms,
        ceilings: { tflops: ceilings.flops / 1e12, gb_per_s: ceilings.bytes / 1e9, launch_us: 1000 * ceilings.launch },
        clock: timer.clock,
      },
    }
  } finally {
    timer.dispose()
    scratch.free()
  }
}
