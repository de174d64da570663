/** Metrics, the global norm and AdamW: shaders/optimizer.wgsl. */
import gridText from '../../shaders/grid.wgsl?raw'
import text from '../../shaders/optimizer.wgsl?raw'
import stateText from '../../shaders/state.wgsl?raw'
import { defineKernel } from '../gpu/kernel.ts'
import { whole, type Region, type Storage } from '../gpu/launch.ts'
import { asLoops, unroll } from '../gpu/unroll.ts'
import type { Inputs } from './inputs.ts'
import { once, type Recording, type Tensor } from './recording.ts'

const kernelOf = (entry: string, parallel: boolean) =>
  once(`optimizer ${entry} ${parallel}`, () =>
    defineKernel('optimizer', entry, [gridText, stateText, parallel ? unroll(text, {}) : asLoops(text)]),
  )

/** Steps whose metrics the GPU keeps until the host fetches them. */
export const METRICS_RING = 256
/** Floats of a step in the ring: loss, gradient norm, targets predicted right, unused. */
export const METRICS_STRIDE = 4

/** Vectors of four that a workgroup takes at a time. */
const AT_A_TIME = 256
/** Of partial sums, whatever the size of the packs: every workgroup of the update adds them all up. */
const MOST_SUMS = 512
/** Vectors that an invocation of the update takes, at most, and workgroups that fill a large GPU: fewer add up the partial sums less often. */
const MOST_UPDATED = 16
const FILLING = 2048
/** That fill a processor, for which every workgroup with barriers has its price. */
const FILLING_PROCESSOR = 8
/** ROW_BLOCK in shaders/optimizer.wgsl. */
const ROW_BLOCK = 4096

/** Workgroups over `vectors`, and vectors of each invocation. */
function share(vectors: number, groups: number, least: number, most: number): { groups: number; block: number } {
  const block = Math.max(least, Math.min(most, Math.ceil(vectors / (AT_A_TIME * groups))))
  return { block, groups: Math.ceil(vectors / (AT_A_TIME * block)) }
}

/** One chunk of the packed parameters, with its gradients and moments. */
export interface PackChunk {
  parameters: Storage
  gradients: Storage
  m: Storage
  v: Storage
  /** Elements, padding included. */
  elements: number
  /** The first so many are of tensors with two or more axes: they decay. */
  decayed: number
}

export interface AdamW {
  beta1: number
  beta2: number
  eps: number
  weight_decay: number
  clip: number
}

/** metrics[state.ring] = (mean loss, 0, right answers) of an evaluation. */
export function evaluationMetrics(recording: Recording, rows: Tensor, inputs: Inputs, metrics: Region): void {
  recording.launch({
    kernel: kernelOf('finish', recording.variants.parallel),
    constants: {},
    params: { M: rows.shape[0] },
    regions: { rows: rows.region, metrics, state: inputs.state },
    workgroups: 1,
  })
}

/** Norm, clipping, metrics and the update, after the tape has been walked. */
export function update(recording: Recording, chunks: PackChunk[], rows: Tensor, inputs: Inputs, metrics: Region, options: AdamW): void {
  const { parallel } = recording.variants
  const M = rows.shape[0]
  const vectors = chunks.map((c) => Math.ceil(c.elements / 4))
  const squares = vectors.map((n) => share(n, MOST_SUMS, 4, Infinity))
  const blocks = squares.reduce((sum, { groups }) => sum + groups, 0)
  const row_blocks = Math.ceil(M / ROW_BLOCK)
  const sums = recording.tensor('sums of squares and of rows', [blocks + 2 * row_blocks])
  let first_block = 0
  chunks.forEach((chunk, i) => {
    const { groups, block } = squares[i]
    // The rows go with the first pack.
    const rowsHere = i === 0 ? row_blocks : 0
    recording.launch({
      kernel: kernelOf('sum_parts', parallel),
      constants: {},
      params: { n: vectors[i], block, groups, first_block, blocks, row_blocks: rowsHere, M },
      regions: { gradients: whole(chunk.gradients), sums: sums.region, rows: rows.region },
      workgroups: groups + rowsHere,
    })
    first_block += groups
  })
  const { beta1, beta2, eps, weight_decay, clip } = options
  chunks.forEach((chunk, i) => {
    const { groups, block } = share(vectors[i], parallel ? FILLING : FILLING_PROCESSOR, 1, MOST_UPDATED)
    recording.launch({
      kernel: kernelOf('adamw', parallel),
      constants: { METRICS: Number(i === 0) },
      params: { n: vectors[i], block, blocks, row_blocks, decayed: chunk.decayed, clip, beta1, beta2, eps, weight_decay },
      regions: {
        gradients: whole(chunk.gradients),
        all_sums: sums.region,
        parameters: whole(chunk.parameters),
        m: whole(chunk.m),
        v: whole(chunk.v),
        metrics: i === 0 ? metrics : null,
        state: inputs.state,
      },
      workgroups: groups,
    })
  })
}
