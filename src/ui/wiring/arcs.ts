/** The arcs from layers to the earlier layers that they read, and where they are drawn. */
import { headKind, type HeadKind, type Reads } from '../../model/wiring.ts'

export interface Arc {
  reader: number
  source: number
  /** What is read there. */
  part: 'both' | 'keys' | 'values'
  kind: HeadKind
  /** Heads of the reader that read this. */
  heads: number
}

/** Every arc of a wiring, those of many heads summed up; `head` leaves the arcs of that cell alone. Layers that read themselves have none. */
export function arcsOf(reads: Reads, cell?: { layer: number; head: number }): Arc[] {
  const arcs = new Map<string, Arc>()
  reads.forEach((heads, reader) =>
    heads.forEach((slots, head) => {
      if (cell && (cell.layer !== reader || cell.head !== head)) return
      const kind = headKind(reader, slots)
      // A source that is listed twice is one arc of one head.
      const read = new Map<string, Omit<Arc, 'heads'>>()
      const add = (source: number, part: Arc['part']): void => {
        if (source < reader) read.set(`${reader}.${source}.${part}.${kind}`, { reader, source, part, kind })
      }
      for (const [key, value] of slots) {
        if (key === value) add(key, 'both')
        else {
          add(key, 'keys')
          add(value, 'values')
        }
      }
      for (const [name, arc] of read) arcs.set(name, { ...arc, heads: (arcs.get(name)?.heads ?? 0) + 1 })
    }),
  )
  // Long arcs first, so that short ones lie over them.
  return [...arcs.values()].sort((a, b) => b.reader - b.source - (a.reader - a.source))
}

/** Layers that some head reads, be it their own or a later layer's. */
export const layersRead = (reads: Reads): Set<number> => new Set(reads.flat(3))

export interface ArcSpace {
  layers: number
  heads: number
  /** Pixels: of the drawing, and of a layer's row. */
  width: number
  row: number
}

/** Room right of the layers' dots. */
const MARGIN = 8

export const dotX = ({ width }: ArcSpace): number => width - MARGIN

/** The middle of a layer's row; the top layer is on top. */
export const rowY = ({ layers, row }: ArcSpace, layer: number): number => (layers - 1 - layer) * row + row / 2

/** The thickest stroke, in pixels: thinner where so many arcs meet in one layer that they would run together. */
export function thickest(arcs: readonly Arc[]): number {
  const ends = new Map<number, number>()
  for (const { reader, source } of arcs) for (const layer of [reader, source]) ends.set(layer, (ends.get(layer) ?? 0) + 1)
  return Math.min(6, Math.max(1.4, 20 / Math.max(1, ...ends.values())))
}

export const strokeWidth = (arc: Arc, { heads }: ArcSpace, most: number): number => 1 + ((most - 1) * arc.heads) / heads

/** Arcs between the same two layers lie side by side: how far out, in pixels. */
const ASIDE: Record<Arc['part'], number> = { both: 0, keys: -5, values: -10 }

/** An SVG path from the reader's dot out to the left and down to the source's; the further back, the further out. */
export function arcPath(arc: Arc, space: ArcSpace): string {
  const [x, from, to] = [dotX(space), rowY(space, arc.reader), rowY(space, arc.source)]
  // Steeper at first: the short arcs of a deep model would else lie flat.
  const back = ((arc.reader - arc.source) / Math.max(1, space.layers - 1)) ** 0.7
  const room = space.width - 2 * MARGIN - 6
  const out = Math.max(8, room * (0.25 + 0.75 * back) + ASIDE[arc.part] - (arc.kind === 'measured' ? 4 : 0))
  // A cubic reaches three quarters of the way to its control points.
  const control = x - (4 / 3) * out
  return `M ${x} ${from} C ${control} ${from} ${control} ${to} ${x} ${to}`
}

/** The wiring as a table: one row for each source of each head. */
export const wiringRows = (reads: Reads): Record<'layer' | 'head' | 'key_layer' | 'value_layer', number>[] =>
  reads.flatMap((row, layer) =>
    row.flatMap((slots, head) => slots.map(([key_layer, value_layer]) => ({ layer, head, key_layer, value_layer }))),
  )
