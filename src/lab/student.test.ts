import { describe, expect, it } from 'vitest'
import { meanWithInterval, studentQuantile, studentTwoSided } from './student.ts'

describe('studentQuantile', () => {
  // Two-sided 95 % and 99 % points as printed in tables (NIST/SEMATECH e-Handbook, 1.3.6.7.2).
  it.each([
    [1, 12.706, 63.657],
    [2, 4.303, 9.925],
    [3, 3.182, 5.841],
    [4, 2.776, 4.604],
    [7, 2.365, 3.499],
    [10, 2.228, 3.169],
    [31, 2.04, 2.744],
    [63, 1.998, 2.656],
    [100, 1.984, 2.626],
  ])('with %i degrees is %d at 95 %% and %d at 99 %%', (degrees, at95, at99) => {
    expect(studentQuantile(0.95, degrees)).toBeCloseTo(at95, 3)
    expect(studentQuantile(0.99, degrees)).toBeCloseTo(at99, 3)
  })

  it('comes to the normal distribution', () => expect(studentQuantile(0.95, 100_000)).toBeCloseTo(1.95999, 4))
})

describe('studentTwoSided', () => {
  it.each([1, 2, 5, 30])('is what the quantile with %i degrees leaves over', (degrees) => {
    for (const confidence of [0.5, 0.95, 0.999])
      expect(studentTwoSided(studentQuantile(confidence, degrees), degrees)).toBeCloseTo(1 - confidence, 10)
  })

  // With one degree Student's t is Cauchy's: 1 − 2·atan(t)/π.
  it('is the closed form where there is one', () => {
    expect(studentTwoSided(-1, 1)).toBeCloseTo(0.5, 12)
    expect(studentTwoSided(3, 1)).toBeCloseTo(1 - (2 * Math.atan(3)) / Math.PI, 12)
    expect(studentTwoSided(0, 7)).toBe(1)
  })
})

describe('meanWithInterval', () => {
  it('is the textbook interval', () => {
    // Standard deviation √2.5, n = 5, t = 2.776.
    const { mean, interval } = meanWithInterval([1, 2, 3, 4, 5], 0.95)
    expect(mean).toBe(3)
    expect(interval).toBeCloseTo(2.7764 * Math.sqrt(2.5 / 5), 3)
  })

  it('has no width where all values are one', () => expect(meanWithInterval([0.5, 0.5, 0.5], 0.95)).toEqual({ mean: 0.5, interval: 0 }))
})
