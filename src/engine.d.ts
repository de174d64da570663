/**
 * What the engine may use of the world around it: the few globals that a page, a worker and Node have in common, in the part that it needs.
 * Only tsconfig.engine.json includes this file; elsewhere the full declarations of DOM or Node stand.
 */
interface TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>
}
declare const TextEncoder: { new (): TextEncoder }

interface TextDecoder {
  decode(bytes?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string
}
declare const TextDecoder: { new (label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }): TextDecoder }

declare const performance: { now(): number }
declare const crypto: {
  getRandomValues<T extends Uint8Array | Uint32Array>(array: T): T
  randomUUID(): string
  readonly subtle: { digest(algorithm: 'SHA-256', data: ArrayBuffer | ArrayBufferView): Promise<ArrayBuffer> }
}

declare function setTimeout(callback: () => void, milliseconds?: number): unknown
declare function clearTimeout(timer: unknown): void
declare function queueMicrotask(callback: () => void): void
declare function structuredClone<T>(value: T): T

declare const console: Record<'log' | 'info' | 'warn' | 'error', (...values: unknown[]) => void>

/** Declared for `GPUDevice`, which is one; its own events are typed by @webgpu/types. */
interface Event {
  readonly type: string
}
interface EventInit {
  bubbles?: boolean
}
interface EventTarget {
  addEventListener(type: string, listener: (event: Event) => void): void
  removeEventListener(type: string, listener: (event: Event) => void): void
}
interface DOMException extends Error {
  readonly code: number
}
/** Absent where there is no WebGPU. */
declare const navigator: { readonly gpu?: GPU }
