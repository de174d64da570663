/** Compute pipelines by kernel and constants, shared by all plans of a device. */
import type { Gpu } from './device.ts'
import type { Kernel } from './kernel.ts'
import type { Launch } from './launch.ts'

interface Entry {
  layout: GPUBindGroupLayout
  pipeline: GPUComputePipeline | undefined
  compiling: Promise<void>
}

export interface Compiled {
  pipeline: GPUComputePipeline
  layout: GPUBindGroupLayout
}

export interface Pipelines {
  /** Starts compiling what a launch needs. */
  want: (launch: Launch) => void
  /** Waits until everything wanted is compiled; rejects with the compiler's message. */
  ready: (progress?: (done: number, total: number) => void) => Promise<void>
  get: (launch: Launch) => Compiled
}

export function createPipelines({ device }: Gpu): Pipelines {
  const modules = new Map<string, GPUShaderModule>()
  const byKernel = new Map<Kernel, Map<string, Entry>>()
  const all: Entry[] = []

  const moduleOf = (kernel: Kernel): GPUShaderModule => {
    let module = modules.get(kernel.code)
    if (!module) modules.set(kernel.code, (module = device.createShaderModule({ label: kernel.name, code: kernel.code })))
    return module
  }

  const compile = (kernel: Kernel, constants: Record<string, number>): Entry => {
    for (const name of Object.keys(constants))
      if (!kernel.overrides.has(name)) throw new Error(`${kernel.name} has no override constant ${name}.`)
    const entries = kernel.bindings.map(({ index, access }): GPUBindGroupLayoutEntry => ({
      binding: index,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' },
    }))
    if (kernel.paramsIndex !== undefined)
      entries.push({ binding: kernel.paramsIndex, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'uniform' } })
    const layout = device.createBindGroupLayout({ label: kernel.name, entries })
    const entry: Entry = { layout, pipeline: undefined, compiling: Promise.resolve() }
    const descriptor = {
      label: kernel.name,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: moduleOf(kernel), entryPoint: kernel.entry, constants },
    }
    entry.compiling = device.createComputePipelineAsync(descriptor).then((pipeline) => {
      entry.pipeline = pipeline
    })
    // The failure is reported by ready(); until somebody waits it must not count as unhandled.
    entry.compiling.catch(() => undefined)
    all.push(entry)
    return entry
  }

  const entryOf = ({ kernel, constants }: Launch): Entry => {
    let variants = byKernel.get(kernel)
    if (!variants) byKernel.set(kernel, (variants = new Map<string, Entry>()))
    const key = JSON.stringify(Object.entries(constants).sort())
    let entry = variants.get(key)
    if (!entry) variants.set(key, (entry = compile(kernel, constants)))
    return entry
  }

  return {
    want: (launch) => void entryOf(launch),
    ready: async (progress) => {
      let done = 0
      progress?.(done, all.length)
      await Promise.all(all.map((entry) => entry.compiling.then(() => progress?.(++done, all.length))))
    },
    get: (launch) => {
      const { pipeline, layout } = entryOf(launch)
      if (!pipeline) throw new Error(`${launch.kernel.name} is not compiled yet: await ready() first.`)
      return { pipeline, layout }
    },
  }
}
