/**
 * Projection into the store, rotation and attention of a chain of layers, backwards through all of them: gradients of keys and values come from every
 * layer that read them. And the same through the cache, a token at a time.
 */
import { storage } from '../../../src/gpu/launch.ts'
import { attentionBackward, attentionForward, type AttentionInput } from '../../../src/reference/attention.ts'
import { linearBackward, linearForward } from '../../../src/reference/linear.ts'
import { ropeBackward, ropeForward } from '../../../src/reference/rope.ts'
import { namedWiring, type Reads, type Slot } from '../../../src/model/wiring.ts'
import { attention, queryTable } from '../../../src/tensor/attention.ts'
import type { Tile } from '../../../src/tensor/attention-tiles.ts'
import { decodeAttention } from '../../../src/tensor/decode-attention.ts'
import { bindRowsTogether } from '../../../src/tensor/decode-product.ts'
import { projectQkv, ropeTable } from '../../../src/tensor/qkv.ts'
import { attentionIndex, dropoutScale, probabilitySite } from '../../../src/tensor/random.ts'
import { createStore, gradientPlaces, storeBytes, type HeadDims } from '../../../src/tensor/store.ts'
import { LONG, SHORT, type Case } from '../case.ts'
import { add, errorOf, SEED, STEP, values, type Errors, type Harness } from '../harness.ts'
import { withAndWithoutSubgroups } from './subgroups.ts'

const THETA = 10000

interface Chain {
  dims: HeadDims
  reads: Reads
  D?: number
  bias?: boolean
  rope?: boolean
  /** Dropout of the probabilities. */
  p?: number
  /** Sequences that a chunk of the store holds at most; all of them where nothing is said. */
  perChunk?: number
  /** All layers project one x, whose gradients add up. */
  sharedX?: boolean
  /** Whether scores' gradients are kept; as in a training step where nothing is said. */
  keeps?: boolean
  /** Of each pass, instead of the best that the device has. */
  tile?: Tile
}

interface Chained {
  x: Float64Array[]
  w: Float64Array[]
  b: Float64Array[]
  dOut: Float64Array[]
}

const modelWidth = ({ dims: { H, E }, D }: Chain): number => D ?? H * E + 1
const packedWidth = ({ H, G, E }: HeadDims): number => (H + 2 * G) * E

function given(chain: Chain): Chained {
  const { B, T, L, H, E } = chain.dims
  const D = modelWidth(chain)
  const W = packedWidth(chain.dims)
  const each = (seed: number, n: number, scale: number) => Array.from({ length: L }, (_, l) => values(seed + l, n, scale))
  const x = each(100, B * T * D, 1)
  return {
    x: chain.sharedX ? x.map(() => x[0]) : x,
    // Scores of a few units, so that attention is neither uniform nor a single key.
    w: each(200, W * D, 2.2 / Math.sqrt(D)),
    b: each(300, W, 0.5),
    dOut: each(400, B * T * H * E, 1),
  }
}

/** The whole chain in float64. */
function oracle(chain: Chain, v: Chained) {
  const { dims, reads, bias, rope, p } = chain
  const { B, T, L, H, G, E } = dims
  const D = modelWidth(chain)
  const N = packedWidth(dims)
  const M = B * T
  const positions = Uint32Array.from({ length: M }, (_, row) => row % T)
  const rotation = { rows: M, heads: H + G, E, theta: THETA, positions, stride: N }
  const store: Float64Array[] = []
  const linears = v.x.map((x, l) => {
    const input = { M, N, K: D, x, w: v.w[l], b: bias ? v.b[l] : undefined }
    const saved = linearForward(input)
    if (rope) ropeForward(rotation, saved.y)
    store.push(saved.y)
    return { input, saved }
  })
  const inputs = reads.map((slots, layer): AttentionInput => ({
    dims,
    layer,
    reads: slots,
    store,
    mask: p
      ? (b, h, t, slot, j) =>
          dropoutScale(SEED, STEP, probabilitySite(layer), p, attentionIndex({ b, h, t, slot, j }, { H, T, S: slots[h].length }))
      : undefined,
  }))
  const saved = inputs.map(attentionForward)
  const dStore = store.map((s) => new Float64Array(s.length))
  const gradients = new Array<ReturnType<typeof linearBackward>>(L)
  for (let l = L - 1; l >= 0; l--) {
    attentionBackward(inputs[l], saved[l], v.dOut[l], dStore)
    if (rope) ropeBackward(rotation, dStore[l])
    gradients[l] = linearBackward(linears[l].input, linears[l].saved, dStore[l])
  }
  return { saved, gradients }
}

