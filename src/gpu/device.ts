/** The adapter and the device: what it may bind, what it is, and what happens when it fails. */

/** The limits that decide whether a plan fits. Sizes in bytes. */
export interface Limits {
  binding: number
  buffer: number
  workgroups: number
  storageBuffers: number
  /** Bytes of workgroup memory. */
  workgroupBytes: number
  /** Whether shaders and buffers may hold f16: the feature shader-f16. */
  f16: boolean
}

/** What every WebGPU device guarantees. */
export const DEFAULT_LIMITS: Limits = {
  binding: 128 * 2 ** 20,
  buffer: 256 * 2 ** 20,
  workgroups: 65535,
  storageBuffers: 8,
  workgroupBytes: 16384,
  f16: false,
}

/** What an H200 reports through Dawn, to plan for one without having it. */
export const H200_LIMITS: Limits = {
  binding: 4 * 2 ** 30 - 4,
  buffer: 4 * 2 ** 40,
  workgroups: 65535,
  storageBuffers: 16,
  workgroupBytes: 49152,
  f16: true,
}

export interface Gpu {
  device: GPUDevice
  limits: Limits
  description: string
  /** A processor that pretends to be a GPU. */
  software: boolean
  /** Whether the kernels with barriers and workgroup memory run: the fast ones on GPUs, the slow ones on processors. */
  parallel: boolean
  /** Lanes of a subgroup, where every subgroup has as many; 0 where sizes differ, or there are none. */
  subgroup: number
  /** Rejects when the device is lost or reports an error that nobody caught; never resolves. For one listener a device: use `orFailed` for everything that is awaited. */
  failed: Promise<never>
  /** The promise, or the device's failure if that comes first. Leaves nothing behind when it settles, as racing against `failed` would. */
  orFailed: <T>(work: Promise<T>) => Promise<T>
}

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|warp|basic render|software/i

const WANTED = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
] as const

/** Opens the best adapter. `limits: 'default'` asks for no more than every device has. Throws one line that names the fix. */
export async function openGpu(gpu: GPU, options: { limits: 'adapter' | 'default' }): Promise<Gpu> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter)
    throw new Error('WebGPU is here but gave no adapter. Turn on hardware acceleration in the browser or update the graphics driver.')
  const requiredLimits: Record<string, number> = {}
  if (options.limits === 'adapter') for (const name of WANTED) requiredLimits[name] = adapter.limits[name]
  // Timestamps are for the profiler, which times by the wall clock where there are none; dtype f16 is refused where shader-f16 is missing.
  const requiredFeatures = (['timestamp-query', 'subgroups', 'shader-f16'] as const).filter((name) => adapter.features.has(name))
  const device = await adapter.requestDevice({ requiredLimits, requiredFeatures })
  const { vendor, architecture, device: model, description, subgroupMinSize, subgroupMaxSize } = adapter.info
  // Which of these an implementation fills, and whether the description is a name or a driver's version, is its own affair.
  const card = [model.startsWith(vendor) ? '' : vendor, architecture, model].filter(Boolean).join(' ')
  const name = [card, description && card ? `(${description})` : description].filter(Boolean).join(' ') || 'unnamed adapter'
  const software = SOFTWARE.test(`${name} ${vendor} ${architecture} ${model}`) || adapter.info.isFallbackAdapter
  const failed = new Promise<never>((_, reject) => {
    void device.lost.then((info) => {
      if (info.reason !== 'destroyed') reject(new Error(`The GPU was lost (${info.message || 'no reason given'}).`))
    })
    device.addEventListener('uncapturederror', (event) => reject(new Error(`The GPU reported an error: ${event.error.message}`)))
  })
  const waiting = new Set<(error: Error) => void>()
  let failure: Error | undefined
  // Whoever waits on the GPU sees the failure; nobody waiting must not be an unhandled rejection.
  failed.catch((error: Error) => {
    failure = error
    for (const reject of waiting) reject(error)
  })
  const orFailed = <T>(work: Promise<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (failure) {
        // It may fail too, and nobody waits for it any more.
        work.catch(() => undefined)
        return reject(failure)
      }
      waiting.add(reject)
      work.then(resolve, reject).finally(() => waiting.delete(reject))
    })
  return {
    device,
    limits: {
      binding: device.limits.maxStorageBufferBindingSize,
      buffer: device.limits.maxBufferSize,
      workgroups: device.limits.maxComputeWorkgroupsPerDimension,
      storageBuffers: device.limits.maxStorageBuffersPerShaderStage,
      workgroupBytes: device.limits.maxComputeWorkgroupStorageSize,
      f16: device.features.has('shader-f16'),
    },
    description: name,
    software,
    parallel: !software,
    subgroup: device.features.has('subgroups') && subgroupMinSize === subgroupMaxSize ? (subgroupMinSize ?? 0) : 0,
    failed,
    orFailed,
  }
}
