/** One row times a matrix, or two, with the norm before it and what follows it: shaders/decode_product.wgsl and decode_gated.wgsl. For generation, which computes no gradients. */
import activation from '../../shaders/activation.wgsl?raw'
import gatedText from '../../shaders/decode_gated.wgsl?raw'
import productText from '../../shaders/decode_product.wgsl?raw'
import rowText from '../../shaders/decode_row.wgsl?raw'
import gridText from '../../shaders/grid.wgsl?raw'
import stateText from '../../shaders/state.wgsl?raw'
import subgroupsText from '../../shaders/subgroups.wgsl?raw'
import noSubgroupsText from '../../shaders/subgroups_none.wgsl?raw'
import { bindTogether, type BindLimits, type Roles } from '../gpu/bind-together.ts'
import { defineKernel, type Kernel } from '../gpu/kernel.ts'
import type { Region } from '../gpu/launch.ts'
import { unroll } from '../gpu/unroll.ts'
import { chunkPrelude, chunkWords } from './chunk.ts'
import { ACTIVATIONS } from './linear.ts'
import { norm, type Norms } from './norm.ts'
import { once, type Recording, type Tensor } from './recording.ts'

/** Which bindings lie together. */
const ROLES: Roles = {
  weight: 'weights',
  second: 'weights',
  norm_weight: 'norms',
  norm_bias: 'norms',
  bias: 'biases',
  second_bias: 'biases',
}

/** Binds launches of one token together, from the `from`-th on. A projection needs it: by itself it may bind more than a device allows. */
export function bindRowsTogether({ launches }: Recording, from: number, limits: BindLimits): void {
  launches.push(...bindTogether(launches.splice(from), ROLES, limits))
}

/** The norm that a row goes through before a product. */
export interface RowNorm {
  label: string
  weight: Tensor
  bias?: Tensor
  norms: Norms
  /** Which of the norms this is. */
  index: number
}

interface RowProduct {
  label: string
  /** [rows, K] */
  x: Tensor
  norm?: RowNorm
  /** [N, K] */
  weight: Tensor
  /** [N] */
  bias?: Tensor
}

export interface RowLinear extends RowProduct {
  activation?: keyof typeof ACTIVATIONS
  /** [1, N], added last. */
  residual?: Tensor
  /** The row is that of the state's position; without it the first. */
  at?: Region
  into?: Tensor
}

interface Shape {
  kernel: Kernel
  /** Outputs of the matrix to a workgroup. */
  rows: number
}

/** Lanes that split K: each has a few chunks to ask for at once, and a workgroup no more barriers' worth of lanes than that needs. */
const lanesOf = (K: number): number => (K <= 512 ? 32 : K <= 2048 ? 64 : 128)

/** Chunks that a lane asks for at once, about. */
const ASKED = 12

/** Enough workgroups for a large GPU before each takes more rows, which then share the row's norm. */
const rowsOf = (N: number): number => (N >= 2048 ? 4 : N > 1024 ? 2 : 1)

interface Sizes {
  N: number
  K: number
  /** Rows of all matrices together, where there is more than one, and those that a workgroup has at least. */
  all?: number
  least?: number
  eps: number
  E?: number
  rotated?: number
}

function shapeOf(recording: Recording, entry: 'dense' | 'gated' | 'project', sizes: Sizes): Shape {
  const { N, K, all = N, least = 1, eps, E = 1, rotated = 0 } = sizes
  const { parallel, subgroup = 0 } = recording.variants
  const name = parallel ? entry : `${entry}_serial`
  const unit = parallel ? subgroup : 0
  // Without barriers a lane is an output, and sums word by word as the products of whole batches do.
  const [lanes, rows] = parallel ? [Math.max(lanesOf(K), unit), Math.max(least, rowsOf(all))] : [64, 1]
  const words = parallel ? K : 1
  const steps = Math.ceil(K / chunkWords(words) / lanes)
  const unrolled = { HELD: Math.min(steps, Math.max(1, Math.floor(ASKED / rows))), ROWS: rows }
  const numbers = Object.entries({ N, K, E, ROTATED: rotated, LANES: lanes, ...unrolled }).map(([n, value]) => `const ${n} = ${value}u;`)
  const subgroups = unit > 0 ? `enable subgroups; const UNIT = ${unit}u;` : ''
  const prelude = `${subgroups} ${chunkPrelude(words)} ${numbers.join(' ')} const EPS = f32(${eps});`
  const units = unit > 0 ? subgroupsText : noSubgroupsText
  const [file, text] = entry === 'gated' ? ['decode_gated', gatedText] : ['decode_product', productText]
  const kernel = once(`${file} ${name} ${prelude}`, () =>
    defineKernel(file, name, [gridText, stateText, activation, units, unroll(rowText + text, unrolled)], prelude),
  )
  return { kernel, rows: parallel ? rows : lanes }
}

