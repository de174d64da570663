import { expect, it } from 'vitest'
import { effectColour } from './depth-colour.ts'
import { halfOf, radiusOf } from './depth-figure.ts'

it('areas are proportional to the amount, of circles and squares alike', () => {
  for (const amount of [0, 0.1, 0.5, 1]) {
    const [round, square] = [Math.PI * radiusOf(amount, 30) ** 2, (2 * halfOf(amount, 30)) ** 2]
    expect(round).toBeCloseTo(amount * 24 ** 2, 9)
    expect(square).toBeCloseTo(amount * 24 ** 2, 9)
  }
  expect(radiusOf(1, 30)).toBeLessThan(15)
})

it('colours are centred on no change, end at the reach, and tell what was not measured', () => {
  expect(effectColour(0, 0.4, 'light')).toBe('#f7f7f4')
  expect(effectColour(0.4, 0.4, 'light')).toBe('#c85200')
  expect(effectColour(-0.4, 0.4, 'light')).toBe('#005494')
  expect(effectColour(9, 0.4, 'light')).toBe('#c85200')
  expect(effectColour(0.2, 0.4, 'light')).toBe('#e0a57a')
  expect(effectColour(0, 0, 'dark')).toBe('#2c2e33')
  expect(effectColour(null, 0.4, 'dark')).not.toBe(effectColour(0, 0.4, 'dark'))
})
