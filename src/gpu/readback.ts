/** Bytes back from the GPU. */
import type { Gpu } from './device.ts'
import type { MemoryPool } from './memory-pool.ts'

/** A copy of a staging buffer's first bytes, once the GPU has done what was submitted before. */
export async function readStaging(gpu: Gpu, staging: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
  await gpu.orFailed(staging.mapAsync(GPUMapMode.READ, 0, bytes))
  const copy = staging.getMappedRange(0, bytes).slice(0)
  staging.unmap()
  return copy
}

const createStaging = (pool: MemoryPool, label: string, bytes: number): GPUBuffer =>
  pool.create(label, bytes, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST)

function submitCopy({ device }: Gpu, { buffer, offset, bytes }: Source, into: GPUBuffer, at: number): void {
  const encoder = device.createCommandEncoder()
  encoder.copyBufferToBuffer(buffer, offset, into, at, bytes)
  device.queue.submit([encoder.finish()])
}

/** Where something lies. */
export interface Source {
  buffer: GPUBuffer
  offset: number
  bytes: number
}

/** One staging buffer that copies can be read through, one read at a time. */
export interface Reader {
  /** Copies when its turn comes (its own submit) and resolves with a copy of the bytes. */
  read: (buffer: GPUBuffer, offset: number, bytes: number) => Promise<ArrayBuffer>
  /** A read still on its way is rejected. */
  dispose: () => void
}

export function createReader(gpu: Gpu, pool: MemoryPool, capacity: number): Reader {
  const staging = createStaging(pool, 'readback', capacity)
  let last: Promise<unknown> = Promise.resolve()
  const readNow = async (buffer: GPUBuffer, offset: number, bytes: number): Promise<ArrayBuffer> => {
    const result = new ArrayBuffer(bytes)
    // Larger reads go through the staging buffer piece by piece.
    for (let done = 0; done < bytes; done += capacity) {
      const size = Math.min(capacity, bytes - done)
      submitCopy(gpu, { buffer, offset: offset + done, bytes: size }, staging, 0)
      new Uint8Array(result, done, size).set(new Uint8Array(await readStaging(gpu, staging, size)))
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

/** Several staging buffers, so that the GPU has work while what it did before is on its way back. */
export interface Collector {
  /**
   * Once a staging buffer is free: copies what `sources` yields, each before the next is asked for, all in one go. So each may be what a run leaves behind until the
   * next one, and the run be submitted by `sources` itself. Resolves with the bytes of all, one after another.
   */
  collect: (sources: () => Iterable<Source>) => Promise<ArrayBuffer>
  dispose: () => void
}

/** `capacity`: bytes of all sources together. */
export function createCollector(gpu: Gpu, pool: MemoryPool, capacity: number, buffers: number): Collector {
  const staging = Array.from({ length: buffers }, (_, i) => createStaging(pool, `collected ${i}`, capacity))
  const last: Promise<unknown>[] = staging.map(() => Promise.resolve())
  let turn = 0
  const collectNow = (into: GPUBuffer, sources: () => Iterable<Source>): Promise<ArrayBuffer> => {
    let bytes = 0
    for (const source of sources()) {
      submitCopy(gpu, source, into, bytes)
      bytes += source.bytes
    }
    return readStaging(gpu, into, bytes)
  }
  return {
    collect: (sources) => {
      const i = turn++ % buffers
      const next = last[i].then(() => collectNow(staging[i], sources))
      last[i] = next.catch(() => undefined)
      return next
    },
    dispose: () => staging.forEach(pool.destroy),
  }
}
