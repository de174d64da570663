/** Edits of a wiring as pure functions: cells, their spread over layers and heads, undo, JSON, and a short form for the page's address. */
import { checkReads, type Reads, type Slot, type WiringSize } from '../model/wiring.ts'
import { sameReads, sizeOf } from '../model/wiring-names.ts'

/** The reads with other sources for one head of one layer. */
export function setCell(reads: Reads, layer: number, head: number, slots: Slot[]): Reads {
  return reads.map((heads, l) => (l === layer ? heads.map((own, h) => (h === head ? slots : own)) : heads))
}

/** What other layers take over of an earlier source: how many layers back it lies, or which layer it is. */
export type Carry = 'layers back' | 'layer'

/**
 * The sources of a head of layer `from` as a head of layer `to` takes them over. The own layer stays the own layer. A source of which a part would lie below
 * layer 0, or (where the layer is kept) not below the reader, becomes the reader's own layer, unless that is among its sources already.
 */
export function carriedSlots(slots: readonly Slot[], from: number, to: number, carry: Carry): Slot[] {
  const shift = carry === 'layers back' ? to - from : 0
  const carried = (layer: number): number => (layer === from ? to : layer + shift)
  const moved = slots.map((slot) => {
    const fits = slot.every((layer) => layer === from || (layer + shift >= 0 && layer + shift < to))
    return fits ? ([carried(slot[0]), carried(slot[1])] satisfies Slot) : null
  })
  let hasOwn = moved.some((slot) => slot?.every((layer) => layer === to))
  return moved.flatMap((slot) => {
    if (slot) return [slot]
    if (hasOwn) return []
    hasOwn = true
    return [[to, to] satisfies Slot]
  })
}

/** Which cells take over a cell's sources: its head in all layers, all heads of its layer, or all. */
export type Reach = 'head' | 'layer' | 'all'

export function applyCell(reads: Reads, layer: number, head: number, reach: Reach, carry: Carry): Reads {
  const slots = reads[layer][head]
  return reads.map((heads, l) =>
    heads.map((own, h) =>
      (reach !== 'layer' || l === layer) && (reach !== 'head' || h === head) ? carriedSlots(slots, layer, l, carry) : own,
    ),
  )
}

/** The highest layer that is not yet a source with both its keys and its values; null when all are. */
export function nextSource(layer: number, slots: readonly Slot[]): Slot | null {
  for (let l = layer; l >= 0; l--) if (!slots.some(([key, value]) => key === l && value === l)) return [l, l]
  return null
}

/** The wirings before and after the present one. */
export interface History {
  past: Reads[]
  present: Reads
  future: Reads[]
}

const MOST_UNDO = 200

export const startHistory = (reads: Reads): History => ({ past: [], present: reads, future: [] })

/** The history after a change; a wiring of another size begins a new one, and an equal one is none. */
export function record(history: History, reads: Reads): History {
  const [before, now] = [sizeOf(history.present), sizeOf(reads)]
  if (before.n_layers !== now.n_layers || before.n_heads !== now.n_heads) return startHistory(reads)
  if (sameReads(history.present, reads)) return { ...history, present: reads }
  return { past: [...history.past, history.present].slice(-MOST_UNDO), present: reads, future: [] }
}

export function undo({ past, present, future }: History): History {
  const before = past.at(-1)
  return before ? { past: past.slice(0, -1), present: before, future: [present, ...future] } : { past, present, future }
}

export function redo({ past, present, future }: History): History {
  const [after, ...rest] = future
  return future.length > 0 ? { past: [...past, present], present: after, future: rest } : { past, present, future }
}

/** `reads` of config.json, a line a layer. */
export const printReads = (reads: Reads): string => `[\n${reads.map((heads) => `  ${JSON.stringify(heads)}`).join(',\n')}\n]`

/** Reads from JSON: the list itself, or an object that holds it as `reads`, such as a config.json. Throws one line that names the place and the fix. */
export function parseReads(text: string, size: WiringSize): Reads {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Error(`This is not JSON: ${(error as Error).message}. Look for a bracket or a comma too many or too few.`, { cause: error })
  }
  const reads: unknown = typeof value === 'object' && value !== null && 'reads' in value ? value.reads : value
  checkReads(reads, size)
  return reads
}

/**
 * A wiring in few characters that an address carries as they are: layers from 0 up parted by "_", heads by ".", the sources of a head by "-"; a source is its layer,
 * or its key layer and value layer around "v"; "*3" after a head stands for three of it. "0*4_1-0*3.1v0": layer 0 standard, then three heads of sources 1 and 0,
 * and one of keys from 1 and values from 0.
 */
export function encodeReads(reads: Reads): string {
  const headText = (slots: Slot[]): string => slots.map(([key, value]) => (key === value ? `${key}` : `${key}v${value}`)).join('-')
  const layerText = (heads: Slot[][]): string => {
    const runs: { text: string; count: number }[] = []
    for (const text of heads.map(headText)) {
      const run = runs.at(-1)
      if (run?.text === text) run.count++
      else runs.push({ text, count: 1 })
    }
    return runs.map(({ text, count }) => (count === 1 ? text : `${text}*${count}`)).join('.')
  }
  return reads.map(layerText).join('_')
}

const HEAD = /^(\d+(?:v\d+)?(?:-\d+(?:v\d+)?)*)(?:\*([1-9]\d*))?$/

/** The reads that `encodeReads` wrote; throws one line when the text is of another form or does not fit the model. */
export function decodeReads(text: string, size: WiringSize): Reads {
  const reads = text.split('_').map((layer, l) =>
    layer.split('.').flatMap((part): Slot[][] => {
      const [, sources, count = '1'] = HEAD.exec(part) ?? []
      if (!sources)
        throw new Error(
          `The wiring in the address says "${part}" in layer ${l}, where sources like 1, 1-0, 1v0 or 1-0*4 are due. Copy the address again.`,
        )
      if (Number(count) > size.n_heads)
        throw new Error(
          `The wiring in the address says "${part}" in layer ${l}, more heads than the model's ${size.n_heads}. Choose its preset.`,
        )
      return Array.from({ length: Number(count) }, () =>
        sources.split('-').map((source): Slot => {
          const [key, value = key] = source.split('v').map(Number)
          return [key, value]
        }),
      )
    }),
  )
  checkReads(reads, size)
  return reads
}
