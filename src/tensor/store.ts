/**
 * The store: packed queries, keys and values of layers that read one another. In training it is what the backward pass needs, in generation it is the
 * cache of all layers. A batch too large for one binding is split into chunks of sequences; a chunk holds all layers of its sequences.
 */
import { ALIGNMENT, storage, valueBytes, type Region, type Storage } from '../gpu/launch.ts'
import type { Recording } from './recording.ts'

/** [key layer, value layer] lists by layer and head, as model/wiring.ts defines them. */
export type Sources = readonly (readonly (readonly (readonly [number, number])[])[])[]

export interface HeadDims {
  B: number
  T: number
  L: number
  H: number
  G: number
  E: number
}

export interface StoreChunk {
  storage: Storage
  /** The first sequence of the batch in this chunk, and how many. */
  first: number
  sequences: number
  /** Elements from one layer to the next, a multiple of a binding's alignment. */
  layerStride: number
  gradients?: Storage
}

export interface Store {
  dims: HeadDims
  /** Elements of one row: (H + 2G)·E. */
  width: number
  chunks: StoreChunk[]
  /** Most bytes of one binding. */
  bindingLimit: number
  /** Layer -> its place in the store. Layers whose rows are never needed together share one. */
  rowPlace: number[]
  /** Layers whose rows stay from the forward pass to their derivative. */
  stays: ReadonlySet<number>
  /** Layer -> its place in the gradient store: layers whose gradients never live together share one. */
  gradientPlace: number[]
  /** Parts of the gradient store that have a writer: "layer.K.kvhead" or "layer.V.kvhead". */
  written: Set<string>
}

/** Layer strides in elements, aligned so that every layer can be bound by itself. */
function strideOf(rows: number, width: number, f16: boolean): number {
  const step = ALIGNMENT / valueBytes(f16)
  return Math.ceil((rows * width) / step) * step
}

export const storeBytes = (sequences: number, layers: number, d: HeadDims, f16 = false): number =>
  valueBytes(f16) * layers * strideOf(sequences * d.T, (d.H + 2 * d.G) * d.E, f16)

/**
 * Layers are walked downwards in the backward pass. The gradient of layer s lives from its topmost reader down to s itself; the lowest free place is taken.
 * Standard wiring needs one place, a skip of n layers n + 1. Of `members`, which read no other layers.
 */
export function gradientPlaces(reads: Sources, members: readonly number[] = reads.map((_, l) => l)): number[] {
  const top = reads.map((_, s) => s)
  reads.forEach((heads, l) => {
    for (const slots of heads) for (const slot of slots) for (const s of slot) top[s] = Math.max(top[s], l)
  })
  const place: number[] = []
  // In the order in which they begin to live: by topmost reader, downwards.
  const order = members.toSorted((a, b) => top[b] - top[a] || b - a)
  for (const s of order) {
    const taken = new Set(
      order
        .slice(0, order.indexOf(s))
        .filter((o) => o <= top[s] && top[o] >= s)
        .map((o) => place[o]),
    )
    let free = 0
    while (taken.has(free)) free++
    place[s] = free
  }
  return place
}

/** A store that outlives the plan: the generation cache. */
export interface OwnedStore {
  storage: Storage
  /** Rows of a layer; a plan may have fewer. */
  rows: number
}

/** Whether a layer's keys or values are read by another layer. */
const readByOthers = (reads: Sources, layer: number): boolean =>
  reads.some((heads, l) => l !== layer && heads.some((slots) => slots.some((slot) => slot.includes(layer))))

/** Whether a layer reads itself alone and is read by no other. */
const isAlone = (reads: Sources, layer: number): boolean =>
  !readByOthers(reads, layer) && reads[layer].every((slots) => slots.every(([k, v]) => k === layer && v === layer))

export interface StoreOptions {
  /** In bytes. */
  bindingLimit: number
  /** The store outlives the plan (the generation cache) and holds every layer. */
  owned?: OwnedStore
  /** Layers are recorded again for their derivative. */
  recompute?: boolean
}

