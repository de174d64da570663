/** Bytes back from the GPU, and a ring of mapped buffers for those that come back while the next steps run. */
import type { Gpu } from './device.ts'
import type { MemoryPool } from './memory-pool.ts'

/** One staging buffer that copies can be read through, one read at a time. */
export interface Reader {
  /** Copies now (its own submit) and resolves with a copy of the bytes. */
  read: (buffer: GPUBuffer, offset: number, bytes: number) => Promise<ArrayBuffer>
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
      await Promise.race([staging.mapAsync(GPUMapMode.READ, 0, size), gpu.failed])
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
  }
}

/** Several staging buffers, so that a copy can be on its way back while the next is asked for. */
export interface Ring {
  /** True when a copy can be taken without waiting. */
  free: () => boolean
  /** Adds the copy to the encoder; call `fetch` after its submit. */
  copy: (encoder: GPUCommandEncoder, buffer: GPUBuffer, bytes: number) => { fetch: () => Promise<ArrayBuffer> }
}

export function createRing(gpu: Gpu, pool: MemoryPool, bytes: number, count = 3): Ring {
  const idle = Array.from({ length: count }, (_, i) =>
    pool.create(`readback ring ${i}`, bytes, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST),
  )
  return {
    free: () => idle.length > 0,
    copy: (encoder, buffer, size) => {
      const staging = idle.pop()
      if (!staging) throw new Error('Every readback buffer is on its way: ask free() first.')
      encoder.copyBufferToBuffer(buffer, 0, staging, 0, size)
      return {
        fetch: async () => {
          await Promise.race([staging.mapAsync(GPUMapMode.READ, 0, size), gpu.failed])
          const copy = staging.getMappedRange(0, size).slice(0)
          staging.unmap()
          idle.push(staging)
          return copy
        },
      }
    },
  }
}
