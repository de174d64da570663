/** The cut: what the loss on held-out sequences becomes without a head's way back. */
import type { Batch, Dataset } from '../data/dataset.ts'
import type { CutResult } from '../io/recording.ts'
import { cutChanges } from '../model/changes.ts'
import { microBatch, type TrainSettings } from '../model/config.ts'
import { partsOf } from '../train/batch-runner.ts'
import type { Machine } from '../model/machine.ts'
import { createForward, type Forward } from '../train/forward.ts'
import { meanWithInterval } from './student.ts'

/** Enough for an interval, few enough to be had while a person waits. */
const SEQUENCES = 32
const CONFIDENCE = 0.95

export interface Cutter {
  /** `step` is that of the weights on the machine: losses without a cut are kept until it changes. */
  cut: (step: number, layer: number, head: number) => Promise<CutResult>
  dispose: () => void
}

/** Sums of losses by sequence, beside the number of targets that they are sums over. */
interface SequenceLosses {
  sums: number[]
  targets: number[]
}

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

/** Cuts on a machine, which may be training: at least 32 held-out sequences in batches of the run's own size, worked through as its micro-batches. */
export async function createCutter(machine: Machine, dataset: Dataset, settings: TrainSettings): Promise<Cutter> {
  const B = settings.batch_size
  const T = machine.config.context_length
  const micro = microBatch(settings)
  const batches = Array.from({ length: Math.ceil(SEQUENCES / B) }, (_, i) => partsOf(dataset.heldOutBatch(i, B, T), micro * T)).flat()
  const measure = async (forward: Forward): Promise<SequenceLosses> => {
    const losses: SequenceLosses = { sums: [], targets: [] }
    const seen = new Set<string>()
    for (const batch of batches) addLosses(losses, await forward.rows(batch), batch, T, seen)
    return losses
  }
  const uncut = await createForward(machine, micro, T)
  let kept: { step: number; losses: SequenceLosses } | undefined

  return {
    cut: async (step, layer, head) => {
      if (kept?.step !== step) kept = { step, losses: await measure(uncut) }
      const { sums, targets } = kept.losses
      if (sums.length < 2)
        throw new Error('The cut compares held-out sequences, and there are fewer than two. Bring more text, or lower context_length.')
      const changes = cutChanges(machine.config.reads, layer, head)
      const forward = await createForward(machine, micro, T, { changes })
      try {
        const cut = await measure(forward)
        const { mean, interval } = meanWithInterval(
          sums.map((sum, i) => (cut.sums[i] - sum) / targets[i]),
          CONFIDENCE,
        )
        const total = (values: number[]): number => values.reduce((a, b) => a + b, 0)
        return { layer, head, step, changes, loss: total(sums) / total(targets), difference: mean, interval, sequences: sums.length }
      } finally {
        forward.dispose()
      }
    },
    dispose: () => uncut.dispose(),
  }
}
