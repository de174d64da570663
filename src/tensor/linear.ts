/** Linear layers: one matrix product with bias, activation, dropout and residual in its epilogue, and the two products of its derivative. */
import type { Region } from '../gpu/launch.ts'
import { dropoutParams, drops, type Dropout } from './dropout.ts'
import { addInto, maskGradient } from './elementwise.ts'
import type { Recording, Tensor } from './recording.ts'
import { withParts } from './reduce.ts'
import { PART_STEP, productKernel, REGISTERS, TILES, tileSize } from './tiles.ts'

/** Numbers of the activations in shaders/activation.wgsl. */
export const ACTIVATIONS = { none: 0, gelu: 1, relu: 2, relu2: 3, silu: 4 } as const

export interface Matrix {
  region: Region
  /** Elements from the region's start. */
  offset?: number
}

export interface Product {
  M: number
  N: number
  K: number
  a: Matrix
  b: Matrix
  c: Matrix
  aTransposed?: boolean
  bTransposed?: boolean
  accumulate?: boolean
  bias?: Region
  activation?: { kind: number; into: Region }
  /** Times the derivative of the activation at the values `before` it; with `again`, the activated values are written there once more. */
  derivative?: { kind: number; before: Matrix; again?: Region }
  residual?: Matrix
  dropout?: Dropout
  rowSums?: Region
  state: Region
}

const tilesOf = (M: number, N: number, { rows, columns }: { rows: number; columns: number }): number =>
  Math.ceil(M / rows) * Math.ceil(N / columns)

/** Which matrices of a product are stored as f16. What its epilogue reads or writes beside them hardly changes which tile is quickest. */
export type Halves = Record<'a' | 'b' | 'c', boolean>

export const halvesOf = ({ a, b, c }: Record<'a' | 'b' | 'c', Region | null>): Halves => ({
  a: a?.storage.f16 ?? false,
  b: b?.storage.f16 ?? false,
  c: c?.storage.f16 ?? false,
})

/** What decides which tile is quickest: the name under which src/tune remembers its choice. */
export function productKey(
  p: Pick<Product, 'M' | 'N' | 'K' | 'aTransposed' | 'bTransposed'> & { derivative?: unknown; activation?: unknown; halves?: Halves },
  splits: number,
): string {
  const halves = Object.entries(p.halves ?? {}).flatMap(([name, half]) => (half ? [name] : []))
  return `${p.M}×${p.N}×${p.K}${p.aTransposed ? ' Aᵀ' : ''}${p.bTransposed ? ' Bᵀ' : ''}${p.activation ? ' f' : ''}${p.derivative ? ' f′' : ''}${splits > 1 ? ` in ${splits}` : ''}${halves.length > 0 ? ` f16 ${halves.join('')}` : ''}`
}

/** Before anything is measured: the largest tile of which there are enough workgroups to fill a large GPU. */
function likelyTile(M: number, N: number, splits: number): string {
  const enough = (name: string, workgroups: number): boolean => tilesOf(M, N, tileSize(name)) * splits >= workgroups
  if (enough('96×128', 200)) return '96×128'
  if (enough('64×64', 200)) return '64×64'
  return '32×32'
}

function tileOf(recording: Recording, p: Product, splits: number): string {
  const { parallel, tiles } = recording.variants
  if (!parallel) return REGISTERS
  const chosen = tiles?.[productKey({ ...p, halves: halvesOf({ a: p.a.region, b: p.b.region, c: p.c.region }) }, splits)]
  return chosen !== undefined && chosen in TILES ? chosen : likelyTile(p.M, p.N, splits)
}

/**
 * A large GPU, for the choice of splits alone: its processors, multiplications that one makes in a microsecond, and floats that its memory moves in one; and tiles, with
 * how many of each a processor needs to be busy, and how well it then does.
 */
const LARGE = {
  processors: 132,
  multiplications: 170_000,
  floats: 600_000,
  tiles: [
    { rows: 128, columns: 128, least: 1, quality: 1 },
    { rows: 64, columns: 64, least: 6, quality: 0.8 },
  ],
}

