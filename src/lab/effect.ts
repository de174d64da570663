/** What changes of a running model do to its loss on held-out sequences. Nothing is trained anew: other heads may make up for what is taken away. */
import type { Dataset } from '../data/dataset.ts'
import { areSwitches, type Change } from '../model/changes.ts'
import type { TrainSettings } from '../model/config.ts'
import type { Machine } from '../model/machine.ts'
import { createForward } from '../train/forward.ts'
import { createHeldOut, differencesOf, meanLoss, type SequenceLosses } from './held-out.ts'
import { meanWithInterval } from './student.ts'

/** Enough for an interval, few enough to be had while a person waits. */
const SEQUENCES = 32
const CONFIDENCE = 0.95

/** Measurements at once: one that the GPU computes while the one before is read. */
export const UNDER_WAY = 2

export interface Effect {
  /** The step of the weights. */
  step: number
  changes: Change[]
  /** Mean loss of the model as it is, nats. */
  loss: number
  /** Mean over the sequences of loss with the changes minus loss without, nats. */
  difference: number
  /** Half the width of the 95 % interval of that mean (Student's t over sequences). */
  interval: number
  sequences: number
}

export interface EffectMeter {
  /**
   * Of changes applied together. `step` is that of the weights on the machine: losses without a change are kept until it changes. The next may be asked for before this
   * resolves: `UNDER_WAY` are computed at once.
   */
  measure: (step: number, changes: Change[]) => Promise<Effect>
  dispose: () => void
}

/** On a machine, which may be training. */
export async function createEffectMeter(machine: Machine, dataset: Dataset, settings: TrainSettings): Promise<EffectMeter> {
  const heldOut = createHeldOut(machine, dataset, settings, SEQUENCES, { underWay: UNDER_WAY })
  const { B, T } = heldOut
  // Heads and sources are taken away by the tables that this pass reads: a sweep compiles nothing.
  const switchable = await createForward(machine, B, T, { switchable: true }).catch((error: unknown) => {
    heldOut.dispose()
    throw error
  })
  let kept: { step: number; losses: Promise<SequenceLosses> } | undefined

  const lossesUnder = async (changes: Change[]): Promise<SequenceLosses> => {
    if (areSwitches(changes)) return heldOut.measure(switchable, changes)
    const forward = await createForward(machine, B, T, { changes })
    try {
      return await heldOut.measure(forward)
    } finally {
      forward.dispose()
    }
  }

  const lossesAt = (step: number): Promise<SequenceLosses> => {
    if (kept?.step === step) return kept.losses
    const mine = { step, losses: lossesUnder([]) }
    kept = mine
    // What failed may be tried again.
    mine.losses.catch(() => {
      if (kept === mine) kept = undefined
    })
    return mine.losses
  }

  return {
    measure: async (step, changes) => {
      const both = [lossesAt(step), lossesUnder(changes)]
      // If one fails, the other is still under way.
      await Promise.allSettled(both)
      const [losses, changed] = await Promise.all(both)
      if (losses.sums.length < 2)
        throw new Error('The cut compares held-out sequences, and there are fewer than two. Bring more text, or lower context_length.')
      const { mean, interval } = meanWithInterval(differencesOf(changed, losses), CONFIDENCE)
      return { step, changes, loss: meanLoss(losses), difference: mean, interval, sequences: losses.sums.length }
    },
    dispose: () => {
      switchable.dispose()
      heldOut.dispose()
    },
  }
}
