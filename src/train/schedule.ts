/** Learning rate by step. */
import type { TrainSettings } from '../model/config.ts'

/**
 * The rate of step `step` (from 1): a linear warm-up, then constant, a cosine (arXiv 1608.03983) or a line down to min_lr at the last step, or
 * `wsd` (warm-up, stable, decay; arXiv 2404.06395): constant, and a line down to min_lr in the last `decay_fraction` of the steps.
 * A rate below min_lr stays as it is: no schedule rises after the warm-up.
 */
export function learningRate(
  s: Pick<TrainSettings, 'lr' | 'min_lr' | 'warmup' | 'schedule' | 'decay_fraction' | 'steps'>,
  step: number,
): number {
  if (step <= s.warmup) return (s.lr * step) / (s.warmup + 1)
  const from = s.schedule === 'wsd' ? Math.max(s.warmup, Math.floor(s.steps * (1 - s.decay_fraction))) : s.warmup
  const part = Math.min(1, Math.max(0, (step - from) / Math.max(1, s.steps - from)))
  const least = Math.min(s.min_lr, s.lr)
  switch (s.schedule) {
    case 'constant':
      return s.lr
    case 'cosine':
      return least + ((s.lr - least) * (1 + Math.cos(Math.PI * part))) / 2
    case 'linear':
    case 'wsd':
      return s.lr + (least - s.lr) * part
  }
}
