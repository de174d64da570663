/** A compiled forward pass over batches of one shape: loss, logits, answers, and what an observer wants to see. */
import type { Batch } from '../data/dataset.ts'
import type { Source } from '../gpu/readback.ts'
import { areSwitches, type Change } from '../model/changes.ts'
import type { Compiled, Machine } from '../model/machine.ts'
import type { Seen } from '../model/transformer.ts'
import { countTargets, createInputs, type Inputs } from '../tensor/inputs.ts'
import { METRICS_RING } from '../tensor/optimizer.ts'
import { ownedTensor, type Tensor } from '../tensor/recording.ts'
import { createRunner, readMetric } from './batch-runner.ts'
import { recordForward, type ForwardOptions, type ForwardRecording, type ModelParts } from './program.ts'

/** Evaluations use the ring's last slot, training all others. */
export const EVALUATION_SLOT = METRICS_RING - 1

export interface Forward {
  /** Mean loss over the batch's targets; throws where there is none. */
  loss: (batch: Batch) => Promise<number>
  /** [B·T, 2]: row losses and 1 where the likeliest token is the target. Also of the batch last run by `loss`. */
  rows: (batch: Batch) => Promise<Float32Array<ArrayBuffer>>
  /** Runs the batch and says where `rows` of it lie until the next run. */
  leaveRows: (batch: Batch) => Source
  /** [B·T, V], or of one row alone. */
  logits: (batch: Batch, row?: number) => Promise<Float32Array<ArrayBuffer>>
  /** Runs the batch and says what can be read until the next run; throws where nothing is watched. */
  observe: (batch: Batch) => Seen
  /** From now on these changes are made, and no others. Throws where they are no switches, or the pass is not switchable. */
  change: (changes: readonly Change[]) => void
  read: (tensor: Tensor) => Promise<Float32Array<ArrayBuffer>>
  dispatches: number
  dispose: () => void
}

/** A forward pass that has been recorded but not compiled. */
export interface PendingForward {
  recording: ForwardRecording
  inputs: Inputs
}

export function recordForwardPass(
  model: ModelParts & { gpu: { limits: { binding: number } } },
  B: number,
  T: number,
  options: ForwardOptions = {},
): PendingForward {
  const inputs = createInputs(B * T, model.config.vocab_size)
  return { inputs, recording: recordForward(model, { B, T, inputs, bindingLimit: model.gpu.limits.binding }, options) }
}

export async function createForward(machine: Machine, B: number, T: number, options: ForwardOptions = {}): Promise<Forward> {
  const pending = recordForwardPass(machine, B, T, options)
  const compiled = await machine.compile([pending.recording.launches])
  return bindForward(machine, pending, compiled, 0)
}

/** The pass that was compiled as plan `index`. */
export function bindForward(machine: Machine, { inputs, recording }: PendingForward, compiled: Compiled, index: number): Forward {
  const runBatch = createRunner(machine, inputs, compiled.plans[index])
  const written = (recording.switches ?? []).map(({ words }) => words([]))
  const run = (batch: Batch): void => runBatch(batch, { ring: EVALUATION_SLOT })
  return {
    loss: async (batch) => {
      if (countTargets(batch.targets) === 0) throw new Error('The batch has no target: every one is -1.')
      run(batch)
      return readMetric(machine, EVALUATION_SLOT, 0)
    },
    rows: (batch) => {
      run(batch)
      return compiled.read(index, recording.rows)
    },
    leaveRows: (batch) => {
      run(batch)
      return compiled.sourceOf(index, recording.rows)
    },
    logits: (batch, row) => {
      run(batch)
      const { label, shape, region } = recording.logits
      const [, V] = shape
      const read = row === undefined ? recording.logits : ownedTensor(label, [1, V], { ...region, offset: region.offset + 4 * row * V })
      return compiled.read(index, read)
    },
    observe: (batch) => {
      if (!recording.seen) throw new Error('This forward pass watches nothing.')
      run(batch)
      return recording.seen
    },
    change: (changes) => {
      if (!recording.switches || !areSwitches(changes)) throw new Error('This forward pass is not compiled for such changes.')
      recording.switches.forEach(({ table, words }, i) => {
        const next = words(changes)
        // A write costs about as much as a small dispatch, and most tables stay as they are from change to change.
        if (next.length === written[i].length && next.every((word, w) => word === written[i][w])) return
        written[i] = next
        machine.gpu.device.queue.writeBuffer(machine.pool.owned(table.storage), table.offset, next)
      })
    },
    read: (tensor) => compiled.read(index, tensor),
    dispatches: recording.launches.length,
    dispose: () => {
      compiled.dispose()
      machine.pool.release(inputs.storage)
    },
  }
}
