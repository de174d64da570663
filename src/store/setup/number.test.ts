import { expect, it } from 'vitest'
import { numberOf, rangeText } from './number.ts'

it('takes exponents and refuses what is no number', () => {
  expect(numberOf('A', '3e-3', { least: 0 })).toBe(0.003)
  for (const text of ['NaN', 'Infinity', ' ', '1,5']) expect(() => numberOf('A', text, { least: 0 })).toThrow('A is')
})

it('keeps bounds that belong to the range, and those that do not out of it', () => {
  expect(numberOf('A', '0', { least: 0, below: 1 })).toBe(0)
  expect(() => numberOf('A', '1', { least: 0, below: 1 })).toThrow('A is "1": give a number, at least 0 and below 1.')
  expect(() => numberOf('A', '0', { above: 0 })).toThrow('give a number, above 0.')
  expect(numberOf('A', '1', { above: 0, most: 1 })).toBe(1)
})

it('words a range', () => {
  expect(rangeText({ least: 1 })).toBe('1 or more')
  expect(rangeText({ least: 1, most: 3 })).toBe('from 1 to 3')
  expect(rangeText({ above: 0, most: 1 })).toBe('above 0 and at most 1')
})
