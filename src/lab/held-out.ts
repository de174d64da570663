/** Losses of held-out sequences, one by one, so that two models, or one model with and without a change, are compared on the same text. */
import type { Batch, Dataset } from '../data/dataset.ts'
import { microBatch, type TrainSettings } from '../model/config.ts'
import type { Machine } from '../model/machine.ts'
import { partsOf } from '../train/batch-runner.ts'
import type { Forward } from '../train/forward.ts'

/** Sums of losses by sequence in nats, beside the number of targets that each is a sum over. */
export interface SequenceLosses {
  sums: number[]
  targets: number[]
}

const total = (values: number[]): number => values.reduce((a, b) => a + b, 0)

/** Mean over all targets, nats. */
export const meanLoss = ({ sums, targets }: SequenceLosses): number => total(sums) / total(targets)

/** By sequence: the mean loss of one measurement minus that of the other, nats. Both are of the same sequences. */
export const differencesOf = (changed: SequenceLosses, plain: SequenceLosses): number[] =>
  plain.sums.map((sum, i) => (changed.sums[i] - sum) / plain.targets[i])

/**
 * Of `rows` [B·T, 2]. A sequence without targets says nothing, and one that a small text deals out again (`seen`) nothing new: both are left out, or
 * the interval would be too narrow.
 */
function addLosses(to: SequenceLosses, rows: Float32Array, { tokens, targets }: Batch, T: number, seen: Set<string>): void {
  for (let at = 0; at < tokens.length; at += T) {
    const [own, due] = [tokens.subarray(at, at + T), targets.subarray(at, at + T)]
    const key = `${own.join()};${due.join()}`
    const count = due.reduce((n, target) => n + Number(target >= 0), 0)
    if (count === 0 || seen.has(key)) continue
    seen.add(key)
    let sum = 0
    due.forEach((target, t) => (sum += target >= 0 ? rows[2 * (at + t)] : 0))
    to.sums.push(sum)
    to.targets.push(count)
  }
}

export interface HeldOut {
  /** The shape of the forward passes that `measure` takes. */
  B: number
  T: number
  /** The batches that are measured, one after another. */
  batches: Batch[]
  measure: (forward: Forward) => Promise<SequenceLosses>
}

/** At least so many held-out sequences, in batches of the run's own size, worked through as its micro-batches: always the same ones. */
export function createHeldOut({ config }: Pick<Machine, 'config'>, dataset: Dataset, settings: TrainSettings, sequences: number): HeldOut {
  const T = config.context_length
  const B = microBatch(settings)
  const dealt = Array.from({ length: Math.ceil(sequences / settings.batch_size) }, (_, i) =>
    dataset.heldOutBatch(i, settings.batch_size, T),
  )
  const batches = dealt.flatMap((batch) => partsOf(batch, B * T))
  return {
    B,
    T,
    batches,
    measure: async (forward) => {
      const losses: SequenceLosses = { sums: [], targets: [] }
      const seen = new Set<string>()
      for (const batch of batches) addLosses(losses, await forward.rows(batch), batch, T, seen)
      return losses
    },
  }
}
