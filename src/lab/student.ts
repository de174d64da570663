/** Student's t, for intervals of means over a few dozen sequences. */

/**
 * The probability that |t| stays below √ν·tan θ, with ν whole degrees of freedom: for whole ν a finite sum
 * (Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4).
 */
function probabilityWithin(theta: number, degrees: number): number {
  const cosine = Math.cos(theta)
  const isOdd = degrees % 2 === 1
  let term = isOdd ? cosine : 1
  let sum = degrees === 1 ? 0 : term
  for (let k = isOdd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= (cosine * cosine * (k - 1)) / k
    sum += term
  }
  return isOdd ? (2 / Math.PI) * (theta + Math.sin(theta) * sum) : Math.sin(theta) * sum
}

/** The t that |t| stays below with probability `confidence`; `degrees` of freedom is a whole number from 1 on. */
export function studentQuantile(confidence: number, degrees: number): number {
  let low = 0
  let high = Math.PI / 2
  // Each turn gives a bit; a double has no more.
  for (let turn = 0; turn < 60; turn++) {
    const middle = (low + high) / 2
    if (probabilityWithin(middle, degrees) < confidence) low = middle
    else high = middle
  }
  return Math.sqrt(degrees) * Math.tan(low)
}

/** The probability that |t| is at least so large by chance; `degrees` of freedom is a whole number from 1 on. */
export const studentTwoSided = (t: number, degrees: number): number =>
  Math.max(0, 1 - probabilityWithin(Math.atan(Math.abs(t) / Math.sqrt(degrees)), degrees))

/** Mean of values and half the width of its interval; there must be two values or more. */
export function meanWithInterval(values: readonly number[], confidence: number): { mean: number; interval: number } {
  const n = values.length
  const mean = values.reduce((sum, x) => sum + x, 0) / n
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1)
  return { mean, interval: studentQuantile(confidence, n - 1) * Math.sqrt(variance / n) }
}
