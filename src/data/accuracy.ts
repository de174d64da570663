/** How often a task's answers are exactly right. */

/**
 * Counts answers: positions whose target is not -1 (`token`), or sequences with at least one such position, right only when all of theirs are (`sequence`).
 * `targets` and `correct` are [B, T]; `correct` is 1 where the likeliest token equals the target and is not looked at where no answer is due.
 */
export function exactAccuracy(
  answer: 'token' | 'sequence',
  targets: ArrayLike<number>,
  correct: ArrayLike<number>,
  B: number,
  T: number,
): { right: number; total: number } {
  if (targets.length !== B * T || correct.length !== B * T)
    throw new Error(`exactAccuracy: [${B}, ${T}] needs ${B * T} entries; there are ${targets.length} targets and ${correct.length} marks.`)
  let right = 0
  let total = 0
  for (let b = 0; b < B; b++) {
    let due = 0
    let met = 0
    for (let at = b * T; at < (b + 1) * T; at++) {
      if (targets[at] < 0) continue
      due++
      if (correct[at] === 1) met++
    }
    if (answer === 'token') {
      total += due
      right += met
    } else if (due > 0) {
      total++
      if (met === due) right++
    }
  }
  return { right, total }
}
