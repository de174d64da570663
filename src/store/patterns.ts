/** What a person is told of a head beside its heat map. */
import type { Slot } from '../model/wiring.ts'

const isEarlier = (layer: number, [key, value]: Slot): boolean => key < layer || value < layer

/** Whether the head weighs its own layer against an earlier one, so that its share of looking back is a finding. */
export function hasChoice(layer: number, slots: readonly Slot[]): boolean {
  return slots.some((slot) => isEarlier(layer, slot)) && slots.some((slot) => !isEarlier(layer, slot))
}

/**
 * The part (0 to 1) of a head's attention that lies on slots whose keys or values come from an earlier layer: the mean over the rows.
 * @param pattern probabilities [T, slots·T], row by row
 */
export function earlierShare(pattern: Float32Array, length: number, layer: number, slots: readonly Slot[]): number {
  let sum = 0
  slots.forEach((slot, s) => {
    if (!isEarlier(layer, slot)) return
    for (let row = 0; row < length; row++) {
      const from = (row * slots.length + s) * length
      // The causal mask leaves zeros right of the diagonal.
      for (let column = from; column <= from + row; column++) sum += pattern[column]
    }
  })
  return sum / length
}

/** "reads 2 | 1": one entry a slot, in the order of the map's parts; where keys and values differ both are named. */
export function readsLabel(slots: readonly Slot[]): string {
  return `reads ${slots.map(([key, value]) => (key === value ? `${key}` : `keys ${key}, values ${value}`)).join(' | ')}`
}
