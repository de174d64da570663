/**
 * Layer norm and root-mean-square norm: shaders/norm_common.wgsl, with norm.wgsl for processors and norm_rows.wgsl for GPUs; and the weight gradients of all norms
 * at once: shaders/norm_partials.wgsl.
 */
import gridText from '../../shaders/grid.wgsl?raw'
import commonText from '../../shaders/norm_common.wgsl?raw'
import rowsText from '../../shaders/norm_rows.wgsl?raw'
import partialsText from '../../shaders/norm_partials.wgsl?raw'
import text from '../../shaders/norm.wgsl?raw'
import { defineKernel, type Kernel } from '../gpu/kernel.ts'
import type { Region } from '../gpu/launch.ts'
import { unroll } from '../gpu/unroll.ts'
import { once, type Recording, type Tensor } from './recording.ts'
import { lanesFor, vectorPrelude, vectorWidth } from './vectors.ts'

type Entry = 'forward' | 'backward'

const serialKernel = (entry: Entry): Kernel =>
  once(`norm ${entry}`, () => defineKernel('norm', entry, [gridText, commonText, text], vectorPrelude(1)))

/** Values of V that a lane keeps of a row, at most: the backward pass keeps five numbers where the forward pass keeps one. */
const MOST_KEPT = { forward: 6, backward: 3 }

/** The kernel for rows of D, and the rows that a workgroup holds at a time. */
function rowsKernel(entry: Entry, D: number): { kernel: Kernel; slots: number } {
  const width = vectorWidth(D)
  const steps = D / width
  const lanes = lanesFor(steps, MOST_KEPT[entry], 16)
  const constants = { STEPS: steps, LANES: lanes, PER: Math.ceil(steps / lanes) }
  const sizes = Object.entries(constants).map(([name, n]) => `const ${name} = ${n}u;\n`)
  const kernel = once(`norm_rows ${entry} ${D}`, () =>
    defineKernel('norm_rows', entry, [gridText, commonText, unroll(rowsText, constants)], vectorPrelude(width) + sizes.join('')),
  )
  return { kernel, slots: 256 / lanes }
}

const partialsKernel = () =>
  once('norm_partials', () => defineKernel('norm_partials', 'sum_partials', [gridText, unroll(partialsText, {})]))

/** All norms of a model: their parameters lie at equal strides, so that their gradients are reduced by one dispatch. */
export interface Norms {
  centred: boolean
  eps: number
  count: number
  D: number
  /** [count, stride] elements of the gradients; a norm's weight comes first, its bias `biasAt` behind. */
  gradients?: Region
  stride: number
  biasAt: number
  hasBias: boolean
}

export interface NormPartials {
  norms: Norms
  partials: Tensor
  blocks: number
  rowsPerBlock: number
}

/** Memory for the partial sums of all norms over M rows; their reduction runs when the tape has been walked. */
export function createNormPartials(recording: Recording, norms: Norms, M: number): NormPartials {
  // A block's rows are walked one after another, some at a time: few of them, but not so few that the partial sums outgrow the tensors.
  const slots = recording.variants.parallel ? rowsKernel('backward', norms.D).slots : 1
  const least = recording.variants.parallel ? Math.ceil(M / 256) : Math.min(16, Math.ceil(M / 256))
  const rowsPerBlock = Math.ceil(least / slots) * slots
  const blocks = Math.ceil(M / rowsPerBlock)
  const width = norms.D * (norms.hasBias ? 2 : 1)
  const partials = recording.tensor('partial sums of norm gradients', [norms.count, blocks, width])
  recording.atEnd(() => {
    if (!norms.gradients) throw new Error('The gradients of the norms have no place.')
    recording.launch({
      kernel: partialsKernel(),
      constants: { ACCUMULATE: Number(recording.accumulates) },
      params: { norms: norms.count, blocks, width, D: norms.D, bias_at: norms.biasAt, stride: norms.stride },
      regions: { partials: partials.region, gradient: norms.gradients },
      workgroups: Math.ceil((norms.count * width) / 64),
    })
  })
  return { norms, partials, blocks, rowsPerBlock }
}

export interface Norm {
  label: string
  /** [M, D] */
  x: Tensor
  weight: Tensor
  bias?: Tensor
  norms: Norms
  /** Which of the norms this is, and where its partial sums go (training only). */
  index: number
  partials?: NormPartials
}

export function norm(recording: Recording, op: Norm): Tensor {
  const [M, D] = op.x.shape
  const y = recording.values(op.label, [M, D])
  const stats = recording.tensor(`${op.label}, statistics`, [M, 2])
  const constants = { CENTRED: Number(op.norms.centred), BIAS: Number(op.bias !== undefined) }
  const parallel = recording.variants.parallel
  const forward = parallel ? rowsKernel('forward', D) : { kernel: serialKernel('forward'), slots: 64 }
  recording.launch({
    kernel: forward.kernel,
    constants,
    params: { M, D, eps: op.norms.eps },
    regions: { x: op.x.region, weight: op.weight.region, bias: op.bias?.region ?? null, y: y.region, stats: stats.region },
    workgroups: Math.ceil(M / forward.slots),
  })
  recording.onBackward(() => {
    if (!op.partials) throw new Error(`${op.label} has no memory for its partial sums.`)
    const { blocks, rowsPerBlock, partials, norms } = op.partials
    const perNorm = blocks * D * (norms.hasBias ? 2 : 1)
    const dx = recording.writeGradient(op.x)
    recording.launch({
      kernel: parallel ? rowsKernel('backward', D).kernel : serialKernel('backward'),
      constants: { ...constants, ACCUMULATE: Number(dx.accumulate) },
      params: { M, D, block: rowsPerBlock, partials_offset: (op.index * perNorm) / (parallel ? vectorWidth(D) : 1) },
      regions: {
        x: op.x.region,
        weight: op.weight.region,
        dy: recording.gradientOf(y).region,
        saved: stats.region,
        dx: dx.into.region,
        partials: partials.region,
      },
      workgroups: parallel ? blocks : Math.ceil(blocks / 64),
    })
  })
  return y
}
