/** The depth map: every head that reads, by the layers whose keys or values it reads. Rows, their order, and the way through them by keyboard. */
import type { LabAnswer } from '../worker/protocol.ts'
import type { LabRow } from './lab-rows.ts'

type SourceEffect = Extract<LabAnswer, { about: 'sources' }>['sources'][number]

/** Keys say where a head looks, values what it takes from there. */
export type DepthPart = 'keys' | 'values'
/** `mass`: attention; `output`: attention × the head's share of its layer's output. */
export type DepthArea = 'mass' | 'output'

/** Whose absence the colours tell: the whole head's, or that of the one source. */
export type DepthColour = 'head' | 'source'

export interface DepthMark {
  source: number
  /** The part of the head's attention on this layer, 0 to 1. */
  mass: number
  /** `mass` of a head that treats all its slots alike; null where there is one layer to read, so that nothing is measured. */
  chance: number | null
  /** What the mark's area shows, 0 to 1. */
  amount: number
  /** `amount` at `chance`. */
  chanceAmount: number | null
  /** What closing it does; null where that was not measured, or where it takes several slots or the only one. */
  closed: SourceEffect | null
}

/** A head with a mark for every layer that it reads, the lowest first. */
export interface DepthReader {
  row: LabRow
  marks: DepthMark[]
}

/** What shows the way back: keys, or values where only these are of earlier layers. */
export function tellingPart(rows: readonly LabRow[]): DepthPart {
  const back = (of: 0 | 1): boolean => rows.some(({ layer, slots }) => slots.some((slot) => slot[of] < layer))
  return !back(0) && back(1) ? 'values' : 'keys'
}

export function depthReaders(
  rows: readonly LabRow[],
  part: DepthPart,
  area: DepthArea,
  closed: readonly SourceEffect[] = [],
): DepthReader[] {
  return rows.map((row) => {
    const layers = row.slots.map(([key, value]) => (part === 'keys' ? key : value))
    const sources = [...new Set(layers)].sort((a, b) => a - b)
    const mass = part === 'keys' ? row.measures.mass : row.measures.mass_values
    const weight = area === 'mass' ? 1 : row.measures.share
    const marks = sources.map((source): DepthMark => {
      const found = mass[source] ?? 0
      const slots = layers.flatMap((layer, slot) => (layer === source ? [slot] : []))
      const chance = sources.length > 1 ? slots.length / layers.length : null
      return {
        source,
        mass: found,
        chance,
        amount: found * weight,
        chanceAmount: chance === null ? null : chance * weight,
        closed:
          (slots.length === 1 && closed.find(({ layer, head, slot }) => layer === row.layer && head === row.head && slot === slots[0])) ||
          null,
      }
    })
    return { row, marks }
  })
}

export const DEPTH_ORDERS = {
  depth: 'Depth: the lowest layer first',
  earlier: 'Attention to earlier layers: the most first',
  effect: 'Change of loss without it: the largest first',
} as const
export type DepthOrder = keyof typeof DEPTH_ORDERS

const KIND_ORDER = { measured: 0, wired: 1, own: 2 }

/** By attention, what was measured comes before what is so by design: the two are never ranked together. What has no value comes last. */
export function sortReaders(readers: readonly DepthReader[], order: DepthOrder): DepthReader[] {
  const inPlace = ({ row: a }: DepthReader, { row: b }: DepthReader): number => a.layer - b.layer || a.head - b.head
  const effect = ({ row }: DepthReader): number => row.effect?.difference ?? -Infinity
  switch (order) {
    case 'depth':
      return [...readers].sort(inPlace)
    case 'earlier':
      return [...readers].sort(
        (a, b) => KIND_ORDER[a.row.kind] - KIND_ORDER[b.row.kind] || b.row.measures.earlier - a.row.measures.earlier || inPlace(a, b),
      )
    case 'effect':
      // Of two that have none the difference would be no number.
      return [...readers].sort((a, b) => (effect(a) === effect(b) ? 0 : effect(b) - effect(a)) || inPlace(a, b))
    default:
      return order satisfies never
  }
}

/** The change of loss that a mark is coloured by. */
export const effectOf = ({ row }: DepthReader, mark: DepthMark, colour: DepthColour): LabRow['effect'] =>
  colour === 'head' ? row.effect : mark.closed

/** The change of loss that a colour may show: none where the interval cannot tell it from none; null where it was not measured. */
export const toldEffect = (effect: LabRow['effect']): number | null =>
  effect && (Math.abs(effect.difference) > effect.interval ? effect.difference : 0)

/**
 * What the scale of colours ends at: the largest change of either sign that can be told from none, nats; null before any was measured. Of the heads that read
 * back, where there is one: those of the lowest layer often cost a hundred times as much, and all others would look alike.
 */
export function effectReach(readers: readonly DepthReader[], colour: DepthColour): number | null {
  const largest = (some: readonly DepthReader[]): number | null => {
    const told = some.flatMap((reader) => reader.marks.flatMap((mark) => toldEffect(effectOf(reader, mark, colour)) ?? []))
    return told.length ? Math.max(...told.map(Math.abs)) : null
  }
  return largest(readers.filter(({ row }) => row.kind !== 'own')) || largest(readers)
}

/** A mark by its row in the order that is shown, and its place in that row. */
export interface DepthAt {
  reader: number
  mark: number
}

/** Where a key leads from a mark: left and right within the reader, up and down to the nearest source of the next one. Undefined for keys that lead nowhere. */
export function depthMove(readers: readonly DepthReader[], { reader, mark }: DepthAt, key: string): DepthAt | undefined {
  const { marks } = readers[reader]
  const within = (to: number): DepthAt => ({ reader, mark: Math.min(Math.max(to, 0), marks.length - 1) })
  const across = (to: number): DepthAt => {
    if (!readers[to]) return { reader, mark }
    const { source } = marks[mark]
    const far = readers[to].marks.map((other) => Math.abs(other.source - source))
    return { reader: to, mark: far.indexOf(Math.min(...far)) }
  }
  switch (key) {
    case 'ArrowLeft':
      return within(mark - 1)
    case 'ArrowRight':
      return within(mark + 1)
    case 'Home':
      return within(0)
    case 'End':
      return within(marks.length - 1)
    case 'ArrowUp':
      return across(reader - 1)
    case 'ArrowDown':
      return across(reader + 1)
    default:
      return undefined
  }
}

/** One row a mark, for a table of numbers. */
export const depthRows = (readers: readonly DepthReader[], step: number, part: DepthPart): Record<string, number | string | null>[] =>
  readers.flatMap(({ row: { layer, head, kind, measures, effect }, marks }) =>
    marks.map(({ source, mass, chance, closed }) => ({
      step,
      layer,
      head,
      kind,
      source_layer: source,
      of: part,
      wired: chance === null ? 1 : 0,
      mass,
      chance,
      share: measures.share,
      mass_times_share: mass * measures.share,
      loss_change: effect?.difference ?? null,
      loss_change_interval: effect?.interval ?? null,
      loss_change_step: effect?.step ?? null,
      closed_change: closed?.difference ?? null,
      closed_interval: closed?.interval ?? null,
      closed_step: closed?.step ?? null,
    })),
  )
