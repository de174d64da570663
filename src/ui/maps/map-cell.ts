/** A place on a large map, and how the arrow keys move it. */
import type { Slot } from '../../model/wiring.ts'
import { probabilityAt, sourceLabel, type Pattern } from '../../store/patterns.ts'

export interface MapCell {
  /** The position of the token that reads. */
  query: number
  slot: number
  /** The position of the token that is read. */
  key: number
}

/** The cell at a point of the picture, both coordinates from 0 to 1. */
export function cellAt(x: number, y: number, length: number, slots: number): MapCell {
  const within = (part: number, count: number) => Math.min(count - 1, Math.max(0, Math.floor(part * count)))
  const column = within(x, slots * length)
  return { query: within(y, length), slot: Math.floor(column / length), key: column % length }
}

/**
 * The cell that an arrow key, Home or End leads to, on tokens that can be read: a row goes on in the next part after its last one. Null for other keys.
 */
export function moveCell(cell: MapCell, key: string, length: number, slots: number): MapCell | null {
  const { query, slot } = cell
  const column = Math.min(cell.key, query)
  switch (key) {
    case 'ArrowLeft':
      if (column > 0) return { query, slot, key: column - 1 }
      return slot > 0 ? { query, slot: slot - 1, key: query } : { query, slot, key: column }
    case 'ArrowRight':
      if (column < query) return { query, slot, key: column + 1 }
      return slot + 1 < slots ? { query, slot: slot + 1, key: 0 } : { query, slot, key: column }
    case 'ArrowUp': {
      const above = Math.max(0, query - 1)
      return { query: above, slot, key: Math.min(column, above) }
    }
    case 'ArrowDown':
      return { query: Math.min(length - 1, query + 1), slot, key: column }
    case 'Home':
      return { query, slot: 0, key: 0 }
    case 'End':
      return { query, slot: slots - 1, key: query }
    default:
      return null
  }
}

/** "query ‹o› (position 12) → key ‹e› (position 3), layer 1: 0.234". */
export function tellCell(
  { query, slot, key }: MapCell,
  pattern: Pattern,
  labels: readonly string[],
  layer: number,
  slots: readonly Slot[],
): string {
  const reader = `query ‹${labels[query]}› (position ${query})`
  if (key > query) return `${reader} cannot read ‹${labels[key]}› (position ${key}): it comes later`
  const weight = probabilityAt(pattern, (query * slots.length + slot) * labels.length + key)
  const source = sourceLabel(layer, slots[slot])
  return `${reader} → key ‹${labels[key]}› (position ${key}), ${source === 'this layer' ? `this layer (${layer})` : source}: ${weight.toFixed(3)}`
}
