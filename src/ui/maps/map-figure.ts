/** A head's map as a file: a picture, or the rows of a table. */
import { probabilityAt, slotTotals, sourceLabel } from '../../store/patterns.ts'
import type { ShownMaps } from '../../store/reads-back.ts'
import { headName, percent } from '../../store/reads-back-words.ts'
import { svgFile, svgText } from '../../store/svg.ts'
import { entryOf } from '../../io/recording.ts'
import { entryHex, type Scheme } from './heatmap.ts'
import { tickPositions } from './ticks.ts'

/** One row for each pair of tokens that can be read: positions from 0. */
export function mapRows(maps: ShownMaps, layer: number, head: number): Record<string, number | string>[] {
  const { labels, reads, patterns, step } = maps
  const slots = reads[layer][head]
  const T = labels.length
  return labels.flatMap((query, row) =>
    slots.flatMap(([key_layer, value_layer], s) =>
      labels.slice(0, row + 1).map((key, column) => ({
        step,
        layer,
        head,
        query_position: row,
        query,
        key_position: column,
        key,
        key_layer,
        value_layer,
        probability: probabilityAt(patterns[layer][head], (row * slots.length + s) * T + column),
      })),
    ),
  )
}

const MARGIN = { left: 60, top: 64, right: 16, bottom: 44 }
/** Between two parts. */
const GAP = 10

/** A head's map with its tokens and the totals of its parts. Squares of one colour are one path. */
export function mapSvg(maps: ShownMaps, layer: number, head: number, scheme: Scheme = 'light'): string {
  const { labels, reads, patterns, step } = maps
  const slots = reads[layer][head]
  const pattern = patterns[layer][head]
  const T = labels.length
  const cell = Math.max(2, Math.min(16, Math.round(480 / T)))
  const side = cell * T
  const [ink, soft, ground] = scheme === 'light' ? ['#212529', '#495057', '#ffffff'] : ['#e4e6ea', '#b6bcc6', '#1f2023']
  const left = (s: number) => MARGIN.left + s * (side + GAP)

  const paths = new Map<number, string[]>()
  slots.forEach((_, s) => {
    for (let row = 0; row < T; row++) {
      let from = 0
      for (let column = 0; column <= row; column++) {
        const entryAt = (at: number) => entryOf(probabilityAt(pattern, (row * slots.length + s) * T + at))
        const entry = entryAt(column)
        if (column < row && entryAt(column + 1) === entry) continue
        // The ground of a part is entry 0.
        if (entry > 0) {
          const run = `M${left(s) + from * cell} ${MARGIN.top + row * cell}h${(column + 1 - from) * cell}v${cell}h-${(column + 1 - from) * cell}z`
          const runs = paths.get(entry)
          if (runs) runs.push(run)
          else paths.set(entry, [run])
        }
        from = column + 1
      }
    }
  })

  const totals = slotTotals(pattern, T, slots.length)
  const ticks = tickPositions(T, Math.max(2, Math.floor(side / 16)))
  const middle = (position: number) => (position + 0.5) * cell
  const body = [
    `<text x="${MARGIN.left}" y="24" font-size="16" font-weight="600" fill="${ink}">${headName({ layer, head })}, after ${step} steps</text>`,
    ...slots.flatMap((slot, s) => [
      `<text x="${left(s)}" y="${MARGIN.top - 10}" font-size="13" fill="${ink}">${sourceLabel(layer, slot)} ${percent(totals[s])}</text>`,
      `<rect x="${left(s)}" y="${MARGIN.top}" width="${side}" height="${side}" fill="${entryHex(0, scheme)}" stroke="${soft}" stroke-width="0.5"/>`,
    ]),
    `<g shape-rendering="crispEdges">${[...paths].map(([entry, runs]) => `<path fill="${entryHex(entry, scheme)}" d="${runs.join('')}"/>`).join('')}</g>`,
    `<g font-size="11" font-family="ui-monospace, monospace" fill="${soft}">`,
    ...ticks.flatMap((position) => [
      `<text x="${MARGIN.left - 5}" y="${MARGIN.top + middle(position) + 4}" text-anchor="end">${svgText(labels[position])}</text>`,
      ...slots.map(
        (_, s) =>
          `<text x="${left(s) + middle(position)}" y="${MARGIN.top + side + 14}" text-anchor="middle">${svgText(labels[position])}</text>`,
      ),
    ]),
    '</g>',
    `<text x="${MARGIN.left}" y="${MARGIN.top + side + 34}" font-size="11" fill="${soft}">Rows: the token that reads. Columns: the token that is read.</text>`,
  ]
  return svgFile(left(slots.length) - GAP + MARGIN.right, MARGIN.top + side + MARGIN.bottom, ground, body)
}