async function forwardAndBackward(harness: Harness, chain: Chain): Promise<Errors> {
  const { dims, reads, bias, rope, p = 0, perChunk, sharedX, keeps, tile } = chain
  const ownTile = tile && { ...tile, subgroups: 2 * tile.across <= (harness.variants.subgroup ?? 0) }
  const tiles = ownTile && { forward: ownTile, backward_kv: ownTile, gather_q: ownTile }
  const { B, T, L, E } = dims
  const D = modelWidth(chain)
  const N = packedWidth(dims)
  const v = given(chain)
  const t = harness.trial()
  const { recording } = t
  const { state } = t.inputs
  const limit = perChunk === undefined ? Infinity : storeBytes(perChunk, L, dims, harness.dtype === 'f16')
  const store = createStore(recording, dims, reads, { bindingLimit: limit })
  const chunks = perChunk === undefined ? 1 : Math.ceil(B / perChunk)
  if (store.chunks.length !== chunks) throw new Error(`The store has ${store.chunks.length} chunks where the case means ${chunks}.`)
  const table = rope ? ropeTable(T + 3, E, THETA) : undefined
  const shared = t.input('x', [B * T, D], v.x[0])
  const layers = v.x.map((x64, l) => {
    const x = sharedX ? shared : t.input(`x of layer ${l}`, [B * T, D], x64)
    const weight = t.input(`W of layer ${l}`, [N, D], v.w[l])
    const biasOf = bias ? t.input(`b of layer ${l}`, [N], v.b[l]) : undefined
    projectQkv(recording, { store, layer: l, x, weight, bias: biasOf, rope: table, state })
    const dropout = { site: probabilitySite(l), p }
    const { out, probe } = attention(recording, { store, layer: l, slots: reads[l], dropout, state, keeps, tiles })
    t.upstream(out, v.dOut[l])
    return { x, weight, bias: biasOf, out, patterns: probe() }
  })
  recording.backward()

  const { saved, gradients } = oracle(chain, v)
  const ready = await t.compile()
  ready.run()
  const errors: Errors = {}
  for (const [l, layer] of layers.entries()) {
    errors[`out of layer ${l}`] = await ready.error(layer.out, saved[l].out)
    const patterns = Array.from({ length: B }, (_, b) => saved[l].patterns(b).map((pattern) => [...pattern])).flat(2)
    errors[`patterns of layer ${l}`] = await ready.error(layer.patterns, Float64Array.from(patterns))
    if (!sharedX) errors[`dx of layer ${l}`] = await ready.gradientError(layer.x, gradients[l].dx)
    errors[`dW of layer ${l}`] = await ready.gradientError(layer.weight, gradients[l].dw)
    if (layer.bias) {
      // A bias of keys shifts all scores of a query alike: its gradient cancels, so the bias's is judged as a whole.
      errors[`db of layer ${l}`] = await ready.gradientError(layer.bias, gradients[l].db)
    }
  }
  if (sharedX) errors.dx = await ready.gradientError(shared, gradients.map((g) => g.dx).reduce(add))
  ready.dispose()
  return errors
}

/** Every position from the cache alone, against the full pass. */
async function decode(harness: Harness, chain: Chain): Promise<Errors> {
  const { dims, reads, bias, rope } = chain
  const { T, L, H, E } = dims
  const D = modelWidth(chain)
  const N = packedWidth(dims)
  const v = given(chain)
  const t = harness.trial({ training: false })
  const { recording } = t
  const { state } = t.inputs
  const cache = storage('cache', storeBytes(1, L, dims), 'owned')
  const store = createStore(recording, dims, reads, { bindingLimit: Infinity, owned: { storage: cache, rows: T } })
  const table = rope ? ropeTable(T, E, THETA) : undefined
  const layers = v.w.map((w64, l) => {
    const x = t.data(`row of layer ${l}`, [1, D], v.x[l].slice(0, D))
    const weight = t.data(`W of layer ${l}`, [N, D], w64)
    const biasOf = bias ? t.data(`b of layer ${l}`, [N], v.b[l]) : undefined
    const query = queryTable(store, l, reads[l])
    projectQkv(recording, { store, layer: l, x, weight, bias: biasOf, rope: table, state, decode: { place: query.region } })
    return {
      x,
      out: decodeAttention(recording, { store, table: query, out: recording.tensor(`attention of layer ${l}`, [1, H * E]), state }),
    }
  })
  bindRowsTogether(recording, 0, harness.gpu.limits)
  const { saved } = oracle(chain, v)
  const ready = await t.compile()
  const got = saved.map((s) => new Float64Array(s.out.length))
  for (let position = 0; position < T; position++) {
    layers.forEach(({ x }, l) => ready.write(x, v.x[l].slice(position * D, (position + 1) * D)))
    ready.run({ position })
    const rows = await Promise.all(layers.map(({ out }) => ready.read(out)))
    rows.forEach((row, l) => got[l].set(row, position * H * E))
  }
  ready.dispose()
  return Object.fromEntries(got.map((out, l) => [`out of layer ${l}`, errorOf(out, saved[l].out)]))
}

