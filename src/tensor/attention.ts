/** Fused cross-layer attention over the store: shaders/attention.wgsl, attention_forward_tiled.wgsl and attention_backward_tiled.wgsl. */
import attentionText from '../../shaders/attention.wgsl?raw'
import backwardText from '../../shaders/attention_backward_tiled.wgsl?raw'
import commonText from '../../shaders/attention_common.wgsl?raw'
import deltaText from '../../shaders/attention_delta.wgsl?raw'
import forwardText from '../../shaders/attention_forward_tiled.wgsl?raw'
import foursText from '../../shaders/attention_fours.wgsl?raw'
import lanesText from '../../shaders/attention_lanes.wgsl?raw'
import noLanesText from '../../shaders/attention_lanes_none.wgsl?raw'
import onesText from '../../shaders/attention_ones.wgsl?raw'
import tileText from '../../shaders/attention_tile.wgsl?raw'
import gridText from '../../shaders/grid.wgsl?raw'
import random from '../../shaders/random.wgsl?raw'
import stateText from '../../shaders/state.wgsl?raw'
import { DEFAULT_LIMITS } from '../gpu/device.ts'
import { defineKernel, type Kernel } from '../gpu/kernel.ts'
import { insertSnippets } from '../gpu/snippets.ts'
import { asLoops, unroll } from '../gpu/unroll.ts'
import { constant, storage, whole, type Region } from '../gpu/launch.ts'
import { decodeTable, type DecodeTable } from './decode-attention.ts'
import { tileConstants, tileFor, type Tile, type TiledPass } from './attention-tiles.ts'
import { dropoutParams, drops, type Dropout } from './dropout.ts'
import { keep, once, ownedTensor, type Recording, type Tensor } from './recording.ts'
import { keyColumn, rowsAt, valueColumn, type Sources, type Store, type StoreChunk } from './store.ts'

/** Heads up to this width are summed without loops: SwiftShader runs that three times as fast, and compiles wider ones for long. */
const MOST_WRITTEN_OUT = 16

function kernelOf(entry: string, E: number): Kernel {
  return once(`attention ${entry} ${E}`, () => {
    const text = E <= MOST_WRITTEN_OUT ? unroll(attentionText, { E }) : asLoops(attentionText)
    return defineKernel('attention', entry, [gridText, stateText, random, commonText, text], `const E = ${E}u; alias Element = f32;`)
  })
}

/** How rows of heads are read and written. */
const rowsOf = (E: number): { element: string; text: string } =>
  E % 4 === 0 ? { element: 'vec4f', text: foursText } : { element: 'f32', text: onesText }

function tiledKernel(pass: TiledPass, E: number, tile: Tile, subgroup = 0): Kernel {
  const [file, kernels] = pass === 'forward' ? ['attention_forward_tiled', forwardText] : ['attention_backward_tiled', backwardText]
  return once(`${file} ${pass} ${E} ${tile.subgroups ? subgroup : ''} ${JSON.stringify(tile)}`, () => {
    const constants = tileConstants(pass, E, tile)
    const rows = rowsOf(E)
    const prelude = [
      tile.subgroups ? `enable subgroups; diagnostic(off, subgroup_uniformity); const UNIT = ${subgroup}u;` : '',
      `const E = ${E}u; alias Element = ${rows.element}; const RESIDENT = ${tile.resident}; const BLOCK = ${KEPT_BLOCK}u;`,
      ...Object.entries(constants).map(([name, value]) => `const ${name} = ${value}u;`),
    ].join('\n')
    const text = unroll(insertSnippets(tileText + (tile.subgroups ? lanesText : noLanesText) + kernels), constants)
    return defineKernel(file, `${pass}_tiled`, [gridText, stateText, random, commonText, rows.text, text], prelude)
  })
}

