import { describe, expect, it } from 'vitest'
import { differenceOf, holm } from './statistics.ts'

describe('differenceOf', () => {
  it('is the paired t test', () => {
    // Mean 0.3, standard deviation 0.1: t = 0.3 ÷ (0.1 ÷ √3) = 5.196 with 2 degrees, for which p = 1 − t ÷ √(2 + t²).
    const { mean, interval, p } = differenceOf([0.2, 0.3, 0.4])
    const t = 0.3 / (0.1 / Math.sqrt(3))
    expect(mean).toBeCloseTo(0.3, 12)
    expect(interval).toBeCloseTo(4.302653 * (0.1 / Math.sqrt(3)), 5)
    expect(p).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 10)
  })

  it('excludes zero just where p is below 0.05', () => {
    for (let i = 0; i < 200; i++) {
      const { mean, interval, p } = differenceOf([Math.sin(i), Math.cos(3 * i), Math.sin(7 * i) + 0.9, 0.8])
      expect(Math.abs(mean) > (interval ?? NaN)).toBe((p ?? NaN) < 0.05)
    }
  })

  it('has no interval of one pair, and no chance where all pairs are one', () => {
    expect(differenceOf([0.5])).toEqual({ mean: 0.5, interval: null, p: null, each: [0.5] })
    expect(differenceOf([0.5, 0.5])).toMatchObject({ interval: 0, p: 0 })
    expect(differenceOf([0, 0, 0])).toMatchObject({ interval: 0, p: 1 })
    expect(() => differenceOf([])).toThrow('no pair')
  })
})

describe('holm', () => {
  it('is the worked example', () => {
    // Sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1; none below the one before it.
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02])
  })

  it('leaves one alone, and stays within 1', () => {
    expect(holm([0.04])).toEqual([0.04])
    expect(holm([0.7, 0.6])).toEqual([1, 1])
    expect(holm([])).toEqual([])
  })
})