const wiring = (L: number, H: number, slots: (layer: number, head: number) => Slot[]): Reads =>
  Array.from({ length: L }, (_, l) => Array.from({ length: H }, (_, h) => slots(l, h)))

const named = (name: string, L: number, H: number): Reads => namedWiring(name, { n_layers: L, n_heads: H })

/** Every head otherwise, in the topmost layer most of all. */
const mixed: Reads = [
  [[[0, 0]], [[0, 0]], [[0, 0]], [[0, 0]]],
  [
    [[1, 1]],
    [[0, 0]],
    [
      [1, 1],
      [0, 0],
    ],
    [[0, 1]],
  ],
  [
    [
      [2, 2],
      [1, 0],
      [0, 2],
    ],
    [
      [1, 1],
      [1, 1],
    ],
    [[2, 0]],
    [
      [2, 2],
      [1, 1],
      [0, 0],
    ],
  ],
]

const places = (reads: Reads): string => {
  const n = new Set(gradientPlaces(reads)).size
  return `${n} gradient place${n === 1 ? '' : 's'}`
}

function train(title: string, chain: Chain, more: Partial<Case> = {}): Case {
  const { B, T, L, H, G, E } = chain.dims
  return {
    name: `attention B${B} T${T} L${L} H${H} G${G} E${E}, ${title}`,
    tolerance: LONG,
    // One width with dropout stands for all on processors.
    parallelOnGpuOnly: !(E === 4 && chain.p),
    f16: E <= 5 ? 'everywhere' : 'on GPUs',
    run: withAndWithoutSubgroups((harness) => forwardAndBackward(harness, chain)),
    ...more,
  }
}

const small: HeadDims = { B: 2, T: 7, L: 3, H: 4, G: 2, E: 4 }
const wide = (E: number, T: number): HeadDims => ({ B: 1, T, L: 2, H: 2, G: 1, E })

const wirings: Case[] = [
  ...['standard', 'skip', 'joint', 'shared', 'values-from-first', 'all-earlier'].map((name) => {
    const reads = named(name, 4, 4)
    return train(`${name}, rope, bias (${places(reads)})`, { dims: { ...small, L: 4 }, reads, bias: true, rope: true })
  }),
  train('every head otherwise', { dims: small, reads: mixed, bias: true }),
  train('every head otherwise, no groups, rope, dropout', { dims: { ...small, G: 4 }, reads: mixed, rope: true, p: 0.3 }),
  train('every head otherwise, one group, dropout, one x for all layers', {
    dims: { ...small, G: 1 },
    reads: mixed,
    bias: true,
    p: 0.3,
    sharedX: true,
  }),
  train('keys of the first layer, values of their own', { dims: small, reads: wiring(3, 4, (l) => [[0, l]]) }),
  train('all read the first layer: later keys and values go unread', { dims: small, reads: wiring(3, 4, () => [[0, 0]]), bias: true }),
  train('odd heads read nothing of their own layer', {
    dims: { ...small, G: 4 },
    reads: wiring(3, 4, (l, h) => [[h % 2 ? 0 : l, h > 1 ? 0 : l]]),
  }),
  train('a slot listed twice', {
    dims: small,
    reads: wiring(3, 4, (l) => [
      [l, l],
      [l, l],
    ]),
    p: 0.3,
  }),
]

const chunked: Case[] = [
  train('store in 3 chunks, rope, bias', { dims: { ...small, B: 3 }, reads: mixed, rope: true, bias: true, perChunk: 1, keeps: true }),
  train('store in 2 chunks, dropout, one x for all layers', {
    dims: { ...small, B: 3 },
    reads: mixed,
    p: 0.3,
    perChunk: 2,
    sharedX: true,
    bias: true,
    keeps: true,
  }),
  // Three blocks of kept gradients each way.
  train('joint in 2 chunks, dropout', {
    dims: { B: 2, T: 130, L: 2, H: 2, G: 1, E: 4 },
    reads: named('joint', 2, 2),
    p: 0.3,
    perChunk: 1,
    keeps: true,
  }),
]

const gpuOnly = { onGpuOnly: true, kernels: 'parallel' } as const