/** delta, for the kernels with tiles. */
function deltaKernel(E: number): Kernel {
  const { element, text } = rowsOf(E)
  return once(`attention_delta ${E}`, () =>
    defineKernel(
      'attention_delta',
      'delta_rows',
      [gridText, stateText, random, commonText, text, deltaText],
      `const E = ${E}u; alias Element = ${element};`,
    ),
  )
}

export interface Attention {
  store: Store
  layer: number
  /** The slots of each head of this layer. */
  slots: Sources[number]
  dropout?: Dropout
  state: Region
  /** Told of the table of each chunk, which can be rewritten from run to run: `words` gives its content for slots that are among `slots`. */
  onTable?: (table: Region, words: (slots: Sources[number]) => Uint32Array<ArrayBuffer>) => void
  /** Tiles to measure, instead of the best known. */
  tiles?: Partial<Record<TiledPass, Tile>>
  /** Whether scores' gradients are kept in the backward pass, instead of where that is worth its memory. */
  keeps?: boolean
}

/**
 * Scores' gradients of a layer are kept from the kernel that needs them for keys to the one that needs them for queries, if that is not much beside what a step holds anyway:
 * otherwise both compute them. They take the place of activations of layers above, or of logits, where these are as large. Never more than any device binds.
 */
const LITTLE_BYTES = 16 * 2 ** 20
const ROWS_TIMES = 4

const mayKeep = (bytes: number, rows: number, store: Store): boolean =>
  bytes <= Math.min(DEFAULT_LIMITS.binding, store.bindingLimit, Math.max(LITTLE_BYTES, ROWS_TIMES * 4 * rows * store.width))

/** Keys, or queries, of a block of kept gradients. */
const KEPT_BLOCK = 64

/** Bytes of the scores' gradients of one slot, blocks of the causal half. */
function keptBytesOf(T: number): number {
  const blocks = Math.ceil(T / KEPT_BLOCK)
  return 4 * KEPT_BLOCK ** 2 * ((blocks * (blocks + 1)) / 2)
}

/** Where row 0 of a layer's keys and values lies in a chunk, in elements. */
const slotOffsets = (store: Store, chunk: StoreChunk, h: number, [k, v]: readonly [number, number]): [number, number] => {
  const g = Math.floor(h / (store.dims.H / store.dims.G))
  return [rowsAt(store, chunk, k) + keyColumn(store.dims, g), rowsAt(store, chunk, v) + valueColumn(store.dims, g)]
}

/** Per head (first slot, slots), then per slot (keys, values). */
function slotTable(store: Store, chunk: StoreChunk, slots: Sources[number]): Uint32Array<ArrayBuffer> {
  const heads: number[] = []
  const offsets: number[] = []
  slots.forEach((own, h) => {
    heads.push(offsets.length / 2, own.length)
    for (const slot of own) offsets.push(...slotOffsets(store, chunk, h, slot))
  })
  return Uint32Array.from([...heads, ...offsets])
}

/** What one query of a layer needs to know of the store. */
export function queryTable(store: Store, layer: number, slots: Sources[number]): DecodeTable {
  const [chunk] = store.chunks
  const offsets = slots.map((own, h) => own.map((slot) => slotOffsets(store, chunk, h, slot)))
  return decodeTable(layer, offsets, rowsAt(store, chunk, layer))
}

interface Item {
  layer: number
  g: number
  writes: { k: boolean; v: boolean }
  entries: number[][]
}

