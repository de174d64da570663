/** Attention probabilities of one head, and words for what a head reads. */
import { isEarlier, type Slot } from '../model/wiring.ts'

/** [T, slots·T] row by row. Floats are probabilities; a byte b is round(255·√p) and stands for (b/255)². */
export type Pattern = Float32Array | Uint8Array

export const probabilityAt = (pattern: Pattern, index: number): number =>
  pattern instanceof Uint8Array ? (pattern[index] / 255) ** 2 : pattern[index]

/**
 * The part (0 to 1) of a head's attention on each of its slots: the mean over the rows. Together they are 1, also for bytes, whose rounding is taken out by
 * dividing by their sum.
 */
export function slotTotals(pattern: Pattern, length: number, slots: number): number[] {
  const totals = Array.from({ length: slots }, (_, slot) => {
    let sum = 0
    for (let row = 0; row < length; row++) {
      const from = (row * slots + slot) * length
      // The causal mask leaves zeros right of the diagonal.
      for (let at = from; at <= from + row; at++) sum += probabilityAt(pattern, at)
    }
    return sum
  })
  const all = totals.reduce((a, b) => a + b, 0)
  return totals.map((total) => (all > 0 ? total / all : 0))
}

/** What a slot brings to a head of `layer`: "this layer", "layer 1", "values from layer 0", … */
export function sourceLabel(layer: number, slot: Slot): string {
  const [key, value] = slot
  if (!isEarlier(layer, slot)) return 'this layer'
  if (key === value) return `layer ${key}`
  if (key === layer) return `values from layer ${value}`
  if (value === layer) return `keys from layer ${key}`
  return `keys from layer ${key}, values from layer ${value}`
}
