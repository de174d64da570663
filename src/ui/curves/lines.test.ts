import { describe, expect, it } from 'vitest'
import type { Curve } from '../../worker/protocol.ts'
import { extentOf, linesOf, readingsAt, strokeOf, type DrawnRun, type Look } from './lines.ts'

const steps = Array.from({ length: 5000 }, (_, i) => i + 1)
const curve: Curve = {
  training: {
    step: steps,
    loss: steps.map((step) => 4 - step / 2000 + (step % 2 === 0 ? 0.5 : -0.5)),
    lr: steps.map(() => 1e-3),
    gradNorm: steps.map((step) => (step === 10 ? 0 : 1)),
    ms: steps.map((step) => step * 20),
  },
  validation: [100, 2500, 5000].map((step) => ({ step, loss: 4 - step / 2000, accuracy: step / 5000 })),
}
const run: DrawnRun = { id: 'a', name: 'joint', curve, colour: 0, primary: true }
const other: DrawnRun = { ...run, id: 'b', name: 'standard', colour: 1, primary: false }
const look: Look = { quantity: 'loss', against: 'step', log: false, smoothing: 0, zoom: null }

describe('linesOf', () => {
  it('draws training and held-out data, each of at most 600 points', () => {
    const lines = linesOf([run], look)
    expect(lines.map(({ kind }) => kind)).toEqual(['training', 'held-out'])
    for (const { points } of lines) expect(points.length).toBeLessThanOrEqual(600)
    expect(lines[1].points).toEqual(curve.validation.map(({ step, loss }) => ({ x: step, y: loss })))
  })

  it('lays the smoothed line over the ghost of the raw one', () => {
    const [ghost, training] = linesOf([run], { ...look, smoothing: 0.9 })
    expect([ghost.kind, training.kind]).toEqual(['ghost', 'training'])
    const spread = ({ points }: typeof ghost) =>
      Math.max(...points.slice(-50).map(({ y }) => y)) - Math.min(...points.slice(-50).map(({ y }) => y))
    expect(spread(ghost)).toBeGreaterThan(1)
    expect(spread(training)).toBeLessThan(0.3)
  })

  it('draws the primary run on top', () => {
    expect(linesOf([run, other], look).map((line) => line.run.id)).toEqual(['b', 'b', 'a', 'a'])
  })

  it('spends its points on what the zoom shows', () => {
    const [training] = linesOf([run], { ...look, zoom: [1000, 1200] })
    expect(training.points.map(({ x }) => x)).toEqual(Array.from({ length: 203 }, (_, i) => i + 999))
  })

  it('knows time, accuracy and logarithms', () => {
    const [training, held] = linesOf([run], { ...look, against: 'time' })
    expect(training.points.at(-1)?.x).toBe(100)
    expect(held.points.map(({ x }) => x)).toEqual([2, 50, 100])
    const [accuracy, ...rest] = linesOf([run], { ...look, quantity: 'accuracy' })
    expect(rest).toEqual([])
    expect(accuracy.points.map(({ y }) => y)).toEqual([2, 50, 100])
    const [norms] = linesOf([run], { ...look, quantity: 'gradNorm', log: true })
    expect(norms.points.every(({ y }) => y > 0)).toBe(true)
  })

  it('draws nothing of an empty run', () => {
    const nothing: Curve = { training: { step: [], loss: [], lr: [], gradNorm: [], ms: [] }, validation: [] }
    expect(linesOf([{ ...run, curve: nothing }], look)).toEqual([])
    expect(extentOf([{ ...run, curve: nothing }], 'step')).toEqual([0, 0])
  })
})

it('knows how far the x axis goes', () => {
  expect(extentOf([run], 'step')).toEqual([0, 5000])
  expect(extentOf([run], 'time')).toEqual([0, 100])
})

it('reads exact values, with the step that each is of', () => {
  const readings = readingsAt([run], { ...look, smoothing: 0.9 }, 1234.4)
  expect(readings.map(({ kind, step, value }) => ({ kind, step, value }))).toEqual([
    { kind: 'training', step: 1234, value: curve.training.loss[1233] },
    { kind: 'held-out', step: 100, value: curve.validation[0].loss },
  ])
  expect(readingsAt([run], { ...look, against: 'time' }, 50)[0].step).toBe(2500)
})

it('tells several runs apart by colour and by dash, and one run’s lines by colour', () => {
  const a = strokeOf(run, 'training', 2)
  const b = strokeOf(other, 'training', 2)
  expect(a.colour).not.toBe(b.colour)
  expect(a.dash).not.toBe(b.dash)
  expect(strokeOf(run, 'training', 1).colour).not.toBe(strokeOf(run, 'held-out', 1).colour)
  expect(strokeOf(run, 'held-out', 2).width).toBeGreaterThan(a.width)
})
