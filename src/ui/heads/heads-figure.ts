/** The heads of a moment as a file: a picture of the squares, or the rows of a table. */
import type { CutResult } from '../../io/recording.ts'
import { cutOf, type HeadRow } from '../../store/reads-back.ts'
import { percent } from '../../store/reads-back-words.ts'
import { svgFile } from '../../store/svg.ts'
import { shortSources } from './short-sources.ts'

/** One row for each head; what its kind does not have is null. */
export function readsBackRows(
  rows: readonly HeadRow[],
  cuts: readonly CutResult[],
  step: number,
): Record<string, number | string | null>[] {
  return rows.map((row) => {
    const cut = row.kind === 'own' ? null : cutOf(cuts, row)
    return {
      step,
      layer: row.layer,
      head: row.head,
      kind: row.kind,
      reads: row.slots.map(([key, value]) => `[${key}, ${value}]`).join(' '),
      earlier: row.kind === 'measured' ? row.earlier : null,
      share: row.kind === 'wired' ? row.share : null,
      chance: row.kind === 'own' ? null : row.chance,
      at_start: row.kind === 'own' ? null : row.start,
      first_token: row.kind === 'measured' ? row.first : null,
      cut_difference: cut?.difference ?? null,
      cut_interval: cut?.interval ?? null,
      cut_sequences: cut?.sequences ?? null,
      cut_step: cut?.step ?? null,
    }
  })
}

const SIDE = 56
const PITCH = 64
const LEFT = 72
const TOP = 72

function squareOf(row: HeadRow, x: number, y: number): string {
  const middle = x + SIDE / 2
  const text = (words: string, at: number, size: number) =>
    `<text x="${middle}" y="${y + at}" font-size="${size}" text-anchor="middle" fill="#212529">${words}</text>`
  const frame = (more: string) => `<rect x="${x}" y="${y}" width="${SIDE}" height="${SIDE}" rx="5" ${more}/>`
  if (row.kind === 'own') return frame('fill="none" stroke="#868e96"') + text('own', 33, 11)
  if (row.kind === 'wired')
    return (
      frame('fill="#f7ead0" stroke="#8f5700" stroke-width="1.5" stroke-dasharray="4 3"') +
      text(shortSources(row), 28, 14) +
      text('by design', 43, 10)
    )
  const fill = SIDE * row.earlier
  const chance = y + SIDE * (1 - row.chance)
  return (
    `<rect x="${x}" y="${y + SIDE - fill}" width="${SIDE}" height="${fill}" fill="#8cc4ea"/>` +
    frame('fill="none" stroke="#0072b2" stroke-width="1.5"') +
    `<line x1="${x}" x2="${x + SIDE}" y1="${chance}" y2="${chance}" stroke="#212529" stroke-width="2"/>` +
    text(percent(row.earlier), SIDE - 8, 14)
  )
}

/** The grid of heads with its legend, on white. */
export function squaresSvg(rows: readonly HeadRow[], step: number): string {
  const layers = Math.max(...rows.map((row) => row.layer)) + 1
  const heads = Math.max(...rows.map((row) => row.head)) + 1
  const bottom = TOP + layers * PITCH
  const at = (layer: number) => TOP + (layers - 1 - layer) * PITCH
  const label = (x: number, y: number, words: string, anchor = 'start') =>
    `<text x="${x}" y="${y}" font-size="12" text-anchor="${anchor}" fill="#495057">${words}</text>`
  const kinds = new Set(rows.map((row) => row.kind))
  const legend = [
    'Each square is one attention head.',
    ...(kinds.has('measured') ? ['Filled: the part of its attention paid to an earlier layer. Line: what chance would give.'] : []),
    ...(kinds.has('wired') ? ['Dashed: always reads an earlier layer, by design; the number is that layer’s.'] : []),
  ]
  const body = [
    `<text x="16" y="28" font-size="16" font-weight="600" fill="#212529">Attention heads after ${step} steps</text>`,
    ...Array.from({ length: heads }, (_, head) => label(LEFT + head * PITCH + SIDE / 2, TOP - 10, `head ${head}`, 'middle')),
    ...Array.from({ length: layers }, (_, layer) => label(LEFT - 8, at(layer) + SIDE / 2 + 4, `layer ${layer}`, 'end')),
    ...rows.map((row) => squareOf(row, LEFT + row.head * PITCH, at(row.layer))),
    label(LEFT, bottom + 12, 'text enters here ↑'),
    ...legend.map((line, i) => label(16, bottom + 40 + 18 * i, line)),
  ]
  return svgFile(Math.max(560, LEFT + heads * PITCH + 16), bottom + 40 + 18 * legend.length, '#ffffff', body)
}