/**
 * Layer -> its store: one for all that read others or are read. That of a layer by itself is new at each call, so that what is recorded again takes no memory
 * before.
 */
export function createStores(recording: Recording, dims: HeadDims, reads: Sources, options: StoreOptions): (layer: number) => Store {
  const alone = reads.map((_, l) => !options.owned && isAlone(reads, l))
  const together = reads.flatMap((_, l) => (alone[l] ? [] : [l]))
  const store = together.length > 0 ? createStore(recording, dims, reads, options, together) : undefined
  return (layer) => (store && !alone[layer] ? store : createStore(recording, dims, reads, options, [layer]))
}

/** The store of `members`, which read no other layers; of all layers where nothing is said. */
export function createStore(
  recording: Recording,
  dims: HeadDims,
  reads: Sources,
  { bindingLimit, owned, recompute }: StoreOptions,
  members: readonly number[] = reads.map((_, l) => l),
): Store {
  const width = (dims.H + 2 * dims.G) * dims.E
  const kept = recompute && recording.training ? members.filter((l) => readByOthers(reads, l)) : members
  const rowPlace: number[] = []
  // Without a derivative to come, rows live from their own layer up to their topmost reader: over the same layers as their gradients would.
  if (!recording.training && !owned) rowPlace.push(...gradientPlaces(reads, members))
  // What stays has a place of its own; layers that write theirs again before their derivative share one.
  else for (const l of members) rowPlace[l] = kept.includes(l) ? kept.indexOf(l) : kept.length
  const held = Math.max(...members.map((l) => rowPlace[l])) + 1
  const gradientPlace = recording.training ? gradientPlaces(reads, members) : []
  const places = Math.max(0, ...members.map((l) => (gradientPlace[l] ?? -1) + 1))
  const f16 = !owned && recording.dtype === 'f16'
  // At least one sequence to a chunk: checkFits refuses what still does not fit.
  let perChunk = dims.B
  while (perChunk > 1 && storeBytes(perChunk, held, dims, f16) > bindingLimit) perChunk = Math.ceil(perChunk / 2)
  const chunks: StoreChunk[] = []
  for (let first = 0; first < dims.B; first += perChunk) {
    const sequences = Math.min(perChunk, dims.B - first)
    const layerStride = strideOf(owned?.rows ?? sequences * dims.T, width, f16)
    const label = `queries, keys and values of ${members.length === 1 ? 'layer' : 'layers'} ${members.join(', ')}`
    chunks.push({
      storage: owned?.storage ?? storage(label, storeBytes(sequences, held, dims, f16), 'planned', f16),
      first,
      sequences,
      layerStride,
      // f32 always: several layers may add to them, and the gradients of keys must cancel.
      gradients: recording.training ? storage(`gradients of ${label}`, 4 * places * layerStride, 'planned') : undefined,
    })
  }
  return { dims, width, chunks, bindingLimit, rowPlace, stays: new Set(kept), gradientPlace, written: new Set() }
}

/** One layer's packed rows of a chunk. */
export function layerRegion(store: Store, chunk: StoreChunk, layer: number): Region {
  return regionAt(chunk.storage, store.rowPlace[layer], chunk)
}

function regionAt(of: Storage, place: number, { layerStride }: StoreChunk): Region {
  const bytes = valueBytes(of.f16) * layerStride
  return { storage: of, offset: place * bytes, bytes }
}

/** Where a layer's packed rows begin in a chunk, in elements. */
export const rowsAt = (store: Store, chunk: StoreChunk, layer: number): number => store.rowPlace[layer] * chunk.layerStride

export function gradientRegion(store: Store, chunk: StoreChunk, layer: number): Region {
  if (!chunk.gradients) throw new Error('This store was not made for training.')
  return regionAt(chunk.gradients, store.gradientPlace[layer], chunk)
}

/** Element offsets within a packed row. */
export const keyColumn = (d: HeadDims, g: number): number => (d.H + g) * d.E
export const valueColumn = (d: HeadDims, g: number): number => (d.H + d.G + g) * d.E
