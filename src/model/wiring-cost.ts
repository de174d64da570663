/** What a wiring costs beside the standard one of the same shape, counted from its reads alone: no device is asked. */
import { gradientPlaces, storeBytes } from '../tensor/store.ts'
import type { ModelShape } from './config.ts'
import type { Reads } from './wiring.ts'

export type CostShape = Pick<ModelShape, 'n_layers' | 'n_heads' | 'n_kv_heads' | 'd_model' | 'context_length' | 'bias'>

/** A key or value projection that no head reads, so that its gradient is zero. */
export interface IdleProjection {
  layer: number
  /** The key/value head, 0 to n_kv_heads - 1. */
  kvHead: number
  part: 'keys' | 'values'
}

export interface WiringCost {
  /** Sources of all heads; the standard wiring has one a head. */
  slots: number
  /** Sources ÷ heads of all layers: how often the standard wiring's attention work is done. Every other part of a step is the same. */
  attention: number
  /**
   * How many layers' gradients of keys and values are held at one time in the backward pass: a layer's wait from its topmost reader down to itself.
   * The standard wiring holds 1.
   */
  layersHeld: number
  /** Bytes of GPU memory that training holds beyond the standard wiring's for those gradients, for the whole batch. */
  trainingBytes: number
  idle: IdleProjection[]
  /** Parameters of the idle projections: weights [E, D] and, with `bias`, biases [E] each. */
  idleParameters: number
}

/** Key and value projections that no query head reads; query head h uses key/value head ⌊h ÷ (H/G)⌋ of every layer that it reads. */
export function idleProjections(reads: Reads, { n_heads, n_kv_heads }: Pick<CostShape, 'n_heads' | 'n_kv_heads'>): IdleProjection[] {
  const nameOf = (layer: number, part: string, kvHead: number): string => `${layer}.${part}.${kvHead}`
  const read = new Set<string>()
  for (const heads of reads)
    heads.forEach((slots, h) => {
      const kvHead = Math.floor(h / (n_heads / n_kv_heads))
      for (const [key, value] of slots) read.add(nameOf(key, 'keys', kvHead)).add(nameOf(value, 'values', kvHead))
    })
  const idle: IdleProjection[] = []
  for (let layer = 0; layer < reads.length; layer++)
    for (const part of ['keys', 'values'] as const)
      for (let kvHead = 0; kvHead < n_kv_heads; kvHead++) if (!read.has(nameOf(layer, part, kvHead))) idle.push({ layer, kvHead, part })
  return idle
}

/** `batch` in sequences. Keys and values of every layer are kept in training and in generation whatever the wiring, so only their gradients differ. */
export function wiringCost(reads: Reads, shape: CostShape, batch: number): WiringCost {
  const E = shape.d_model / shape.n_heads
  const dims = { B: batch, T: shape.context_length, L: shape.n_layers, H: shape.n_heads, G: shape.n_kv_heads, E }
  const slots = reads.flat().reduce((sum, head) => sum + head.length, 0)
  const layersHeld = Math.max(...gradientPlaces(reads)) + 1
  const idle = idleProjections(reads, shape)
  return {
    slots,
    attention: slots / (shape.n_layers * shape.n_heads),
    layersHeld,
    trainingBytes: storeBytes(batch, layersHeld - 1, dims),
    idle,
    idleParameters: idle.length * E * (shape.d_model + (shape.bias ? 1 : 0)),
  }
}