/** Small enough for the subgroups of processors: heads in two parts, loops of two steps, several tiles of two slots each. */
const TWO_ACROSS: Tile = {
  rows: 32,
  columns: 16,
  across: 2,
  down: 8,
  parts: 2,
  resident: false,
  subgroups: false,
  dotStep: 2,
  gatherStep: 2,
}

const twoAcross: Chain = { dims: wide(12, 40), reads: named('joint', 2, 2), keeps: true, tile: TWO_ACROSS }

const shared: Case[] = [
  train('joint, in tiles of two across', twoAcross, {
    kernels: 'parallel',
    parallelOnGpuOnly: false,
    // Through workgroup memory all others run.
    run: (harness) => forwardAndBackward(harness, twoAcross),
  }),
  train('joint, heads in two parts', { dims: wide(72, 70), reads: named('joint', 2, 2), D: 33, keeps: true }, gpuOnly),
]

/** Where scores' gradients would take too much room. */
const unkept: Case[] = [
  train('every head otherwise, dropout, scores computed for queries too', { dims: small, reads: mixed, p: 0.3, keeps: false }),
  train('joint, scores computed for queries too', { dims: wide(16, 70), reads: named('joint', 2, 2), keeps: false }, gpuOnly),
  train('joint, scores computed for queries too', { dims: wide(64, 33), reads: named('joint', 2, 2), D: 33, keeps: false }, gpuOnly),
]

const sizes: Case[] = [
  train('joint, a width of 1', { dims: { B: 3, T: 7, L: 2, H: 3, G: 3, E: 1 }, reads: named('joint', 2, 3) }),
  train('joint, rope', { dims: wide(2, 33), reads: named('joint', 2, 2), rope: true }),
  train('joint', { dims: wide(5, 70), reads: named('joint', 2, 2), bias: true }),
  train('joint, rope', { dims: wide(16, 33), reads: named('joint', 2, 2), rope: true }),
  train('skip, dropout', { dims: wide(32, 33), reads: named('skip', 2, 2), p: 0.2 }),
  train('joint', { dims: wide(64, 33), reads: named('joint', 2, 2), bias: true, D: 33 }, { byDefaultLimits: 'serial' }),
  train('joint, one token', { dims: { B: 3, T: 1, L: 2, H: 2, G: 2, E: 4 }, reads: named('joint', 2, 2) }),
  train('joint, two tokens', { dims: { B: 5, T: 2, L: 2, H: 2, G: 1, E: 4 }, reads: named('joint', 2, 2), rope: true }),
]

function fromCache(title: string, chain: Chain, more: Partial<Case> = {}): Case {
  const { T, L, H, G, E } = chain.dims
  return {
    name: `decode T${T} L${L} H${H} G${G} E${E} from the cache, ${title}`,
    tolerance: SHORT,
    run: withAndWithoutSubgroups((harness) => decode(harness, chain)),
    ...more,
  }
}

const decoded: Case[] = [
  fromCache('every head otherwise, rope, bias', { dims: { ...small, B: 1 }, reads: mixed, rope: true, bias: true }),
  fromCache('joint', { dims: { B: 1, T: 70, L: 2, H: 2, G: 1, E: 5 }, reads: named('joint', 2, 2) }),
  // More keys than a workgroup weighs at once, and of two slots.
  fromCache('joint', { dims: { B: 1, T: 270, L: 2, H: 2, G: 1, E: 4 }, reads: named('joint', 2, 2), rope: true, D: 5 }),
  // Two and four rows of the matrix to a workgroup.
  fromCache('standard, two rows to a workgroup', {
    dims: { B: 1, T: 2, L: 1, H: 257, G: 257, E: 2 },
    reads: named('standard', 1, 257),
    bias: true,
    D: 36,
  }),
  fromCache('standard, rope, four rows to a workgroup', {
    dims: { B: 1, T: 2, L: 1, H: 1023, G: 1, E: 2 },
    reads: named('standard', 1, 1023),
    rope: true,
    bias: true,
    D: 36,
  }),
  // More keys of a group of lanes than one asks for at once.
  fromCache('standard', { dims: { B: 1, T: 140, L: 1, H: 1, G: 1, E: 128 }, reads: named('standard', 1, 1), D: 5 }),
  fromCache(
    'skip, rope',
    { dims: { B: 1, T: 5, L: 2, H: 2, G: 2, E: 64 }, reads: named('skip', 2, 2), rope: true, D: 33 },
    { byDefaultLimits: 'both' },
  ),
  fromCache('joint', { dims: { B: 1, T: 3, L: 2, H: 1, G: 1, E: 128 }, reads: named('joint', 2, 1), D: 33 }, { byDefaultLimits: 'both' }),
]

export const attentionCases: Case[] = [...wirings, ...chunked, ...shared, ...unkept, ...sizes, ...decoded]
