import { expect, it } from 'vitest'
import { exactAccuracy } from './accuracy.ts'

const targets = Int32Array.of(-1, 5, 6, -1, 7, 8, -1, -1, -1)
const correct = Uint8Array.of(1, 1, 0, 0, 1, 1, 1, 1, 1)

it('counts answers token by token, where one is due', () => {
  expect(exactAccuracy('token', targets, correct, 3, 3)).toEqual({ right: 3, total: 4 })
})

it('counts sequences whose every answer is right, and none without answers', () => {
  expect(exactAccuracy('sequence', targets, correct, 3, 3)).toEqual({ right: 1, total: 2 })
})

it('refuses shapes that do not agree', () => {
  expect(() => exactAccuracy('token', targets, correct, 2, 3)).toThrow('[2, 3] needs 6 entries; there are 9 targets and 9 marks.')
})
