import { describe, expect, test } from 'vitest'
import { parseSettings } from '../model/config.ts'
import { learningRate } from './schedule.ts'

const settings = (over: object) => parseSettings({ lr: 1, min_lr: 0.1, warmup: 10, steps: 110, decay_fraction: 0.25, ...over })
const all = (over: object): number[] => {
  const s = settings(over)
  return Array.from({ length: s.steps }, (_, i) => learningRate(s, i + 1))
}

test.each(['constant', 'cosine', 'linear', 'wsd'])('%s warms up in equal parts and never from 0', (schedule) => {
  const rates = all({ schedule })
  rates.slice(0, 10).forEach((rate, i) => expect(rate).toBeCloseTo((i + 1) / 11, 12))
  expect(Math.max(...rates)).toBeLessThanOrEqual(1)
})

test('constant stays', () => expect(all({ schedule: 'constant' }).slice(10)).toEqual(Array(100).fill(1)))

test('cosine is half way down in the middle and at min_lr at the last step', () => {
  const rates = all({ schedule: 'cosine' })
  expect(rates[59]).toBeCloseTo(0.55, 12)
  expect(rates[34]).toBeCloseTo(0.1 + 0.45 * (1 + Math.SQRT1_2), 12)
  expect(rates[109]).toBeCloseTo(0.1, 12)
})

test('linear falls by equal parts to min_lr', () => {
  const rates = all({ schedule: 'linear' })
  for (let i = 10; i < 110; i++) expect(rates[i]).toBeCloseTo(1 - 0.009 * (i - 9), 12)
})

test('wsd is constant, then falls to min_lr in the last part', () => {
  const rates = all({ schedule: 'wsd' })
  // ⌊110 · 0.75⌋ = 82 steps before the decay.
  expect(rates.slice(10, 82)).toEqual(Array(72).fill(1))
  expect(rates[82]).toBeCloseTo(1 - 0.9 / 28, 12)
  expect(rates[109]).toBeCloseTo(0.1, 12)
})

describe('edges', () => {
  test('beyond the last step the rate stays at min_lr', () => {
    for (const schedule of ['cosine', 'linear', 'wsd']) expect(learningRate(settings({ schedule }), 500)).toBeCloseTo(0.1, 12)
  })

  test('a warm-up longer than the run only warms up', () => {
    const rates = all({ schedule: 'cosine', warmup: 200 })
    expect(rates[109]).toBeCloseTo(110 / 201, 12)
  })

  test('no warm-up begins at the rate', () => {
    expect(learningRate(settings({ schedule: 'wsd', warmup: 0 }), 1)).toBe(1)
    expect(learningRate(settings({ schedule: 'linear', warmup: 0, steps: 1 }), 1)).toBeCloseTo(0.1, 12)
  })

  test('a rate below min_lr does not rise', () => {
    for (const schedule of ['cosine', 'linear', 'wsd']) {
      const rates = all({ schedule, lr: 0.01 })
      expect(Math.max(...rates)).toBeLessThanOrEqual(0.01)
      expect(rates[109]).toBeCloseTo(0.01, 12)
    }
  })
})
