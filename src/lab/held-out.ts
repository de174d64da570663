/** Losses of held-out sequences, one by one, so that two models, or one model with and without a change, are compared on the same text. */
import type { Batch, Dataset } from '../data/dataset.ts'
import { createCollector } from '../gpu/readback.ts'
import type { Change } from '../model/changes.ts'
import { microBatch, type TrainSettings } from '../model/config.ts'
import type { Machine } from '../model/machine.ts'
import { countTargets } from '../tensor/inputs.ts'
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

interface Counted {
  /** The sequence's row in its batch, and behind its last. */
  from: number
  to: number
  targets: number
}

/**
 * The sequences of each batch that count. One without targets says nothing, and one that a small text deals out again nothing new: both are left out, or the interval
 * would be too narrow.
 */
function countedSequences(batches: readonly Batch[], T: number): Counted[][] {
  const seen = new Set<string>()
  return batches.map(({ tokens, targets }) => {
    const counted: Counted[] = []
    for (let from = 0; from < tokens.length; from += T) {
      const to = from + T
      const due = targets.subarray(from, to)
      const key = `${tokens.subarray(from, to).join()};${due.join()}`
      const count = countTargets(due)
      if (count === 0 || seen.has(key)) continue
      seen.add(key)
      counted.push({ from, to, targets: count })
    }
    return counted
  })
}

export interface HeldOut {
  /** The shape of the forward passes that `measure` takes. */
  B: number
  T: number
  /** The batches that are measured, one after another. */
  batches: Batch[]
  /** Of a switchable pass, with these changes made. What is measured next may be asked for before this resolves. */
  measure: (forward: Forward, changes?: readonly Change[]) => Promise<SequenceLosses>
  dispose: () => void
}

export interface HeldOutOptions {
  /** Measurements at once, each with a staging buffer. */
  underWay?: number
  /** Bytes that are copied together at most, unless one batch has more. */
  together?: number
}

/** At least so many held-out sequences, in batches of the run's own size, worked through as its micro-batches: always the same ones. */
export function createHeldOut(
  machine: Machine,
  dataset: Dataset,
  settings: TrainSettings,
  sequences: number,
  { underWay = 1, together = 2 ** 21 }: HeldOutOptions = {},
): HeldOut {
  const T = machine.config.context_length
  const B = microBatch(settings)
  const dealt = Array.from({ length: Math.ceil(sequences / settings.batch_size) }, (_, i) =>
    dataset.heldOutBatch(i, settings.batch_size, T),
  )
  const batches = dealt.flatMap((batch) => partsOf(batch, B * T))
  const counted = countedSequences(batches, T)
  const rowBytes = 8 * B * T
  const size = Math.min(batches.length, Math.max(1, Math.floor(together / rowBytes)))
  const collector = createCollector(machine.gpu, machine.pool, size * rowBytes, underWay)
  return {
    B,
    T,
    batches,
    measure: async (forward, changes) => {
      const collected: Promise<ArrayBuffer>[] = []
      for (let first = 0; first < batches.length; first += size)
        collected.push(
          collector.collect(function* () {
            // Each time: other changes may have been measured since.
            if (changes) forward.change(changes)
            for (const batch of batches.slice(first, first + size)) yield forward.leaveRows(batch)
          }),
        )
      // If one fails, others are still under way.
      await Promise.allSettled(collected)
      const parts = await Promise.all(collected)
      const losses: SequenceLosses = { sums: [], targets: [] }
      for (const [i, batch] of batches.entries()) {
        const rows = new Float32Array(parts[Math.floor(i / size)], (i % size) * rowBytes, 2 * B * T)
        for (const { from, to, targets } of counted[i]) {
          let sum = 0
          for (let row = from; row < to; row++) if (batch.targets[row] >= 0) sum += rows[2 * row]
          losses.sums.push(sum)
          losses.targets.push(targets)
        }
      }
      return losses
    },
    dispose: collector.dispose,
  }
}
