/** Cross-entropy with its gradient in one pass: shaders/loss.wgsl. */
import gridText from '../../shaders/grid.wgsl?raw'
import text from '../../shaders/loss.wgsl?raw'
import stateText from '../../shaders/state.wgsl?raw'
import { defineKernel } from '../gpu/kernel.ts'
import type { Inputs } from './inputs.ts'
import { once, type Recording, type Tensor } from './recording.ts'

const kernelOf = (entry: string) => once(`loss ${entry}`, () => defineKernel('loss', entry, [gridText, stateText, text]))

/** Memory for what `crossEntropy` leaves of each row of a step, all micro-batches together. */
export const rowLosses = (recording: Recording, { rows, parts }: Inputs): Tensor => recording.tensor('row losses', [parts.length * rows, 2])

/**
 * Row losses and right answers [rows of the whole batch, 2] of logits [M, V]: M rows, from those of the inputs' micro-batch on. In training the logits are overwritten by their gradient, since nobody needs them again:
 * a [M, V] tensor is the largest of many models.
 */
export function crossEntropy(recording: Recording, logits: Tensor, inputs: Inputs, rows = rowLosses(recording, inputs)): Tensor {
  const [M, V] = logits.shape
  const parallel = recording.variants.parallel
  recording.launch({
    kernel: kernelOf(parallel ? 'parallel' : 'serial'),
    constants: { GRADIENT: Number(recording.training) },
    params: { M, V },
    regions: { logits: logits.region, targets: inputs.targets, rows: rows.region, state: inputs.state },
    workgroups: parallel ? M : Math.ceil(M / 64),
  })
  recording.onBackward(() => {
    if (!recording.adoptGradient(logits, logits)) throw new Error('The logits have another consumer.')
  })
  return rows
}