/** Every source (layer, kv head) that this layer reads, with the query heads' slots that read it. */
function itemsOf(op: Attention, chunk: StoreChunk): Item[] {
  const { H, G } = op.store.dims
  const items = new Map<string, Item>()
  /** Of the slot, among those of all heads. */
  let number = 0
  const entry = (
    layer: number,
    g: number,
    h: number,
    s: number,
    slots: number,
    slot: readonly [number, number],
    k: boolean,
    v: boolean,
  ) => {
    const key = `${layer}.${g}`
    let item = items.get(key)
    if (!item) items.set(key, (item = { layer, g, writes: { k: false, v: false }, entries: [] }))
    item.writes.k ||= k
    item.writes.v ||= v
    item.entries.push([h, s, slots, ...slotOffsets(op.store, chunk, h, slot), Number(k) + 2 * Number(v) + 4 * number])
  }
  op.slots.forEach((slots, h) => {
    const g = Math.floor(h / (H / G))
    slots.forEach((slot, s) => {
      const [k, v] = slot
      if (k === v) entry(k, g, h, s, slots.length, slot, true, true)
      else {
        entry(k, g, h, s, slots.length, slot, true, false)
        entry(v, g, h, s, slots.length, slot, false, true)
      }
      number++
    })
  })
  return [...items.values()]
}

/** Items (dk, dv, first entry, entries, flags), then entries. `written` tells whether a part already has a writer, and so must be added to. */
function backwardTable(op: Attention, chunk: StoreChunk, items: Item[], written: (part: string) => boolean): Region {
  const { store } = op
  const heads: number[] = []
  const entries: number[] = []
  for (const item of items) {
    const base = store.gradientPlace[item.layer] * chunk.layerStride
    const flags =
      Number(item.writes.k) +
      2 * Number(item.writes.v) +
      4 * Number(written(`${item.layer}.K.${item.g}`)) +
      8 * Number(written(`${item.layer}.V.${item.g}`))
    heads.push(base + keyColumn(store.dims, item.g), base + valueColumn(store.dims, item.g), entries.length / 6, item.entries.length, flags)
    entries.push(...item.entries.flat())
  }
  return constant(`readers of sources from layer ${op.layer}`, Uint32Array.from([...heads, ...entries]))
}

export interface AttentionResult {
  /** [B·T, H·E] */
  out: Tensor
  /** Launches the probe: probabilities [B][head][T, slots·T], kept. */
  probe: () => Tensor
}

