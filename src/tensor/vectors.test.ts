import { expect, test } from 'vitest'
import { lanesFor, vectorWidth } from './vectors.ts'

test('rows are read four numbers at a time where their width allows it', () => {
  expect([1, 2, 4, 65, 768].map(vectorWidth)).toEqual([1, 1, 4, 1, 4])
})

test.each([
  [1, 6, 16, 16],
  [96, 6, 16, 16],
  [97, 6, 16, 32],
  [192, 3, 16, 64],
  [2048, 8, 8, 256],
  // More than 256 invocations cannot share a row: each then takes more.
  [100_000, 8, 8, 256],
])('%d values, at most %d each: from %d on %d invocations', (steps, most, least, lanes) => {
  expect(lanesFor(steps, most, least)).toBe(lanes)
})
