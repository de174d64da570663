import { expect, it } from 'vitest'
import type { Slot } from '../../model/wiring.ts'
import { cellAt, moveCell, tellCell } from './map-cell.ts'

const SLOTS: Slot[] = [
  [2, 2],
  [1, 1],
]

it('finds the cell under a point', () => {
  expect(cellAt(0, 0, 4, 2)).toEqual({ query: 0, slot: 0, key: 0 })
  expect(cellAt(0.99, 0.3, 4, 2)).toEqual({ query: 1, slot: 1, key: 3 })
  expect(cellAt(0.5, 0.76, 4, 2)).toEqual({ query: 3, slot: 1, key: 0 })
  expect(cellAt(1, -0.1, 4, 2)).toEqual({ query: 0, slot: 1, key: 3 })
})

it('moves over what can be read, part after part', () => {
  expect(moveCell({ query: 2, slot: 0, key: 1 }, 'ArrowRight', 4, 2)).toEqual({ query: 2, slot: 0, key: 2 })
  expect(moveCell({ query: 2, slot: 0, key: 2 }, 'ArrowRight', 4, 2)).toEqual({ query: 2, slot: 1, key: 0 })
  expect(moveCell({ query: 2, slot: 1, key: 2 }, 'ArrowRight', 4, 2)).toEqual({ query: 2, slot: 1, key: 2 })
  expect(moveCell({ query: 2, slot: 1, key: 0 }, 'ArrowLeft', 4, 2)).toEqual({ query: 2, slot: 0, key: 2 })
  expect(moveCell({ query: 2, slot: 0, key: 0 }, 'ArrowLeft', 4, 2)).toEqual({ query: 2, slot: 0, key: 0 })
  expect(moveCell({ query: 2, slot: 1, key: 2 }, 'ArrowUp', 4, 2)).toEqual({ query: 1, slot: 1, key: 1 })
  expect(moveCell({ query: 3, slot: 1, key: 2 }, 'ArrowDown', 4, 2)).toEqual({ query: 3, slot: 1, key: 2 })
  expect(moveCell({ query: 2, slot: 1, key: 1 }, 'Home', 4, 2)).toEqual({ query: 2, slot: 0, key: 0 })
  expect(moveCell({ query: 2, slot: 0, key: 1 }, 'End', 4, 2)).toEqual({ query: 2, slot: 1, key: 2 })
  expect(moveCell({ query: 2, slot: 0, key: 1 }, 'a', 4, 2)).toBeNull()
})

it('tells query, key, layer and weight', () => {
  // T = 2: each row is [own, own, earlier, earlier].
  const pattern = new Float32Array([0.75, 0, 0.25, 0, 0.125, 0.125, 0.25, 0.5])
  expect(tellCell({ query: 1, slot: 1, key: 0 }, pattern, ['a', 'b'], 2, SLOTS)).toBe(
    'query ‹b› (position 1) → key ‹a› (position 0), layer 1: 0.250',
  )
  expect(tellCell({ query: 0, slot: 0, key: 0 }, pattern, ['a', 'b'], 2, SLOTS)).toBe(
    'query ‹a› (position 0) → key ‹a› (position 0), this layer (2): 0.750',
  )
  expect(tellCell({ query: 0, slot: 0, key: 1 }, pattern, ['a', 'b'], 2, SLOTS)).toBe(
    'query ‹a› (position 0) cannot read ‹b› (position 1): it comes later',
  )
})
