/** Counts what a device is asked for, by wrapping its calls: what is alive, what was created, and what a step dispatches and submits. */

export const KINDS = ['buffers', 'bindGroups', 'pipelines', 'layouts', 'shaderModules'] as const
export type Kind = (typeof KINDS)[number]

export interface Live extends Record<Kind, number> {
  /** Of live buffers. */
  bytes: number
}

export interface GpuCounts {
  /**
   * What is alive now. A buffer lives until it is destroyed, everything else until it is collected: with --expose-gc this collects first, without it
   * bind groups, pipelines, layouts and shader modules count as alive for ever.
   */
  live: () => Promise<Live>
  /** Created since the wrapping, alive or not. */
  readonly created: Readonly<Record<Kind, number>>
  readonly dispatches: number
  readonly submits: number
}

const none = (): Record<Kind, number> => ({ buffers: 0, bindGroups: 0, pipelines: 0, layouts: 0, shaderModules: 0 })

/** Replaces a property of one object; its prototype and all other objects keep theirs. */
function replace<T extends object, K extends keyof T>(object: T, name: K, value: T[K]): void {
  Object.defineProperty(object, name, { value, configurable: true })
}

const macrotask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))

/** Call it before anything is made from the device. */
export function countGpu(device: GPUDevice): GpuCounts {
  const created = none()
  const collected = none()
  const buffers = new Set<number>()
  const sizes = new Map<number, number>()
  let dispatches = 0
  let submits = 0

  const registry = new FinalizationRegistry<Kind>((kind) => void collected[kind]++)
  const noted = <T extends object>(kind: Kind, object: T): T => {
    created[kind]++
    registry.register(object, kind)
    return object
  }

  const createBuffer = device.createBuffer.bind(device)
  const createBindGroup = device.createBindGroup.bind(device)
  const createBindGroupLayout = device.createBindGroupLayout.bind(device)
  const createPipelineLayout = device.createPipelineLayout.bind(device)
  const createShaderModule = device.createShaderModule.bind(device)
  const createComputePipeline = device.createComputePipeline.bind(device)
  const createComputePipelineAsync = device.createComputePipelineAsync.bind(device)
  const createCommandEncoder = device.createCommandEncoder.bind(device)
  replace(device, 'createBuffer', (descriptor) => {
    const buffer = createBuffer(descriptor)
    const id = created.buffers++
    buffers.add(id)
    sizes.set(id, buffer.size)
    const destroy = buffer.destroy.bind(buffer)
    replace(buffer, 'destroy', () => {
      destroy()
      buffers.delete(id)
      return undefined
    })
    return buffer
  })
  replace(device, 'createBindGroup', (descriptor) => noted('bindGroups', createBindGroup(descriptor)))
  replace(device, 'createBindGroupLayout', (descriptor) => noted('layouts', createBindGroupLayout(descriptor)))
  replace(device, 'createPipelineLayout', (descriptor) => noted('layouts', createPipelineLayout(descriptor)))
  replace(device, 'createShaderModule', (descriptor) => noted('shaderModules', createShaderModule(descriptor)))
  replace(device, 'createComputePipeline', (descriptor) => noted('pipelines', createComputePipeline(descriptor)))
  replace(device, 'createComputePipelineAsync', async (descriptor) => noted('pipelines', await createComputePipelineAsync(descriptor)))
  replace(device, 'createCommandEncoder', (descriptor) => {
    const encoder = createCommandEncoder(descriptor)
    const beginComputePass = encoder.beginComputePass.bind(encoder)
    replace(encoder, 'beginComputePass', (passDescriptor) => {
      const pass = beginComputePass(passDescriptor)
      const dispatchWorkgroups = pass.dispatchWorkgroups.bind(pass)
      replace(pass, 'dispatchWorkgroups', (x, y, z) => {
        dispatches++
        return dispatchWorkgroups(x, y, z)
      })
      return pass
    })
    return encoder
  })
  const { queue } = device
  const submit = queue.submit.bind(queue)
  replace(queue, 'submit', (commands) => {
    submits++
    return submit(commands)
  })
  // Dawn's getter makes a new object at each call, which would not be the wrapped one.
  replace(device, 'queue', queue)

  return {
    created,
    get dispatches() {
      return dispatches
    },
    get submits() {
      return submits
    },
    live: async () => {
      // A finalizer runs in a later task, and what it lets go of only at the next collection.
      for (let i = 0; i < 4; i++) {
        globalThis.gc?.()
        await macrotask()
      }
      const live: Live = { ...none(), bytes: 0 }
      for (const kind of KINDS) live[kind] = created[kind] - collected[kind]
      live.buffers = buffers.size
      for (const id of buffers) live.bytes += sizes.get(id) ?? 0
      return live
    },
  }
}
