/** The GPU buffers behind storages: created once, destroyed together. */
import type { Gpu } from './device.ts'
import { align, type Storage } from './launch.ts'

const STORAGE = () => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST

export interface Scratch {
  buffers: GPUBuffer[]
  free: () => void
}

export interface MemoryPool {
  /** The buffer of an owned storage, created (zeroed) on the first request. */
  owned: (storage: Storage) => GPUBuffer
  /** Buffers for planned storages, shared by the plans compiled with them. */
  reserve: (sizes: number[]) => Scratch
  /** Destroys the buffer of an owned storage, if it has one. */
  release: (storage: Storage) => void
  create: (label: string, bytes: number, usage: GPUBufferUsageFlags) => GPUBuffer
  destroy: (buffer: GPUBuffer) => void
  bytes: () => number
  dispose: () => void
}

export function createPool(gpu: Gpu): MemoryPool {
  const all = new Set<GPUBuffer>()
  const byStorage = new Map<Storage, GPUBuffer>()
  const create = (label: string, bytes: number, usage: GPUBufferUsageFlags): GPUBuffer => {
    const buffer = gpu.device.createBuffer({ label, size: align(bytes), usage })
    all.add(buffer)
    return buffer
  }
  const destroy = (buffer: GPUBuffer): void => {
    buffer.destroy()
    all.delete(buffer)
  }
  return {
    create,
    destroy,
    owned: (storage) => {
      let buffer = byStorage.get(storage)
      if (!buffer) {
        byStorage.set(storage, (buffer = create(storage.label, storage.bytes, STORAGE())))
        if (storage.data) gpu.device.queue.writeBuffer(buffer, 0, storage.data)
      }
      return buffer
    },
    release: (storage) => {
      const buffer = byStorage.get(storage)
      if (buffer) destroy(buffer)
      byStorage.delete(storage)
    },
    reserve: (sizes) => {
      const buffers = sizes.map((bytes, i) => create(`scratch ${i}`, bytes, STORAGE()))
      return { buffers, free: () => buffers.forEach(destroy) }
    },
    bytes: () => [...all].reduce((sum, buffer) => sum + buffer.size, 0),
    dispose: () => {
      for (const buffer of all) destroy(buffer)
      byStorage.clear()
    },
  }
}
