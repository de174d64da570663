/** Launches compiled for a device: a flat list of (pipeline, bind group, workgroups). Running it creates nothing. */
import type { Gpu, Limits } from './device.ts'
import { packParams, type Kernel } from './kernel.ts'
import { ALIGNMENT, grid, mebibytes, storage, whole, type Launch, type Region, type Storage } from './launch.ts'
import type { MemoryPlan } from './memory.ts'
import type { MemoryPool } from './memory-pool.ts'
import type { Pipelines } from './pipelines.ts'

export interface EncodedPart {
  first?: number
  end?: number
  timestampWrites?: GPUComputePassTimestampWrites
}

export interface Plan {
  dispatches: number
  /** Records every dispatch, or those from `first` up to `end`, into one compute pass, which writes timestamps where it is asked to. */
  encode: (encoder: GPUCommandEncoder, part?: EncodedPart) => void
  /** Where a storage of this plan lies, for reading back. */
  bufferOf: (storage: Storage) => GPUBuffer
  /** Gives back what only this plan uses. Its scratch memory belongs to whoever reserved it. */
  dispose: () => void
}

// What a variant leaves unused is bound to these: one to read, one to write, since a dispatch may not do both to one buffer. Two bindings that are written must not
// overlap, so each has a place of its own.
const MOST_UNUSED = 4
export const NOTHING_READ = storage('nothing (read)', ALIGNMENT, 'owned')
export const NOTHING_WRITTEN = storage('nothing (written)', MOST_UNUSED * ALIGNMENT, 'owned')

/** Throws one line that names the fix when memory is to hold f16 and the device has none. */
export function checkTypes(launches: Launch[], limits: Limits): void {
  if (!limits.f16 && launches.some(({ regions }) => Object.values(regions).some((region) => region?.storage.f16)))
    throw new Error('This adapter has no f16 (the WebGPU feature shader-f16), which the dtype f16 needs. Set dtype to f32.')
}

/** Throws one line that names the fix: with the bytes and what to lower when a binding or a buffer is larger than the device allows, or as `checkTypes`. */
export function checkFits(launches: Launch[], limits: Limits): void {
  checkTypes(launches, limits)
  const lower = 'Lower batch_size, context_length, d_model or vocab_size, or raise accumulate.'
  for (const { kernel, regions } of launches) {
    if (kernel.bindings.length > limits.storageBuffers)
      throw new Error(`${kernel.name} binds ${kernel.bindings.length} storage buffers; this device allows ${limits.storageBuffers}.`)
    for (const region of Object.values(regions)) {
      if (!region) continue
      if (region.storage.bytes > limits.buffer)
        throw new Error(
          `This does not fit the GPU: "${region.storage.label}" needs ${mebibytes(region.storage.bytes)} in one buffer, the device allows ${mebibytes(limits.buffer)}. ${lower}`,
        )
      if (region.bytes > limits.binding)
        throw new Error(
          `This does not fit the GPU: "${region.storage.label}" needs ${mebibytes(region.bytes)} in one binding, the device allows ${mebibytes(limits.binding)}. ${lower}`,
        )
    }
  }
}

export interface Compile {
  gpu: Gpu
  pool: MemoryPool
  pipelines: Pipelines
  /** Buffers of at least the sizes that the memory plan asks for. */
  scratch: GPUBuffer[]
}

/** Compiles launches whose pipelines are ready. */
export function compilePlan({ gpu, pool, pipelines, scratch }: Compile, launches: Launch[], memory: MemoryPlan): Plan {
  const bufferOf = (s: Storage): GPUBuffer => {
    if (s.kind === 'owned') return pool.owned(s)
    const index = memory.place.get(s)
    if (index === undefined) throw new Error(`"${s.label}" was not planned.`)
    return scratch[index]
  }
  const uniforms = new DataView(new ArrayBuffer(Math.max(1, launches.length) * ALIGNMENT))
  launches.forEach((launch, i) => packParams(launch.kernel, launch.params, uniforms, i * ALIGNMENT))
  const uniformBuffer = pool.create('parameters of kernels', uniforms.byteLength, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST)
  gpu.device.queue.writeBuffer(uniformBuffer, 0, uniforms.buffer)

  const bound = ({ storage: s, offset, bytes }: Region): GPUBufferBinding => ({ buffer: bufferOf(s), offset, size: bytes })

  let last: { kernel: Kernel; regions: Launch['regions']; group: GPUBindGroup } | undefined
  const steps = launches.map((launch, i) => {
    const { kernel, regions } = launch
    const { pipeline, layout } = pipelines.get(launch)
    const [x, y] = grid(launch.workgroups, gpu.limits.workgroups)
    // Launches that are bound together (bind-together.ts).
    if (last?.regions === regions && last.kernel.bindings === kernel.bindings && kernel.paramsIndex === undefined)
      return { pipeline, group: last.group, x, y }
    for (const name of Object.keys(regions))
      if (!kernel.bindings.some((b) => b.name === name)) throw new Error(`${kernel.name} has no binding ${name}.`)
    let unused = 0
    const entries = kernel.bindings.map(({ name, index, access }): GPUBindGroupEntry => {
      const region = regions[name]
      if (region === undefined) throw new Error(`${kernel.name} needs the binding ${name}.`)
      if (region) return { binding: index, resource: bound(region) }
      if (access === 'read') return { binding: index, resource: bound(whole(NOTHING_READ)) }
      if (unused === MOST_UNUSED) throw new Error(`${kernel.name} leaves more than ${MOST_UNUSED} written bindings unused.`)
      return { binding: index, resource: bound({ storage: NOTHING_WRITTEN, offset: unused++ * ALIGNMENT, bytes: ALIGNMENT }) }
    })
    if (kernel.paramsIndex !== undefined)
      entries.push({ binding: kernel.paramsIndex, resource: { buffer: uniformBuffer, offset: i * ALIGNMENT, size: ALIGNMENT } })
    const group = gpu.device.createBindGroup({ label: kernel.name, layout, entries })
    last = { kernel, regions, group }
    return { pipeline, group, x, y }
  })

  return {
    dispatches: steps.length,
    encode: (encoder, { first = 0, end = steps.length, timestampWrites } = {}) => {
      const pass = encoder.beginComputePass({ timestampWrites })
      let current: GPUComputePipeline | undefined
      let currentGroup: GPUBindGroup | undefined
      for (let i = first; i < end; i++) {
        const { pipeline, group, x, y } = steps[i]
        if (pipeline !== current) pass.setPipeline((current = pipeline))
        if (group !== currentGroup) pass.setBindGroup(0, (currentGroup = group))
        pass.dispatchWorkgroups(x, y)
      }
      pass.end()
    },
    bufferOf,
    dispose: () => {
      pool.destroy(uniformBuffer)
      for (const { regions } of launches)
        for (const region of Object.values(regions)) if (region?.storage.data) pool.release(region.storage)
    },
  }
}
