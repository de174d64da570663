/** One dispatch as data: a kernel, what it is bound to and how many workgroups. A list of launches is what a plan compiles. */
import type { Kernel } from './kernel.ts'

/** Bytes that kernels read and write. `owned` storage outlives a plan and is created by its owner; `planned` storage is placed by the memory planner. */
export interface Storage {
  readonly label: string
  readonly bytes: number
  readonly kind: 'owned' | 'planned'
  /** Holds f16 instead of f32: kernels convert what they read and write (half.ts). */
  readonly f16?: boolean
  /** Kept until the plan's end, because somebody reads it back. */
  keep?: boolean
  /** What an owned storage starts with, instead of zeros: tables that kernels read. */
  data?: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>
}

/** Bytes of one value. */
export const valueBytes = (f16: boolean | undefined): number => (f16 ? 2 : 4)

/** A part of a storage; `offset` and `bytes` in bytes, `offset` a multiple of 256. */
export interface Region {
  storage: Storage
  offset: number
  bytes: number
}

export interface Launch {
  kernel: Kernel
  /** Override constants. */
  constants: Record<string, number>
  params: Record<string, number>
  /** By binding name; null where the variant leaves a binding unused. */
  regions: Record<string, Region | null>
  workgroups: number
}

/** The least offset of a binding that every adapter accepts, in bytes. */
export const ALIGNMENT = 256

export const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

export const align = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT

export function storage(label: string, bytes: number, kind: Storage['kind'], f16 = false): Storage {
  return { label, bytes: Math.max(align(bytes), ALIGNMENT), kind, f16 }
}

/** A constant that kernels read. */
export function constant(label: string, data: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): Region {
  const s: Storage = { ...storage(label, data.byteLength, 'owned'), data }
  return whole(s)
}

export const whole = (s: Storage): Region => ({ storage: s, offset: 0, bytes: s.bytes })

/** A grid of `workgroups` as dimensions of at most `most` each; kernels fold it back with linear_workgroup. */
export function grid(workgroups: number, most: number): [number, number] {
  if (workgroups <= most) return [workgroups, 1]
  const rows = Math.ceil(workgroups / most)
  return [Math.ceil(workgroups / rows), rows]
}
