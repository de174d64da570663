/** Where an axis begins and ends, and its round numbers. */

export interface Axis {
  domain: [number, number]
  ticks: number[]
  /** Equal ways along it are equal factors. */
  log: boolean
}

const STEPS = [1, 2, 5, 10]

/** A round number at which a range falls into about `count` parts. */
function roundStep(range: number, count: number): number {
  const rough = range / count
  const power = 10 ** Math.floor(Math.log10(rough))
  return power * (STEPS.find((step) => step * power >= rough * 0.999) ?? 10)
}

/** The multiples of `step` from `low` to `high`, free of the error that adding up would leave. */
function multiples(step: number, low: number, high: number): number[] {
  const first = Math.ceil(low / step - 1e-6)
  const last = Math.floor(high / step + 1e-6)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

/** An axis from `low` to `high` as they are, with round numbers between; `unit` is what one round number is counted in. */
export function exactAxis(low: number, high: number, count: number, unit = 1): Axis {
  if (!(high > low)) return { domain: [low, low + unit], ticks: [low], log: false }
  const step = roundStep((high - low) / unit, count)
  return { domain: [low, high], ticks: multiples(step, low / unit, high / unit).map((tick) => tick * unit), log: false }
}

/** An axis that holds `low` to `high` and ends on round numbers. */
function roundAxis(low: number, high: number, count: number): Axis {
  const room = high > low ? 0 : Math.abs(low) * 0.1 || 1
  const step = roundStep(high - low + 2 * room, count)
  // What lies at zero or above needs no room below zero.
  const from = Math.floor((low - room) / step + 1e-6) * step
  const begin = low >= 0 ? Math.max(0, from) : from
  const end = Math.ceil((high + room) / step - 1e-6) * step
  const ticks = multiples(step, begin, end)
  return { domain: [ticks[0], ticks[ticks.length - 1]], ticks, log: false }
}

/** A logarithmic axis that holds `low` to `high`, both above 0, with a little room; its numbers are powers of ten, or rounder ones where it is short. */
function logAxis(low: number, high: number, count: number): Axis {
  const room = (high / low) ** 0.04 * 1.01
  const domain: [number, number] = [low / room, high * room]
  const decades = Math.log10(domain[1] / domain[0])
  if (decades < 1) return { domain, ticks: multiples(roundStep(domain[1] - domain[0], count), ...domain), log: true }
  const every = Math.ceil(decades / count)
  const factors = decades < 2 ? [1, 2, 5] : decades < 3 ? [1, 3] : [1]
  const powers = multiples(every, Math.floor(Math.log10(domain[0]) / every) * every, Math.log10(domain[1]))
  const all = powers.flatMap((power) => factors.map((factor) => Number((factor * 10 ** power).toPrecision(12))))
  return { domain, ticks: all.filter((tick) => tick >= domain[0] && tick <= domain[1]), log: true }
}

/** An axis over all finite `values` (those above 0 when it is logarithmic); from 0 to 1 when there are none. */
export function axisOver(values: Iterable<number>, log: boolean, count = 5): Axis {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    if (!Number.isFinite(value) || (log && value <= 0)) continue
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  if (low > high) return { domain: [0, 1], ticks: [0, 1], log: false }
  return log ? logAxis(low, high, count) : roundAxis(low, high, count)
}

/** Where a value lies along the axis: 0 is its beginning, 1 its end. */
export function placeAlong({ domain: [low, high], log }: Axis, value: number): number {
  return log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low)
}

/** A number short enough to stand beside an axis. */
export function tickText(value: number): string {
  if (Math.abs(value) >= 10_000) return `${+(value / 1000).toPrecision(4)}k`
  const rounded = Number(value.toPrecision(4))
  return `${rounded}`.length > 6 ? rounded.toExponential() : `${rounded}`
}

/** What an axis of time is counted in, by its last second. */
export function timeUnit(seconds: number): { name: string; seconds: number } {
  if (seconds <= 180) return { name: 'seconds', seconds: 1 }
  return seconds <= 3 * 3600 ? { name: 'minutes', seconds: 60 } : { name: 'hours', seconds: 3600 }
}

/** A stretch `factor` times as long around the same middle, inside `all`; null when that is all. Never under a 500th of it. */
export function zoomedBy(
  [from, to]: readonly [number, number],
  [low, high]: readonly [number, number],
  factor: number,
): [number, number] | null {
  const width = Math.max((high - low) / 500, (to - from) * factor)
  if (width >= high - low) return null
  const middle = Math.min(high - width / 2, Math.max(low + width / 2, (from + to) / 2))
  return [middle - width / 2, middle + width / 2]
}
