/** How long each kernel of a step takes: every launch is repeated until it takes a few milliseconds, since clocks are coarse and a submit costs more than a kernel. */
import type { Launch } from '../gpu/launch.ts'
import { planMemory } from '../gpu/memory.ts'
import { compilePlan } from '../gpu/plan.ts'
import type { Machine } from '../model/machine.ts'

export interface KernelTime {
  kernel: string
  /** Launches of a step that are alike: one kernel, one shape. */
  launches: number
  /** Milliseconds of one. */
  ms: number
  shape: string
}

const REPEATS = 20

/** Times by kernel and shape, the largest share first. The weights are moved by it: profile a machine that nobody trains. */
export async function profileLaunches(machine: Machine, launches: Launch[]): Promise<KernelTime[]> {
  const { gpu, pool, pipelines } = machine
  const memory = planMemory(launches)
  const scratch = pool.reserve(memory.sizes)
  launches.forEach(pipelines.want)
  await pipelines.ready()
  const shapeOf = ({ params, constants, workgroups }: Launch): string => {
    const sizes = ['M', 'N', 'K', 'T', 'D', 'n', 'splits', 'items'].flatMap((name) =>
      params[name] === undefined ? [] : [`${name} ${params[name]}`],
    )
    const flags = Object.entries(constants).flatMap(([name, value]) => (value ? [name.toLowerCase()] : []))
    return [...sizes, `${workgroups} workgroups`, ...flags].join(' ')
  }
  const kinds = new Map<string, { launch: Launch; count: number }>()
  for (const launch of launches) {
    const key = `${launch.kernel.name} ${shapeOf(launch)}`
    const kind = kinds.get(key)
    if (kind) kind.count++
    else kinds.set(key, { launch, count: 1 })
  }
  const times: KernelTime[] = []
  for (const { launch, count } of kinds.values()) {
    const repeated = Array.from({ length: REPEATS }, () => launch)
    const plan = compilePlan({ gpu, pool, pipelines, scratch: scratch.buffers }, repeated, memory)
    const run = async (): Promise<number> => {
      const encoder = gpu.device.createCommandEncoder()
      plan.encode(encoder)
      const began = performance.now()
      gpu.device.queue.submit([encoder.finish()])
      await gpu.device.queue.onSubmittedWorkDone()
      return performance.now() - began
    }
    await run()
    const runs = [await run(), await run(), await run()].sort((a, b) => a - b)
    times.push({ kernel: launch.kernel.name, launches: count, ms: runs[1] / REPEATS, shape: shapeOf(launch) })
    plan.dispose()
  }
  scratch.free()
  return times.sort((a, b) => b.ms * b.launches - a.ms * a.launches)
}
