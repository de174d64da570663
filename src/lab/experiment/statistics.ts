/** Paired comparisons of cells over seeds, and the correction for making several. */
import { meanWithInterval, studentTwoSided } from '../student.ts'

export const CONFIDENCE = 0.95

export interface Difference {
  /** Mean over the pairs. */
  mean: number
  /** Half the width of the 95 % interval of that mean (Student's t over pairs); null of one pair. */
  interval: number | null
  /** Two-sided, of the paired t test; null of one pair. */
  p: number | null
  /** One for each pair. */
  each: number[]
}

/** Of paired differences, one a seed. Pairs that are all equal but not zero cannot be chance: their p is 0. */
export function differenceOf(each: readonly number[]): Difference {
  const n = each.length
  if (n === 0) throw new Error('There is no pair to compare: no seed is finished in both cells.')
  if (n === 1) return { mean: each[0], interval: null, p: null, each: [...each] }
  const { mean, interval } = meanWithInterval(each, CONFIDENCE)
  const variance = each.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1)
  const error = Math.sqrt(variance / n)
  const p = error > 0 ? studentTwoSided(mean / error, n - 1) : mean === 0 ? 1 : 0
  return { mean, interval, p, each: [...each] }
}

/** Holm's step-down adjustment (Holm 1979, Scandinavian Journal of Statistics 6:65): each p with the others' number accounted for, in the order given. */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_, i) => i).sort((a, b) => ps[a] - ps[b])
  const adjusted = new Array<number>(ps.length)
  let least = 0
  order.forEach((i, rank) => {
    least = Math.min(1, Math.max(least, (ps.length - rank) * ps[i]))
    adjusted[i] = least
  })
  return adjusted
}
