import { expect, it } from 'vitest'
import { tickPositions } from './ticks.ts'

it('labels every token where there is room', () => {
  expect(tickPositions(4, 6)).toEqual([0, 1, 2, 3])
  expect(tickPositions(1, 6)).toEqual([0])
  expect(tickPositions(0, 6)).toEqual([])
})

it('labels the first, the last and every nth', () => {
  expect(tickPositions(32, 6)).toEqual([0, 10, 20, 31])
  expect(tickPositions(64, 8)).toEqual([0, 10, 20, 30, 40, 50, 63])
  expect(tickPositions(128, 33)).toEqual([...Array.from({ length: 25 }, (_, i) => 5 * i), 127])
})

it('never labels more than it may, and keeps the last apart', () => {
  for (let length = 2; length < 300; length += 7)
    for (let most = 2; most < 40; most += 3) {
      const ticks = tickPositions(length, most)
      expect(ticks.length).toBeLessThanOrEqual(most)
      expect(ticks[0]).toBe(0)
      expect(ticks.at(-1)).toBe(length - 1)
      const gaps = ticks.slice(1).map((tick, i) => tick - ticks[i])
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(Math.max(1, Math.max(...gaps) / 3))
    }
})