/** The norm within the kernel where that has barriers; else a launch of its own, and its result in x's place. */
function normed(recording: Recording, { x, norm: op }: RowProduct) {
  const parallel = recording.variants.parallel
  const constants: Record<string, number> = {}
  const regions: Record<string, Region | null> = parallel ? { norm_weight: null, norm_bias: null } : {}
  if (!op) return { x, constants, eps: 0, regions }
  if (!parallel) return { x: norm(recording, { ...op, x }), constants, eps: 0, regions }
  const { weight, bias, norms } = op
  return {
    x,
    constants: { NORM: 1, CENTRED: Number(norms.centred), NORM_BIAS: Number(bias !== undefined) },
    eps: norms.eps,
    regions: { norm_weight: weight.region, norm_bias: bias?.region ?? null },
  }
}

/** y[1, N] = f(norm(x) · weightᵀ + bias) + residual. */
export function rowLinear(recording: Recording, op: RowLinear): Tensor {
  const [N, K] = op.weight.shape
  const { x, constants, eps, regions } = normed(recording, op)
  const { kernel, rows } = shapeOf(recording, 'dense', { N, K, eps })
  const out = op.into ?? recording.tensor(op.label, [1, N])
  recording.launch({
    kernel,
    constants: {
      ...constants,
      BIAS: Number(op.bias !== undefined),
      ACTIVATION: ACTIVATIONS[op.activation ?? 'none'],
      RESIDUAL: Number(op.residual !== undefined),
      AT_POSITION: Number(op.at !== undefined),
    },
    params: {},
    regions: {
      ...regions,
      x: x.region,
      weight: op.weight.region,
      bias: op.bias?.region ?? null,
      residual: op.residual?.region ?? null,
      state: op.at ?? null,
      out: out.region,
    },
    workgroups: Math.ceil(N / rows),
  })
  return out
}

/** y[1, N] = silu(norm(x) · weightᵀ + bias) ⊙ (norm(x) · throughᵀ + its bias). */
export function rowGated(recording: Recording, op: RowProduct & { through: { weight: Tensor; bias?: Tensor }; into?: Tensor }): Tensor {
  const [N, K] = op.weight.shape
  const { x, constants, eps, regions } = normed(recording, op)
  const { kernel, rows } = shapeOf(recording, 'gated', { N, K, all: 2 * N, least: 2, eps })
  const out = op.into ?? recording.tensor(op.label, [1, N])
  recording.launch({
    kernel,
    constants: { ...constants, BIAS: Number(op.bias !== undefined) },
    params: {},
    regions: {
      ...regions,
      x: x.region,
      weight: op.weight.region,
      second: op.through.weight.region,
      bias: op.bias?.region ?? null,
      second_bias: op.through.bias?.region ?? null,
      out: out.region,
    },
    workgroups: Math.ceil(N / (recording.variants.parallel ? rows / 2 : rows)),
  })
  return out
}

export interface RowProjection extends RowProduct {
  /** Packed rows, of which that of the state's position is written: its layer's begin at the first word of `place`. */
  into: Region
  place: Region
  /** Head width, and how many columns belong to heads of queries and keys. */
  E: number
  rotated: number
  rope?: Region
  state: Region
}

/** A token's queries, keys and values, rotated where positions are rotary, into the cache. */
export function rowProject(recording: Recording, op: RowProjection): void {
  const [N, K] = op.weight.shape
  const { x, constants, eps, regions } = normed(recording, op)
  const { E, rotated } = op
  const { kernel, rows } = shapeOf(recording, 'project', { N, K, least: op.rope ? 2 : 1, eps, E, rotated })
  recording.launch({
    kernel,
    constants: { ...constants, BIAS: Number(op.bias !== undefined), ROPE: Number(op.rope !== undefined) },
    params: {},
    regions: {
      ...regions,
      x: x.region,
      weight: op.weight.region,
      bias: op.bias?.region ?? null,
      table: op.rope ?? null,
      state: op.state,
      out: op.into,
      place: op.place,
    },
    workgroups: Math.ceil(N / rows),
  })
}
