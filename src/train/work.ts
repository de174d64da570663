/**
 * What a launch has to do at least: floating-point operations, and bytes between memory and the kernel with everything read and written once. One entry for each kernel
 * file, by entry point where these differ; a kernel without an entry throws, and a test asks for the entry of every shader.
 */
import { valueBytes, type Launch } from '../gpu/launch.ts'

export interface Work {
  flops: number
  bytes: number
  /** What tells launches of one kernel and size apart, in words. */
  detail?: string
}

type Count = (launch: Launch) => Work

const param = ({ kernel, params }: Launch, name: string): number => {
  const value = params[name]
  if (value === undefined) throw new Error(`${kernel.name} has no parameter ${name}: count its work otherwise in src/train/work.ts.`)
  return value
}

/** Bytes of everything bound, with those named a second time: they are read as well as written. */
const bound =
  (...twice: string[]): Count =>
  ({ regions }) => {
    const sizes = Object.entries(regions).map(([name, region]) => (region ? region.bytes * (twice.includes(name) ? 2 : 1) : 0))
    return { flops: 0, bytes: sizes.reduce((a, b) => a + b, 0) }
  }

/** `bound`, with an output that is added to where the launch accumulates. */
const boundOrAdded =
  (output: string, ...twice: string[]): Count =>
  (launch) =>
    bound(...(launch.constants.ACCUMULATE ? [output, ...twice] : twice))(launch)

/** Bytes of a value of a binding. */
const sizeOf = ({ regions }: Launch, name: string): number => valueBytes(regions[name]?.storage.f16)

/** Bytes of as many values of a binding as a product of parameters. */
const values =
  (binding: string, times: number, ...names: string[]): Count =>
  (launch) => ({ flops: 0, bytes: sizeOf(launch, binding) * times * names.reduce((n, name) => n * param(launch, name), 1) })

const nothing: Count = () => ({ flops: 0, bytes: 0 })

/** 2·M·N·K; both operands, the result (each part where the sum is split, twice where it is added to), and what the epilogue reads and writes besides. */
const product: Count = (launch) => {
  const [M, N, K] = ['M', 'N', 'K'].map((name) => param(launch, name))
  const { constants, regions, params } = launch
  const [a, b, c, extra, also] = ['a', 'b', 'c', 'extra', 'also'].map((name) => sizeOf(launch, name))
  const results =
    c * ((params.splits ?? 1) + (constants.ACCUMULATE ? 1 : 0)) + (regions.extra ? extra : 0) + (constants.ACTIVATION ? also : 0)
  return { flops: 2 * M * N * K, bytes: a * M * K + b * K * N + results * M * N }
}

/** Columns of a head, which a kernel has as a constant of its text. */
function headWidth({ kernel }: Launch): number {
  const found = /\bconst E = (\d+)u;/.exec(kernel.code)
  if (!found) throw new Error(`${kernel.name} does not say its head width: count its work otherwise in src/train/work.ts.`)
  return Number(found[1])
}

/** The table that tells which sources are read. */
function table({ kernel, regions }: Launch): Uint32Array {
  const data = regions.table?.storage.data
  if (!(data instanceof Uint32Array))
    throw new Error(`${kernel.name} has no table of sources: count its work otherwise in src/train/work.ts.`)
  return data
}

/**
 * `pairs`: products of a query's row with a key's or a value's row, causal: T·(T+1)/2 of 2·E operations for each head that they are counted over. `rows` of heads that are
 * read or written: all are of one size.
 */
function causal(launch: Launch, pairs: number, rows: number, detail?: string): Work {
  const [T, sequences] = ['T', 'sequences'].map((name) => param(launch, name))
  const E = headWidth(launch)
  return { flops: pairs * sequences * T * (T + 1) * E, bytes: sizeOf(launch, 'store') * rows * sequences * T * E, detail }
}

/** All heads' slots: the table has (first, count) of each head, then two words a slot. */
const slotsOf = (launch: Launch): number => (table(launch).length - 2 * param(launch, 'H')) / 2

const slotsText = (slots: number): string => `${slots} slots`

/** Scores and weighted values: two products of each slot. Reads q, and k and v of each slot; writes the result. */
const attentionForward: Count = (launch) => {
  const slots = slotsOf(launch)
  return causal(launch, 2 * slots, 2 * param(launch, 'H') + 2 * slots, slotsText(slots))
}