/** Microseconds that such a GPU takes for a product in so many parts. */
function partsTime(M: number, N: number, K: number, splits: number): number {
  const times = LARGE.tiles.map((tile) => {
    // A processor that has fewer tiles than `least` is idle in between.
    const turns = Math.max(tile.least, Math.ceil((tilesOf(M, N, tile) * splits) / LARGE.processors))
    return (turns * tile.rows * tile.columns * Math.ceil(K / splits)) / LARGE.multiplications / tile.quality
  })
  return Math.min(...times) + (splits > 1 ? (2 * splits * M * N) / LARGE.floats + 3 : 0)
}

/**
 * Into how many parts the sum over K is split: as many as make a large GPU quickest, what writing and adding the parts costs included; none shorter than 256. A function
 * of the shape alone, so that a seed gives the same bits on every adapter.
 */
export function splitsOf(M: number, N: number, K: number): number {
  let best = 1
  for (let splits = 2; splits <= Math.min(64, K / 256); splits++) if (partsTime(M, N, K, splits) < partsTime(M, N, K, best)) best = splits
  return best
}

/** One product, unsplit; every option of the epilogue. */
export function product(recording: Recording, p: Product): void {
  emit(recording, p, 1, p.K)
}

/** A product in `splits` parts that nobody adds up: c is [splits, M, N]. */
export function productParts(recording: Recording, p: Product, splits: number): void {
  emit(recording, p, splits, Math.ceil(p.K / splits / PART_STEP) * PART_STEP)
}

/** A product whose K is long and whose result is small: split over K, then the parts are added in order. No epilogue but accumulation and row sums. */
export function longProduct(recording: Recording, p: Product): void {
  const splits = splitsOf(p.M, p.N, p.K)
  if (splits === 1) return product(recording, p)
  if (p.c.offset) throw new Error('A split product writes whole tensors.')
  const split = { size: p.M * p.N, rows: p.rowSums ? p.M : 0, splits, accumulate: p.accumulate ?? false, out: p.c.region, sums: p.rowSums }
  withParts(recording, split, (parts, rowSums) =>
    productParts(recording, { ...p, c: { region: parts }, rowSums, accumulate: false }, splits),
  )
}

function emit(recording: Recording, p: Product, splits: number, kPart: number): void {
  const name = tileOf(recording, p, splits)
  const { rows, columns } = tileSize(name)
  const tiles_m = Math.ceil(p.M / rows)
  const tiles_n = Math.ceil(p.N / columns)
  const extra = p.residual ?? p.derivative?.before
  const fours = (width: number, ...operands: (Matrix | undefined)[]): boolean =>
    width % 4 === 0 && operands.every((operand) => (operand?.offset ?? 0) % 4 === 0)
  const vectors = {
    a: fours(p.aTransposed ? p.M : p.K, p.a),
    b: fours(p.bTransposed ? p.K : p.N, p.b),
    c: fours(p.N, p.c, extra),
  }
  recording.launch({
    kernel: productKernel(name, vectors, p.K),
    constants: {
      A_TRANSPOSED: Number(p.aTransposed ?? false),
      B_TRANSPOSED: Number(p.bTransposed ?? false),
      BIAS: Number(p.bias !== undefined),
      ACTIVATION: p.activation?.kind ?? 0,
      DERIVATIVE: p.derivative?.kind ?? 0,
      AGAIN: Number(p.derivative?.again !== undefined),
      DROPOUT: Number(drops(recording, p.dropout)),
      RESIDUAL: Number(p.residual !== undefined),
      ACCUMULATE: Number(p.accumulate ?? false),
      ROW_SUMS: Number(p.rowSums !== undefined),
    },
    params: {
      M: p.M,
      N: p.N,
      K: p.K,
      a_offset: p.a.offset ?? 0,
      b_offset: p.b.offset ?? 0,
      c_offset: p.c.offset ?? 0,
      extra_offset: extra?.offset ?? 0,
      tiles_m,
      tiles_n,
      splits,
      k_part: kPart,
      ...dropoutParams(p.dropout),
    },
    regions: {
      a: p.a.region,
      b: p.b.region,
      c: p.c.region,
      bias: p.bias ?? null,
      extra: extra?.region ?? null,
      also: p.activation?.into ?? p.derivative?.again ?? null,
      sums: p.rowSums ?? null,
      state: p.state,
    },
    workgroups: tiles_m * tiles_n * splits,
  })
}

