/** Metrics, the global norm and AdamW: shaders/optimizer.wgsl. */
import gridText from '../../shaders/grid.wgsl?raw'
import text from '../../shaders/optimizer.wgsl?raw'
import stateText from '../../shaders/state.wgsl?raw'
import { defineKernel } from '../gpu/kernel.ts'
import { whole, type Region, type Storage } from '../gpu/launch.ts'
import type { Inputs } from './inputs.ts'
import { once, type Recording, type Tensor } from './recording.ts'

const kernelOf = (entry: string) => once(`optimizer ${entry}`, () => defineKernel('optimizer', entry, [gridText, stateText, text]))

/** Steps whose metrics the GPU keeps until the host fetches them. */
export const METRICS_RING = 256
/** Floats of a step in the ring: loss, gradient norm, targets predicted right, unused. */
export const METRICS_STRIDE = 4

/** Elements that one invocation squares: few workgroups enough for one more to add up, and enough of them to fill a GPU. */
const squaresBlock = (elements: number): number => Math.max(16, Math.ceil(elements / (64 * 2048)))

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
    kernel: kernelOf('finish'),
    constants: { TRAINING: 0 },
    params: { M: rows.shape[0], blocks: 0, clip: 0 },
    regions: { all_squares: null, rows: rows.region, metrics, scale_out: null, state: inputs.state },
    workgroups: 1,
  })
}

/** Norm, clipping, metrics and the update, after the tape has been walked. */
export function update(recording: Recording, chunks: PackChunk[], rows: Tensor, inputs: Inputs, metrics: Region, options: AdamW): void {
  const groups = chunks.map((c) => Math.ceil(c.elements / (64 * squaresBlock(c.elements))))
  const blocks = groups.reduce((a, b) => a + b, 0)
  const squares = recording.tensor('squares of gradients', [blocks])
  const scale = recording.tensor('clipping scale', [1])
  let first = 0
  chunks.forEach((chunk, i) => {
    recording.launch({
      kernel: kernelOf('sum_squares'),
      constants: {},
      params: { n: chunk.elements, block: squaresBlock(chunk.elements), first_block: first },
      regions: { gradients: whole(chunk.gradients), squares: squares.region },
      workgroups: groups[i],
    })
    first += groups[i]
  })
  recording.launch({
    kernel: kernelOf('finish'),
    constants: { TRAINING: 1 },
    params: { M: rows.shape[0], blocks, clip: options.clip },
    regions: { all_squares: squares.region, rows: rows.region, metrics, scale_out: scale.region, state: inputs.state },
    workgroups: 1,
  })
  const { beta1, beta2, eps, weight_decay } = options
  for (const chunk of chunks)
    recording.launch({
      kernel: kernelOf('adamw'),
      constants: {},
      params: { n: chunk.elements, decayed: chunk.decayed, beta1, beta2, eps, weight_decay },
      regions: {
        gradients: whole(chunk.gradients),
        scale_in: scale.region,
        parameters: whole(chunk.parameters),
        m: whole(chunk.m),
        v: whole(chunk.v),
        state: inputs.state,
      },
      workgroups: Math.ceil(chunk.elements / 64),
    })
}