/** out = softmax over all slots of (q · kᵀ/√E) · v, per head, for the packed rows of `layer` that the store already holds. */
export function attention(recording: Recording, op: Attention): AttentionResult {
  const { store } = op
  const { B, T, H, E } = store.dims
  const rows = B * T
  // f32 always: what its rows give with their gradients must cancel against the probabilities' own sums, or the gradients of keys drift.
  const out = recording.tensor(`attention of layer ${op.layer}`, [rows, H * E])
  const stats = recording.tensor(`statistics of attention of layer ${op.layer}`, [rows * H, 2])
  const drop = drops(recording, op.dropout)
  const constants = { DROPOUT: Number(drop) }
  const tables = store.chunks.map((chunk) => {
    const words = (slots: Sources[number]) => slotTable(store, chunk, slots)
    const table = constant(`slots of layer ${op.layer}`, words(op.slots))
    op.onTable?.(table, words)
    return table
  })
  const sizes = (chunk: StoreChunk) => ({
    T,
    H,
    width: store.width,
    sequences: chunk.sequences,
    first: chunk.first,
    q_offset: rowsAt(store, chunk, op.layer),
    scale: 1 / Math.sqrt(E),
    ...dropoutParams(op.dropout),
  })
  /** Invocations of 64 to a workgroup, or workgroups of 64 rows: how many workgroups cover `heads` lists of T rows. */
  const rowGroups = (chunk: StoreChunk, heads: number): number => Math.ceil((chunk.sequences * heads * T) / 64)
  const { parallel, workgroupBytes = DEFAULT_LIMITS.workgroupBytes, subgroup } = recording.variants
  const tileOf = (pass: TiledPass): Tile | undefined =>
    parallel ? (op.tiles?.[pass] ?? tileFor(pass, E, { workgroupBytes, subgroup })) : undefined
  /** The kernel of a pass and its workgroups, over `heads` lists of T rows. */
  const variant = (pass: TiledPass, chunk: StoreChunk, heads: number) => {
    const tile = tileOf(pass)
    return tile
      ? { kernel: tiledKernel(pass, E, tile, subgroup), workgroups: chunk.sequences * heads * Math.ceil(T / tile.rows) }
      : { kernel: kernelOf(pass, E), workgroups: rowGroups(chunk, heads) }
  }

  store.chunks.forEach((chunk, c) => {
    recording.launch({
      ...variant('forward', chunk, H),
      constants,
      params: sizes(chunk),
      regions: {
        store: whole(chunk.storage),
        table: tables[c],
        out: out.region,
        stats: stats.region,
        state: op.state,
        // The tiled kernels share a loader that can read it; the forward pass never does.
        ...(tileOf('forward') && { d_out: null }),
      },
    })
  })

  recording.onBackward(() => {
    const d_out = recording.gradientOf(out).region
    // Which parts had a writer before this layer: every chunk of this layer sees the same.
    const before = new Set(store.written)
    store.chunks.forEach((chunk, c) => {
      if (!chunk.gradients) throw new Error('This store was not made for training.')
      const gradients = whole(chunk.gradients)
      const shared = { store: whole(chunk.storage), d_out, gradients, saved: stats.region, state: op.state }
      const tile = tileOf('backward_kv')
      const all_slots = op.slots.reduce((n, s) => n + s.length, 0)
      const bytes = chunk.sequences * all_slots * keptBytesOf(T)
      const keeps = tile !== undefined && (op.keeps ?? mayKeep(bytes, chunk.sequences * T, store))
      const kept = keeps ? whole(storage(`gradients of scores of layer ${op.layer}`, bytes, 'planned')) : null
      recording.launch({
        kernel: tile ? deltaKernel(E) : kernelOf('delta', E),
        constants: {},
        params: sizes(chunk),
        regions: { o: out.region, d_out, stats: stats.region },
        workgroups: rowGroups(chunk, H),
      })
      const dq_offset = store.gradientPlace[op.layer] * chunk.layerStride
      if (!kept)
        recording.launch({
          ...variant('backward_q', chunk, H),
          constants,
          params: { ...sizes(chunk), dq_offset },
          regions: { ...shared, table: tables[c] },
        })
      const items = itemsOf(op, chunk)
      recording.launch({
        ...variant('backward_kv', chunk, items.length),
        constants: { ...constants, KEEPS: Number(keeps) },
        params: { ...sizes(chunk), items: items.length, entries_at: items.length * 5, all_slots },
        regions: {
          ...shared,
          ...(tile && { d_scores_out: kept }),
          table: backwardTable(op, chunk, items, (part) => before.has(part)),
        },
      })
      if (kept)
        recording.launch({
          ...variant('gather_q', chunk, H),
          constants: {},
          params: { ...sizes(chunk), dq_offset, all_slots },
          // The tiled kernels share a loader that can read d_out; this one never does.
          regions: { store: shared.store, d_out: null, gradients, table: tables[c], d_scores: kept },
        })
      for (const { layer, g, writes } of items) {
        if (writes.k) store.written.add(`${layer}.K.${g}`)
        if (writes.v) store.written.add(`${layer}.V.${g}`)
      }
    })
  })

  const probe = (): Tensor => {
    const slots = op.slots.reduce((n, s) => n + s.length, 0)
    const most = Math.max(...op.slots.map((s) => s.length))
    const label = `patterns of layer ${op.layer}`
    const s = storage(label, 4 * B * slots * T * T, 'planned')
    const patterns = keep(ownedTensor(label, [B, slots, T, T], whole(s)))
    store.chunks.forEach((chunk, c) =>
      recording.launch({
        kernel: kernelOf('probe', E),
        constants: {},
        params: { ...sizes(chunk), slots: most, pattern_size: slots * T * T },
        regions: { store: whole(chunk.storage), table: tables[c], saved: stats.region, patterns: patterns.region },
        workgroups: Math.ceil((chunk.sequences * H * T * T * most) / 64),
      }),
    )
    return patterns
  }
  return { out, probe }
}
