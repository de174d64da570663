/** Where an axis of tokens is labelled. */

/** From 1 to 2 to 5 to 10, over and over. */
const GROWTH = [2, 2.5, 2]

/**
 * Positions of an axis of `length` tokens that get a label: the first, the last, and every nth between, at most `most` (2 or more) in all. n is 1, 2, 5, 10, 20, …;
 * one too close to the last is left out.
 */
export function tickPositions(length: number, most: number): number[] {
  if (length <= most) return Array.from({ length }, (_, i) => i)
  let step = 1
  for (let i = 0; Math.ceil((length - 1) / step) + 1 > most && step < length; i++) step *= GROWTH[i % GROWTH.length]
  const ticks = [0]
  for (let at = step; at + step / 2 < length - 1; at += step) ticks.push(at)
  return [...ticks, length - 1]
}
