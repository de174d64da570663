/** Running plans on batches: what the host writes before each submit, packed without allocating. */
import type { Batch } from '../data/dataset.ts'
import type { Launch } from '../gpu/launch.ts'
import type { Plan } from '../gpu/plan.ts'
import type { Machine } from '../model/machine.ts'
import { countTargets, createInputsWriter, createInputs, type Inputs, type State } from '../tensor/inputs.ts'
import { METRICS_STRIDE } from '../tensor/optimizer.ts'
import type { BatchShape } from './program.ts'

/** Submits one batch, at once or in several pieces. What is not given of the state is neutral: seed, step, position and rate 0, the loss a mean over the batch's own targets. */
export type RunBatch = (batch: Batch, state: Partial<State>, submits?: number) => void

export function createRunner(machine: Machine, inputs: Inputs, plan: Plan): RunBatch {
  const writer = createInputsWriter(inputs)
  return (batch, state, submits) => {
    const targets = countTargets(batch.targets)
    writer.batch(batch.tokens, batch.targets)
    const neutral = { seed: 0, step: 0, position: 0, ring: 0, rate: 0, scale_m: 1, scale_v: 1 }
    writer.state({ ...neutral, inverse_count: targets && 1 / targets, ...state })
    machine.run({ storage: inputs.storage, bytes: writer.bytes }, [plan], submits)
  }
}

/** A batch in parts of so many rows each, as they fit a micro-batch. */
export function partsOf({ tokens, targets }: Batch, rows: number): Batch[] {
  return Array.from({ length: tokens.length / rows }, (_, i) => ({
    tokens: tokens.subarray(i * rows, (i + 1) * rows),
    targets: targets.subarray(i * rows, (i + 1) * rows),
  }))
}

/** One number of the metrics ring: `index` 0 is the loss, 1 the gradient norm, 2 the right answers. */
export async function readMetric(machine: Machine, slot: number, index: number): Promise<number> {
  const at = 4 * (METRICS_STRIDE * slot + index)
  return new Float32Array(await machine.read(machine.pool.owned(machine.metrics.storage), at, 4))[0]
}

/** A recording of one's own, compiled over batches of one shape. */
export async function compileRunner(
  machine: Machine,
  B: number,
  T: number,
  record: (shape: BatchShape) => Launch[],
): Promise<{ run: RunBatch; dispose: () => void }> {
  const inputs = createInputs(B * T, machine.config.vocab_size)
  const compiled = await machine.compile([record({ B, T, inputs, bindingLimit: machine.gpu.limits.binding })])
  return {
    run: createRunner(machine, inputs, compiled.plans[0]),
    dispose: () => {
      compiled.dispose()
      machine.pool.release(inputs.storage)
    },
  }
}
