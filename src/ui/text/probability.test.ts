import { expect, it } from 'vitest'
import { bandOf, percentText, shown } from './probability.ts'

it('puts every probability into one of five bands', () => {
  expect([0, 0.0199, 0.02, 0.1, 0.29, 0.3, 0.7, 1].map(bandOf)).toEqual([0, 0, 1, 2, 2, 3, 4, 4])
})

it('writes per cent that are neither 0 nor 100 when the probability is not', () => {
  expect([0, 0.0004, 0.012, 0.0996, 0.5, 0.9966, 0.9995, 1].map(percentText)).toEqual([
    '0 %',
    'under 0.1 %',
    '1.2 %',
    '10 %',
    '50 %',
    '99.7 %',
    'over 99.9 %',
    '100 %',
  ])
})

it('lets blanks and line ends be seen', () => {
  expect(shown('a b\n')).toBe('a␣b⏎')
})
