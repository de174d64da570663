/** Bytes back from the GPU. */
import type { Gpu } from './device.ts'
import type { MemoryPool } from './memory-pool.ts'

/** One staging buffer that copies can be read through, one read at a time. */
export interface Reader {
  /** Copies now (its own submit) and resolves with a copy of the bytes. */
  read: (buffer: GPUBuffer, offset: number, bytes: number) => Promise<ArrayBuffer>
  /** A read still on its way is rejected. */
  dispose: () => void
}

export function createReader(gpu: Gpu, pool: MemoryPool, capacity: number): Reader {
  const staging = pool.create('readback', capacity, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST)
  let last: Promise<unknown> = Promise.resolve()
  const readNow = async (buffer: GPUBuffer, offset: number, bytes: number): Promise<ArrayBuffer> => {
    const result = new ArrayBuffer(bytes)
    // Larger reads go through the staging buffer piece by piece.
    for (let done = 0; done < bytes; done += capacity) {
      const size = Math.min(capacity, bytes - done)
      const encoder = gpu.device.createCommandEncoder()
      encoder.copyBufferToBuffer(buffer, offset + done, staging, 0, size)
      gpu.device.queue.submit([encoder.finish()])
      await gpu.orFailed(staging.mapAsync(GPUMapMode.READ, 0, size))
      new Uint8Array(result, done, size).set(new Uint8Array(staging.getMappedRange(0, size)))
      staging.unmap()
    }
    return result
  }
  return {
    read: (buffer, offset, bytes) => {
      const next = last.then(() => readNow(buffer, offset, bytes))
      last = next.catch(() => undefined)
      return next
    },
    dispose: () => pool.destroy(staging),
  }
}
