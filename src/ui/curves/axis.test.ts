import { describe, expect, it } from 'vitest'
import { axisOver, exactAxis, placeAlong, tickText, timeUnit, zoomedBy } from './axis.ts'

describe('axisOver', () => {
  it('ends on round numbers around what is drawn', () => {
    expect(axisOver([1.62, 4.17], false)).toEqual({ domain: [1, 5], ticks: [1, 2, 3, 4, 5], log: false })
    expect(axisOver([0.001, 0.0003], false).ticks).toEqual([0.0002, 0.0004, 0.0006, 0.0008, 0.001])
    expect(axisOver([0, 100], false).domain).toEqual([0, 100])
  })

  it('makes room around a single value, and none below zero', () => {
    const { domain } = axisOver([3], false)
    expect(domain[0]).toBeLessThan(3)
    expect(domain[1]).toBeGreaterThan(3)
    expect(axisOver([0, 0], false).domain[0]).toBe(0)
  })

  it('leaves out what is not finite and, on a logarithmic axis, not above zero', () => {
    expect(axisOver([1, NaN, 2, Infinity], false).domain).toEqual([1, 2])
    expect(axisOver([], false).domain).toEqual([0, 1])
    expect(axisOver([0, -1], true).domain).toEqual([0, 1])
    const { domain, ticks, log } = axisOver([0, 0.01, 100], true)
    expect(log).toBe(true)
    expect(domain[0]).toBeLessThan(0.01)
    expect(domain[1]).toBeGreaterThan(100)
    expect(ticks).toEqual([0.01, 0.1, 1, 10, 100])
  })

  it('gives a short logarithmic axis more than one number', () => {
    expect(axisOver([1.5, 4.2], true).ticks).toEqual([2, 3, 4])
    expect(axisOver([0.5, 30], true).ticks).toEqual([0.5, 1, 2, 5, 10, 20])
  })

  it('thins the powers of ten of a long one', () => {
    expect(axisOver([1e-12, 1], true).ticks.length).toBeLessThanOrEqual(6)
  })
})

it('keeps the ends of an exact axis and counts in its unit', () => {
  expect(exactAxis(0, 300, 5).ticks).toEqual([0, 100, 200, 300])
  expect(exactAxis(90, 700, 4, 60)).toEqual({ domain: [90, 700], ticks: [300, 600], log: false })
  expect(exactAxis(5, 5, 4).domain).toEqual([5, 6])
})

it('places values along a linear and a logarithmic axis', () => {
  expect(placeAlong({ domain: [1, 5], ticks: [], log: false }, 2)).toBe(0.25)
  expect(placeAlong({ domain: [1, 100], ticks: [], log: true }, 10)).toBeCloseTo(0.5, 12)
})

it('writes numbers short and names the unit of time', () => {
  expect([0, 0.0003, 0.00015, 2.5, 1500, 20_000].map(tickText)).toEqual(['0', '0.0003', '1.5e-4', '2.5', '1500', '20k'])
  expect([100, 600, 20_000].map((seconds) => timeUnit(seconds).name)).toEqual(['seconds', 'minutes', 'hours'])
})

it('zooms around the middle and stays inside', () => {
  expect(zoomedBy([0, 100], [0, 100], 0.5)).toEqual([25, 75])
  expect(zoomedBy([0, 40], [0, 100], 2)).toEqual([0, 80])
  expect(zoomedBy([25, 75], [0, 100], 2)).toBeNull()
  expect(zoomedBy([50, 50], [0, 100], 0.5)).toEqual([49.9, 50.1])
})