export interface Linear {
  label: string
  /** [M, K] */
  x: Tensor
  /** [N, K] */
  weight: Tensor
  /** [N] */
  bias?: Tensor
  activation?: keyof typeof ACTIVATIONS
  /** [M, N], added last. */
  residual?: Tensor
  /** On the result, before the residual. */
  dropout?: Dropout
  /** The result is an intermediate value, as what has an activation is: neither a stream nor logits. */
  inner?: boolean
  state: Region
}

/** y[M,N] = dropout(f(x[M,K] · weight[N,K]ᵀ + bias)) + residual. */
export function linear(recording: Recording, op: Linear): Tensor {
  const [M, K] = op.x.shape
  const [N] = op.weight.shape
  const kind = ACTIVATIONS[op.activation ?? 'none']
  if (kind !== 0 && (op.residual || drops(recording, op.dropout))) throw new Error('An activation goes with neither residual nor dropout.')
  const y = kind !== 0 || op.inner ? recording.values(op.label, [M, N]) : recording.tensor(op.label, [M, N])
  // f32 always: they are not kept, so f16 would save next to nothing.
  const activated = kind === 0 ? undefined : recording.tensor(`${op.label}, activated`, [M, N])
  product(recording, {
    M,
    N,
    K,
    a: op.x,
    b: op.weight,
    c: y,
    bTransposed: true,
    bias: op.bias?.region,
    activation: activated && { kind, into: activated.region },
    residual: op.residual,
    dropout: op.dropout,
    state: op.state,
  })
  const out = activated ?? y
  if (activated) activated.before = { tensor: y, activation: kind }
  recording.onBackward(() => {
    let dy = recording.gradientOf(out)
    if (op.residual && !recording.adoptGradient(op.residual, dy)) addInto(recording, dy, recording.writeGradient(op.residual))
    if (drops(recording, op.dropout)) dy = maskGradient(recording, dy, op.dropout, op.state)
    linearBackward(recording, { ...op, dy })
  })
  return out
}

/** The two products of a linear layer's derivative: dx = dy · W (times the derivative of x's own activation), dW = dyᵀ · x with the bias's gradient as its row sums. */
export function linearBackward(recording: Recording, op: { x: Tensor; weight: Tensor; bias?: Tensor; dy: Tensor; state: Region }): void {
  const [M, K] = op.x.shape
  const [N] = op.weight.shape
  const { before } = op.x
  const dw = recording.writeGradient(op.weight)
  const db = op.bias && recording.writeGradient(op.bias)
  if (db && db.accumulate !== dw.accumulate) throw new Error('A bias shared apart from its weight is not supported.')
  const weightGradient = (x: Tensor): void =>
    longProduct(recording, {
      M: N,
      N: K,
      K: M,
      a: op.dy,
      aTransposed: true,
      b: x,
      c: dw.into,
      accumulate: dw.accumulate,
      rowSums: db?.into.region,
      state: op.state,
    })
  // Activated values are not kept for the weight's gradient: the product that reads the values before them writes them again. Where they were just computed
  // again, the weight's gradient comes first, so that they make room.
  const rewritten = before && !recording.again ? recording.tensor(`${op.x.label}, again`, op.x.shape) : undefined
  if (before && !rewritten) weightGradient(op.x)
  const dx = recording.writeGradient(op.x, { derivative: true })
  product(recording, {
    M,
    N: K,
    K: N,
    a: op.dy,
    b: op.weight,
    c: dx.into,
    accumulate: dx.accumulate,
    derivative: before && { kind: before.activation, before: before.tensor, again: rewritten?.region },
    state: op.state,
  })
  if (!before || rewritten) weightGradient(rewritten ?? op.x)
}
