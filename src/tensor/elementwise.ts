/** The element-wise passes that no other kernel can carry: shaders/elementwise.wgsl. */
import text from '../../shaders/elementwise.wgsl?raw'
import gridText from '../../shaders/grid.wgsl?raw'
import random from '../../shaders/random.wgsl?raw'
import stateText from '../../shaders/state.wgsl?raw'
import { defineKernel } from '../gpu/kernel.ts'
import type { Region } from '../gpu/launch.ts'
import { dropoutParams, type Dropout } from './dropout.ts'
import { count, once, type Recording, type Tensor } from './recording.ts'

const kernelOf = (entry: string) =>
  once(`elementwise ${entry}`, () => defineKernel('elementwise', entry, [gridText, stateText, random, text]))

const invocations = (n: number): number => Math.ceil(n / 64)

/** target.into = or += x. */
export function addInto(recording: Recording, x: Tensor, target: { into: Tensor; accumulate: boolean }): void {
  const n = count(x.shape)
  recording.launch({
    kernel: kernelOf('add'),
    constants: { ACCUMULATE: Number(target.accumulate) },
    params: { n },
    regions: { x: x.region, out: target.into.region },
    workgroups: invocations(n),
  })
}

/** dy ⊙ the dropout mask of a site. */
export function maskGradient(recording: Recording, dy: Tensor, dropout: Dropout | undefined, state: Region): Tensor {
  const out = recording.tensor(`${dy.label}, masked`, dy.shape)
  const n = count(dy.shape)
  recording.launch({
    kernel: kernelOf('mask'),
    constants: {},
    params: { n, width: dy.shape[1], ...dropoutParams(dropout) },
    regions: { x: dy.region, out: out.region, state },
    workgroups: invocations(n),
  })
  return out
}

/** Zeroes `columns` columns from `offset` (elements) on in `rows` rows that lie `stride` apart. */
export function zeroColumns(
  recording: Recording,
  out: Region,
  at: { rows: number; columns: number; stride: number; offset: number },
): void {
  const n = at.rows * at.columns
  recording.launch({
    kernel: kernelOf('zero'),
    constants: {},
    params: { n, width: at.columns, stride: at.stride, offset: at.offset },
    regions: { out },
    workgroups: invocations(n),
  })
}
