import { describe, expect, it } from 'vitest'
import type { Curve } from '../train/curve.ts'
import { countBelow, curveRows, nearest, placeOf, positive, secondsAt, smooth, trainingSeries, validationSeries, within } from './series.ts'

const curve: Curve = {
  training: { step: [1, 2, 4], loss: [4, 3, 2], lr: [0.1, 0.2, 0.3], gradNorm: [1, 2, 3], ms: [1000, 1500, 3500] },
  validation: [
    { step: 0, loss: 4.5, accuracy: 0 },
    { step: 3, loss: 2.5, accuracy: 0.25 },
    { step: 4, loss: 2.25 },
  ],
}

describe('smooth', () => {
  it('changes nothing at strength 0', () => {
    expect(smooth([1, 2, 3], [5, 1, 4], 0)).toEqual([5, 1, 4])
  })

  it('begins at the first value and leaves a constant as it is', () => {
    const smoothed = smooth([1, 2, 3, 9], [7, 7, 7, 7], 0.99)
    for (const value of smoothed) expect(value).toBeCloseTo(7, 12)
  })

  it('weighs by the distance in x', () => {
    const [first, second, third] = smooth([0, 1, 3], [1, 2, 5], 0.5)
    expect(first).toBe(1)
    expect(second).toBeCloseTo((0.5 * 1 + 2) / 1.5, 12)
    expect(third).toBeCloseTo((0.125 * 1 + 0.25 * 2 + 5) / 1.375, 12)
    expect(smooth([0, 2, 6], [1, 2, 5], 0.5, 2)).toEqual([first, second, third])
  })

  it('passes over what is not finite', () => {
    const [, gap, after] = smooth([0, 1, 2], [1, NaN, 4], 0.5)
    expect(gap).toBeNaN()
    expect(after).toBeCloseTo((0.25 * 1 + 4) / 1.25, 12)
  })
})

describe('places on the x axis', () => {
  it('finds the nearest point, the earlier of two', () => {
    expect(nearest([1, 3, 9], 0)).toBe(0)
    expect(nearest([1, 3, 9], 2)).toBe(0)
    expect(nearest([1, 3, 9], 2.1)).toBe(1)
    expect(nearest([1, 3, 9], 99)).toBe(2)
    expect(nearest([], 5)).toBe(-1)
    expect(countBelow([1, 3, 9], 3)).toBe(1)
  })

  it('gives a step the time between its neighbours', () => {
    const times = [0, 0.5, 1, 3, 4, 9].map((step) => secondsAt(curve.training, step))
    expect(times).toEqual([0, 0.5, 1, 2.5, 3.5, 3.5])
    expect(secondsAt({ ...curve.training, step: [], ms: [] }, 5)).toBe(0)
    expect(placeOf(curve, 3, 'step')).toBe(3)
    expect(placeOf(curve, 3, 'time')).toBe(2.5)
  })
})

describe('the lines of a curve', () => {
  it('are by step or by time', () => {
    expect(trainingSeries(curve, 'gradNorm', 'step')).toEqual({ x: [1, 2, 4], y: [1, 2, 3] })
    expect(trainingSeries(curve, 'loss', 'time')).toEqual({ x: [1, 1.5, 3.5], y: [4, 3, 2] })
    expect(validationSeries(curve, 'loss', 'time')).toEqual({ x: [0, 2.5, 3.5], y: [4.5, 2.5, 2.25] })
    expect(validationSeries(curve, 'accuracy', 'step')).toEqual({ x: [0, 3, 4], y: [0, 25, NaN] })
  })

  it('drop what a logarithmic axis has no place for', () => {
    expect(positive({ x: [1, 2, 3, 4], y: [2, 0, -1, NaN] })).toEqual({ x: [1], y: [2] })
  })

  it('keep one point on either side of what is looked at', () => {
    const series = { x: [0, 1, 2, 3, 4, 5], y: [9, 8, 7, 6, 5, 4] }
    expect(within(series, [1.5, 3]).x).toEqual([1, 2, 3, 4])
    expect(within(series, [-1, 9])).toEqual(series)
    expect(within(series, [2.2, 2.4]).x).toEqual([2, 3])
  })
})

it('lists every measured value of every run', () => {
  const rows = curveRows([{ name: 'joint', curve }])
  expect(rows).toHaveLength(6)
  expect(rows[1]).toEqual({
    run: 'joint',
    kind: 'training',
    step: 2,
    seconds: 1.5,
    loss: 3,
    accuracy: null,
    gradient_norm: 2,
    learning_rate: 0.2,
  })
  expect(rows[4]).toEqual({
    run: 'joint',
    kind: 'held-out',
    step: 3,
    seconds: 2.5,
    loss: 2.5,
    accuracy: 0.25,
    gradient_norm: null,
    learning_rate: null,
  })
})
