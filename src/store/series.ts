/** A run's curve as lines to be drawn: which quantity, against what, how smooth. Pure; nothing here changes the curve. */
import type { Curve, MetricColumns } from '../train/curve.ts'
import type { Series } from './thin.ts'

/** What is measured at every step. */
export type Quantity = 'loss' | 'gradNorm' | 'lr'

/** The step, or the seconds since the run began. */
export type Against = 'step' | 'time'

/**
 * The exponential moving average of y over ascending x, so debiased that it begins at the first value and not at 0. A value's weight fades by `strength` (0 to 0.99;
 * 0 changes nothing) with every `unit` of x: a gap in x counts as the way that it is. What is not finite stays as it is and enters no average.
 */
export function smooth(x: readonly number[], y: readonly number[], strength: number, unit = 1): number[] {
  let sum = 0
  let weight = 0
  let last = 0
  let gap = NaN
  let fade = 0
  return y.map((value, i) => {
    if (!Number.isFinite(value)) return value
    if (weight > 0 && x[i] - last !== gap) {
      gap = x[i] - last
      fade = strength ** (gap / unit)
    }
    last = x[i]
    sum = sum * fade + value
    weight = weight * fade + 1
    return sum / weight
  })
}

/** How many of `x`, which ascends, lie below `at`. */
export function countBelow(x: readonly number[], at: number): number {
  let low = 0
  let high = x.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (x[middle] < at) low = middle + 1
    else high = middle
  }
  return low
}

/** The index of the x closest to `at`, the earlier of two; -1 when there is none. x ascends. */
export function nearest(x: readonly number[], at: number): number {
  const after = countBelow(x, at)
  if (after === 0) return x.length === 0 ? -1 : 0
  return after < x.length && x[after] - at < at - x[after - 1] ? after : after - 1
}

/** Seconds from the run's beginning to a step, between two known steps in proportion: the run begins at step 0, and a step past the last has the last's time. */
export function secondsAt({ step, ms }: MetricColumns, at: number): number {
  if (step.length === 0) return 0
  const after = countBelow(step, at)
  if (after === step.length) return ms[after - 1] / 1000
  const [fromStep, fromMs] = after === 0 ? [0, 0] : [step[after - 1], ms[after - 1]]
  const way = step[after] === fromStep ? 1 : (at - fromStep) / (step[after] - fromStep)
  return (fromMs + Math.max(0, way) * (ms[after] - fromMs)) / 1000
}

/** Where a step lies on the x axis. */
export const placeOf = (curve: Curve, step: number, against: Against): number =>
  against === 'step' ? step : secondsAt(curve.training, step)

/** What training measured. By step it is the curve's own columns, uncopied: they may grow. */
export function trainingSeries({ training }: Curve, quantity: Quantity, against: Against): Series {
  return { x: against === 'step' ? training.step : training.ms.map((ms) => ms / 1000), y: training[quantity] }
}

/** What was measured on held-out data; accuracy in per cent, not a number where there is none. */
export function validationSeries(curve: Curve, quantity: 'loss' | 'accuracy', against: Against): Series {
  return {
    x: curve.validation.map(({ step }) => placeOf(curve, step, against)),
    y: curve.validation.map(({ loss, accuracy }) => (quantity === 'loss' ? loss : 100 * (accuracy ?? NaN))),
  }
}

/** For a logarithmic axis, which has no place for 0 and below. */
export function positive({ x, y }: Series): Series {
  const kept = y.flatMap((value, i) => (value > 0 ? [i] : []))
  return kept.length === y.length ? { x, y } : { x: kept.map((i) => x[i]), y: kept.map((i) => y[i]) }
}

/** The points from `from` to `to`, and one more on either side, so that the line leaves the picture instead of ending in it. */
export function within({ x, y }: Series, [from, to]: readonly [number, number]): Series {
  const begin = Math.max(0, countBelow(x, from) - 1)
  let end = countBelow(x, to)
  while (end < x.length && x[end] === to) end++
  return { x: x.slice(begin, end + 1), y: y.slice(begin, end + 1) }
}

/** All that the curves hold, unthinned and unsmoothed: a row for every measured step of every run. */
export function curveRows(runs: readonly { name: string; curve: Curve }[]): Record<string, number | string | null>[] {
  return runs.flatMap(({ name, curve }) => {
    const { step, loss, gradNorm, lr, ms } = curve.training
    const training = step.map((at, i) => ({
      run: name,
      kind: 'training',
      step: at,
      seconds: ms[i] / 1000,
      loss: loss[i],
      accuracy: null,
      gradient_norm: gradNorm[i],
      learning_rate: lr[i],
    }))
    const held = curve.validation.map((point) => ({
      run: name,
      kind: 'held-out',
      step: point.step,
      seconds: secondsAt(curve.training, point.step),
      loss: point.loss,
      accuracy: point.accuracy ?? null,
      gradient_norm: null,
      learning_rate: null,
    }))
    return [...training, ...held]
  })
}
