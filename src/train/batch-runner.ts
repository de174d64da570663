/** One recording over batches of one shape, run batch by batch by somebody who knows the state of each. */
import type { Batch } from '../data/dataset.ts'
import type { Launch } from '../gpu/launch.ts'
import type { Machine } from '../model/machine.ts'
import { countTargets, createInputs, createInputsWriter, type State } from '../tensor/inputs.ts'
import { METRICS_STRIDE } from '../tensor/optimizer.ts'
import type { BatchShape } from './program.ts'

export interface BatchRunner {
  /** Submits one batch. What is not given of the state is neutral: seed, step, position and rate 0. */
  run: (batch: Batch, state: Partial<State>) => void
  /** One number of the metrics ring. */
  metric: (slot: number, index: number) => Promise<number>
  dispose: () => void
}

export async function bindInputs(machine: Machine, B: number, T: number, record: (shape: BatchShape) => Launch[]): Promise<BatchRunner> {
  const inputs = createInputs(B * T, machine.config.vocab_size)
  const compiled = await machine.compile([record({ B, T, inputs, bindingLimit: machine.gpu.limits.binding })])
  const writer = createInputsWriter(inputs)
  return {
    run: (batch, state) => {
      const targets = countTargets(batch.targets)
      writer.batch(batch.tokens, batch.targets)
      const neutral = { seed: 0, step: 0, position: 0, ring: 0, rate: 0, scale_m: 1, scale_v: 1 }
      writer.state({ ...neutral, inverse_count: targets && 1 / targets, ...state })
      machine.run({ storage: inputs.storage, bytes: writer.bytes }, compiled.plans)
    },
    metric: async (slot, index) => {
      const at = 4 * (METRICS_STRIDE * slot + index)
      return new Float32Array(await machine.read(machine.pool.owned(machine.metrics.storage), at, 4))[0]
    },
    dispose: () => {
      compiled.dispose()
      machine.pool.release(inputs.storage)
    },
  }
}
