/** Cross-entropy with its gradient in one pass: shaders/loss_common.wgsl, with loss.wgsl for processors and loss_rows.wgsl for GPUs. */
import gridText from '../../shaders/grid.wgsl?raw'
import commonText from '../../shaders/loss_common.wgsl?raw'
import rowsText from '../../shaders/loss_rows.wgsl?raw'
import text from '../../shaders/loss.wgsl?raw'
import stateText from '../../shaders/state.wgsl?raw'
import { defineKernel, type Kernel } from '../gpu/kernel.ts'
import type { Inputs } from './inputs.ts'
import { once, type Recording, type Tensor } from './recording.ts'
import { lanesFor, vectorPrelude, vectorWidth } from './vectors.ts'

/** Values of V that a lane reads of a row before more lanes share it. */
const MOST_READ = 8

/** The kernel for rows of V logits, and the rows of a workgroup. */
function kernelOf(parallel: boolean, V: number): { kernel: Kernel; slots: number } {
  const parts = [gridText, stateText, commonText]
  if (!parallel) return { kernel: once('loss', () => defineKernel('loss', 'loss', [...parts, text], vectorPrelude(1))), slots: 64 }
  const width = vectorWidth(V)
  const steps = V / width
  const lanes = lanesFor(steps, MOST_READ, 8)
  const sizes = `const STEPS = ${steps}u;\nconst LANES = ${lanes}u;\n`
  const kernel = once(`loss_rows ${V}`, () => defineKernel('loss_rows', 'loss', [...parts, rowsText], vectorPrelude(width) + sizes))
  return { kernel, slots: 256 / lanes }
}

/** Memory for what `crossEntropy` leaves of each row of a step, all micro-batches together. */
export const rowLosses = (recording: Recording, { rows, parts }: Inputs): Tensor => recording.tensor('row losses', [parts.length * rows, 2])

/**
 * Row losses and right answers [rows of the whole batch, 2] of logits [M, V]: M rows, from those of the inputs' micro-batch on. In training the logits are overwritten by their gradient, since nobody needs them again:
 * a [M, V] tensor is the largest of many models.
 */
export function crossEntropy(recording: Recording, logits: Tensor, inputs: Inputs, rows = rowLosses(recording, inputs)): Tensor {
  const [M, V] = logits.shape
  const { kernel, slots } = kernelOf(recording.variants.parallel, V)
  recording.launch({
    kernel,
    constants: { GRADIENT: Number(recording.training) },
    params: { M, V },
    regions: { logits: logits.region, targets: inputs.targets, rows: rows.region, state: inputs.state },
    workgroups: Math.ceil(M / slots),
  })
  recording.onBackward(() => {
    if (!recording.adoptGradient(logits, logits)) throw new Error('The logits have another consumer.')
  })
  return rows
}