/** Scores anew, dO · vᵀ, and dS · k. Reads q, dO, k and v; writes dq. */
const attentionBackwardQueries: Count = (launch) => {
  const slots = slotsOf(launch)
  return causal(launch, 3 * slots, 3 * param(launch, 'H') + 2 * slots, slotsText(slots))
}

/** dS · k, with dS as the other kernel kept it. Reads it and k; writes dq. */
const attentionGatherQueries: Count = (launch) => {
  const slots = slotsOf(launch)
  const { flops, bytes, detail } = causal(launch, slots, param(launch, 'H') + slots, slotsText(slots))
  return { flops, bytes: bytes + keptBytes(launch, slots), detail }
}

/** Bytes of the scores' gradients, half of each slot's. */
const keptBytes = (launch: Launch, slots: number): number => {
  const T = param(launch, 'T')
  return 2 * param(launch, 'sequences') * slots * T * (T + 1)
}

/** Scores anew, then dO · vᵀ and dSᵀ · q where keys are read, and Pᵀ · dO where values are: the last word of an entry's six says which. */
const attentionBackwardSources: Count = (launch) => {
  const at = param(launch, 'entries_at')
  const data = table(launch)
  let [pairs, entries] = [0, 0]
  for (let i = at + 5; i < data.length; i += 6, entries++) pairs += 1 + (data[i] & 1 ? 2 : 0) + (data[i] & 2 ? 1 : 0)
  const work = causal(launch, pairs, 4 * entries + 2 * param(launch, 'items'), slotsText(entries))
  return { ...work, bytes: work.bytes + (launch.constants.KEEPS ? keptBytes(launch, param(launch, 'all_slots')) : 0) }
}

const probe: Count = (launch) => {
  const slots = slotsOf(launch)
  const { flops } = causal(launch, slots, 0)
  return { flops, bytes: 4 * param(launch, 'sequences') * param(launch, 'pattern_size'), detail: slotsText(slots) }
}

/** The gradient takes the place of the logits. */
const loss: Count = (launch) => bound(...(launch.constants.GRADIENT ? ['logits'] : []))(launch)

const WORK: Record<string, Count | Record<string, Count>> = {
  product,
  product_tiled: product,
  reduce: (launch) => ({ flops: 0, bytes: (launch.regions.parts?.bytes ?? 0) + 4 * param(launch, 'outputs') }),
  attention: {
    forward: attentionForward,
    backward_q: attentionBackwardQueries,
    backward_kv: attentionBackwardSources,
    delta: bound('stats'),
    probe,
  },
  attention_forward_tiled: attentionForward,
  attention_backward_tiled: {
    backward_q_tiled: attentionBackwardQueries,
    backward_kv_tiled: attentionBackwardSources,
    gather_q_tiled: attentionGatherQueries,
  },
  attention_delta: bound('stats'),
  decode_attention: bound(),
  // A row times a matrix, which is read once.
  decode_product: bound(),
  decode_gated: bound(),
  sample: bound(),
  norm: boundOrAdded('dx'),
  norm_rows: boundOrAdded('dx'),
  norm_partials: values('partials', 1, 'norms', 'blocks', 'width'),
  embedding: boundOrAdded('dtok'),
  rope: values('rows', 2, 'M', 'heads', 'E'),
  gate: bound(),
  loss,
  loss_rows: loss,
  optimizer: { sum_parts: bound(), finish: bound(), adamw: bound('parameters', 'm', 'v') },
  elementwise: {
    add: boundOrAdded('out'),
    mask: bound(),
    zero: values('out', 1, 'n'),
  },
  // As if every head were replaced.
  replace_heads: values('x', 1, 'rows', 'columns'),
  head_norms: (launch) => {
    const [M, D, H, E] = ['M', 'D', 'H', 'E'].map((name) => param(launch, name))
    return { flops: 2 * M * D * H * E, bytes: bound()(launch).bytes }
  },
  ceilings: {
    multiply_add: (launch) => ({ flops: 32 * param(launch, 'n') * param(launch, 'rounds'), bytes: 16 * param(launch, 'n') }),
    copy: values('x', 8, 'n'),
    touch: nothing,
  },
}

/** Throws where the kernel has no entry. */
export function countOf(kernel: string): Count {
  const [file, entry] = kernel.split('.')
  const of = WORK[file]
  const count = typeof of === 'function' ? of : of?.[entry]
  if (!count) throw new Error(`What ${kernel} does is not counted: give it an entry in src/train/work.ts.`)
  return count
}

export const workOf = (launch: Launch): Work => countOf(launch.kernel.name)(launch)
