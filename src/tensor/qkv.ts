/** Queries, keys and values in one product, straight into the store, rotated where positions are rotary: shaders/product_common.wgsl and rope.wgsl. */
import gridText from '../../shaders/grid.wgsl?raw'
import ropeText from '../../shaders/rope.wgsl?raw'
import stateText from '../../shaders/state.wgsl?raw'
import { defineKernel } from '../gpu/kernel.ts'
import { constant, whole, type Region } from '../gpu/launch.ts'
import { rowProject, type RowNorm } from './decode-product.ts'
import { zeroColumns } from './elementwise.ts'
import { longProduct, product } from './linear.ts'
import { once, type Recording, type Tensor } from './recording.ts'
import { gradientRegion, keyColumn, layerRegion, valueColumn, type HeadDims, type Store } from './store.ts'

const ropeKernel = () => once('rope', () => defineKernel('rope', 'rope', [gridText, stateText, ropeText]))

/** [context, E]: cosines of the E/2 angles of a position, then sines. From float64, since adapters' sines are off by 5e-5 and more. */
export function ropeTable(context: number, E: number, theta: number): Region {
  const table = new Float32Array(context * E)
  for (let t = 0; t < context; t++)
    for (let e = 0; e < E / 2; e++) {
      const angle = t * theta ** ((-2 * e) / E)
      table[t * E + e] = Math.cos(angle)
      table[t * E + E / 2 + e] = Math.sin(angle)
    }
  return constant('rotary table', table)
}

function rotate(recording: Recording, rows: Region, M: number, d: HeadDims, op: Projection, inverse: boolean): void {
  if (!op.rope) return
  const heads = d.H + d.G
  recording.launch({
    kernel: ropeKernel(),
    constants: { INVERSE: Number(inverse) },
    params: { M, T: d.T, E: d.E, heads, width: op.store.width, offset: 0 },
    regions: { rows, table: op.rope, state: op.state },
    workgroups: Math.ceil((M * heads * d.E) / 2 / 64),
  })
}

export interface Projection {
  store: Store
  layer: number
  /** [B·T, D] */
  x: Tensor
  /** [(H + 2G)·E, D]: the three weights one after another. */
  weight: Tensor
  /** [(H + 2G)·E] */
  bias?: Tensor
  rope?: Region
  state: Region
  /** One row, which goes to the state's position in the rows that `place` tells of (`decodeTable`); the norm that comes before is taken here. */
  decode?: { norm?: RowNorm; place: Region }
  /** Recorded once more, for the derivative: rows that stayed are not written again. */
  again?: boolean
}

/** Writes the packed rows of `layer` into the store. */
export function projectQkv(recording: Recording, op: Projection): void {
  const { store, layer } = op
  const d = store.dims
  const D = op.x.shape[1]
  const N = store.width
  const forward = { N, K: D, b: op.weight, bTransposed: true, bias: op.bias?.region, state: op.state }
  if (op.decode) {
    const into = whole(store.chunks[0].storage)
    const { x, weight, bias, rope, state } = op
    rowProject(recording, { ...op.decode, label: 'decoded row', x, weight, bias, rope, state, into, E: d.E, rotated: (d.H + d.G) * d.E })
    return
  }
  for (const chunk of op.again && store.stays.has(layer) ? [] : store.chunks) {
    const M = chunk.sequences * d.T
    const rows = layerRegion(store, chunk, layer)
    product(recording, { ...forward, M, a: { region: op.x.region, offset: chunk.first * d.T * D }, c: { region: rows } })
    rotate(recording, rows, M, d, op, false)
  }
  recording.onBackward(() => {
    const dx = recording.writeGradient(op.x)
    store.chunks.forEach((chunk, c) => {
      const M = chunk.sequences * d.T
      const dRows = gradientRegion(store, chunk, layer)
      zeroUnread(recording, store, dRows, M, layer)
      rotate(recording, dRows, M, d, op, true)
      const offset = chunk.first * d.T * D
      product(recording, {
        M,
        N: D,
        K: N,
        a: { region: dRows },
        b: op.weight,
        c: { region: dx.into.region, offset },
        accumulate: dx.accumulate,
        state: op.state,
      })
      const dw = recording.writeGradient(op.weight)
      const db = op.bias && recording.writeGradient(op.bias)
      if (c > 0 && !dw.accumulate) throw new Error('Later chunks add to the first.')
      longProduct(recording, {
        M: N,
        N: D,
        K: M,
        a: { region: dRows },
        aTransposed: true,
        b: { region: op.x.region, offset },
        c: dw.into,
        accumulate: dw.accumulate,
        rowSums: db?.into.region,
        state: op.state,
      })
    })
  })
}

/** Zeroes the gradients of the keys and values that no head read. */
function zeroUnread(recording: Recording, store: Store, dRows: Region, M: number, layer: number): void {
  const d = store.dims
  const unread: number[] = []
  for (let g = 0; g < d.G; g++) {
    if (!store.written.has(`${layer}.K.${g}`)) unread.push(keyColumn(d, g))
    if (!store.written.has(`${layer}.V.${g}`)) unread.push(valueColumn(d, g))
  }
  // Neighbouring parts go together.
  unread.sort((a, b) => a - b)
  for (let i = 0; i < unread.length;) {
    let n = 1
    while (unread[i + n] === unread[i] + n * d.E) n++
    zeroColumns(recording, dRows, { rows: M, columns: n * d.E, stride: store.width, offset: unread[i] })
    i += n
  }
}
