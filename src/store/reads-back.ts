/** Which heads attend to earlier layers: what the measures of a moment say of every head, kind by kind. */
import type { CutResult, HeadMeasures, Snapshot } from '../io/recording.ts'
import { chanceOf, headKind, isEarlier, type Reads, type Slot } from '../model/wiring.ts'
import { sourceLabel, type Pattern } from './patterns.ts'

/** Attention of every head on one text at one step, of a live run or a recorded one. */
export interface ShownMaps {
  step: number
  /** The T tokens looked at. */
  labels: string[]
  reads: Reads
  /** [layer][head]. */
  patterns: Pattern[][]
}

/** A part of a head's attention, and what it falls on in words: "layer 1", "values from layer 0". */
export interface Source {
  slot: Slot
  label: string
  /** 0 to 1. */
  mass: number
}

interface Head {
  layer: number
  head: number
  slots: Slot[]
}

/** A head that reads its own layer alone. */
export interface OwnHead extends Head {
  kind: 'own'
}

/** A head with a choice between its own layer and earlier ones. */
export interface MeasuredHead extends Head {
  kind: 'measured'
  /** The part of its attention on earlier sources, 0 to 1. */
  earlier: number
  /** What a head that treats all sources alike would show: earlier sources ÷ sources. */
  chance: number
  /** `earlier` at the first snapshot; null when there is none. */
  start: number | null
  /** The part on position 0 of any source: heads with nothing to do look there. */
  first: number
  /** Its earlier sources, in the order of the wiring. */
  sources: Source[]
}

/** A head whose every source is an earlier one, by design. */
export interface WiredHead extends Head {
  kind: 'wired'
  /** Its part of what the layer's heads give: ‖z_h W_O^h‖ ÷ Σ_h. */
  share: number
  /** 1 ÷ heads. */
  chance: number
  /** `share` at the first snapshot; null when there is none. */
  start: number | null
  /** "keys from 0, values from 0, by design". */
  badge: string
}

export type HeadRow = OwnHead | MeasuredHead | WiredHead

/** The badge of a wired head: layers by number, several sources one after the other. */
export const badgeOf = (slots: readonly Slot[]): string =>
  `${slots.map(([key, value]) => `keys from ${key}, values from ${value}`).join('; ')}, by design`

const sameHead = (a: { layer: number; head: number }, b: { layer: number; head: number }): boolean =>
  a.layer === b.layer && a.head === b.head

/** Every head of the wiring that was measured, layer after layer. `start` holds the measures of the first snapshot, where there is one. */
export function headRows(reads: Reads, heads: readonly HeadMeasures[], start: readonly HeadMeasures[] | null): HeadRow[] {
  return heads.flatMap((measures): HeadRow[] => {
    const { layer, head } = measures
    const slots = reads[layer]?.[head]
    if (!slots) return []
    const kind = headKind(layer, slots)
    if (kind === 'own') return [{ kind, layer, head, slots }]
    const chance = chanceOf(layer, slots, reads[layer].length)
    const first = start?.find((other) => sameHead(other, measures))
    if (kind === 'wired') {
      return [{ kind, layer, head, slots, share: measures.share, chance, start: first?.share ?? null, badge: badgeOf(slots) }]
    }
    const sources = slots.flatMap((slot, s): Source[] =>
      isEarlier(layer, slot) ? [{ slot, label: sourceLabel(layer, slot), mass: measures.slots[s] }] : [],
    )
    return [{ kind, layer, head, slots, earlier: measures.earlier, chance, start: first?.earlier ?? null, first: measures.first, sources }]
  })
}

const inPlace = (a: Head, b: Head): number => a.layer - b.layer || a.head - b.head

/** The heads with a choice, those that read back most first. */
export const measuredHeads = (rows: readonly HeadRow[]): MeasuredHead[] =>
  rows.filter((row) => row.kind === 'measured').sort((a, b) => b.earlier - a.earlier || inPlace(a, b))

/** The heads without one, those that give most first. */
export const wiredHeads = (rows: readonly HeadRow[]): WiredHead[] =>
  rows.filter((row) => row.kind === 'wired').sort((a, b) => b.share - a.share || inPlace(a, b))

export const cutOf = (cuts: readonly CutResult[], at: { layer: number; head: number }): CutResult | null =>
  cuts.findLast((cut) => sameHead(cut, at)) ?? null

/** Of the heads of one kind the one whose cut cost most, where several were cut at one step; null before that. */
export function costliest<Row extends MeasuredHead | WiredHead>(
  rows: readonly Row[],
  cuts: readonly CutResult[],
): { row: Row; cut: CutResult } | null {
  const cutRows = rows.flatMap((row) => {
    const cut = cutOf(cuts, row)
    return cut ? [{ row, cut }] : []
  })
  const step = Math.max(...cutRows.map(({ cut }) => cut.step))
  const together = cutRows.filter(({ cut }) => cut.step === step)
  return together.length < 2 ? null : together.reduce((most, other) => (other.cut.difference > most.cut.difference ? other : most))
}

/** What the measured heads of a layer do on average. */
export interface LayerSummary {
  layer: number
  heads: number
  /** Means over the layer's measured heads, 0 to 1. */
  earlier: number
  chance: number
}

/** Layers with measured heads, in the order of the model. */
export function layerSummaries(rows: readonly HeadRow[]): LayerSummary[] {
  const layers = new Map<number, MeasuredHead[]>()
  for (const row of rows) if (row.kind === 'measured') layers.set(row.layer, [...(layers.get(row.layer) ?? []), row])
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length
  return [...layers]
    .sort(([a], [b]) => a - b)
    .map(([layer, heads]) => ({
      layer,
      heads: heads.length,
      earlier: mean(heads.map((row) => row.earlier)),
      chance: mean(heads.map((row) => row.chance)),
    }))
}

/** What one head did over training: `earlier` of a measured head, `share` of a wired one. */
export interface HeadSeries {
  steps: number[]
  values: number[]
}

/** The series of one head; empty for a head that reads its own layer alone. */
export function headSeries(
  snapshots: readonly Pick<Snapshot, 'step' | 'heads'>[],
  { layer, head, kind }: { layer: number; head: number; kind: HeadRow['kind'] },
): HeadSeries {
  const series: HeadSeries = { steps: [], values: [] }
  if (kind === 'own') return series
  for (const { step, heads } of snapshots) {
    const measures = heads.find((other) => other.layer === layer && other.head === head)
    if (!measures) continue
    series.steps.push(step)
    series.values.push(kind === 'measured' ? measures.earlier : measures.share)
  }
  return series
}
