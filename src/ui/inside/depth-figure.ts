/** The shapes of the depth map's marks, on the page and in the file, and the file. */
import { effectOf, toldEffect, type DepthColour, type DepthMark, type DepthReader } from '../../store/depth-map.ts'
import type { LabRow } from '../../store/lab-rows.ts'
import { cutNumbers, headName, percent } from '../../store/reads-back-words.ts'
import { svgFile, svgText } from '../../store/svg.ts'
import { effectColour } from './depth-colour.ts'

/** Half the width of the square whose area stands for all, in a cell of 1 × 1. */
const HALF = 0.4
/** A circle of that square's area. */
const ROUND = HALF * Math.sqrt(4 / Math.PI)

/** The radius of a circle, or half the side of a square, whose area is proportional to `amount` (0 to 1), in cells of `side`. */
export const radiusOf = (amount: number, side: number): number => ROUND * side * Math.sqrt(amount)
export const halfOf = (amount: number, side: number): number => HALF * side * Math.sqrt(amount)

/** What a head reads from earlier layers: a number only where it had a choice. */
export const earlierText = ({ kind, measures }: LabRow): string =>
  kind === 'measured' ? percent(measures.earlier) : kind === 'wired' ? 'by design' : '–'

/** The end of the scale of colours, in figures. */
export const natsSize = (value: number): string => value.toPrecision(2)

/** What was done for a change of loss, in words. */
export const COLOURED: Record<DepthColour, string> = {
  head: 'the head’s output replaced by its mean',
  source: 'this source closed to the head, so that its attention falls on the others',
}

/** What the legend shows of areas, and of the scale of colours: from the largest fall to the largest rise. */
export const SIZES = [1, 0.5, 0.1]
export const PARTS = [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1]

const SIDE = 30
const LEFT = 130
const TOP = 92
const COLUMN = 44
const INK = '#212529'
const SOFT = '#495057'

function markSvg(mark: DepthMark, x: number, y: number, fill: string, earlier: boolean): string {
  const look = `fill="${fill}" fill-opacity="${earlier ? 1 : 0.35}" stroke="${earlier ? INK : SOFT}" stroke-width="${earlier ? 1.5 : 0.75}"`
  if (mark.chanceAmount === null) {
    const half = halfOf(mark.amount, SIDE)
    return `<rect x="${x - half}" y="${y - half}" width="${2 * half}" height="${2 * half}" ${look} stroke-dasharray="3 2"/>`
  }
  const chance = radiusOf(mark.chanceAmount, SIDE)
  return (
    `<circle cx="${x}" cy="${y}" r="${radiusOf(mark.amount, SIDE)}" ${look}/>` +
    `<circle cx="${x}" cy="${y}" r="${chance}" fill="none" stroke="${SOFT}" stroke-width="0.75" stroke-dasharray="1.5 1.5"/>`
  )
}

/** The scale of colours with its ends. */
const ramp = (reach: number, y: number, text: (x: number, y: number, words: string, anchor?: string) => string): string[] => [
  text(88, y + 12, `≤ −${natsSize(reach)}`, 'end'),
  ...PARTS.map(
    (part, i) => `<rect x="${96 + 18 * i}" y="${y}" width="18" height="14" fill="${effectColour(part * reach, reach, 'light')}"/>`,
  ),
  text(104 + 18 * PARTS.length, y + 12, `≥ +${natsSize(reach)} nats`),
]

interface DepthFigure {
  layers: number
  /** What the areas are, in words. */
  area: string
  step: number
  /** The largest change of loss; null before any was measured. */
  reach: number | null
  colour: DepthColour
}

/** The map with its numbers and its legend, on white. */
export function depthSvg(readers: readonly DepthReader[], { layers, area, step, reach, colour }: DepthFigure): string {
  const right = LEFT + layers * COLUMN
  const bottom = TOP + readers.length * SIDE
  const x = (layer: number) => LEFT + (layer + 0.5) * COLUMN
  const text = (at: number, y: number, words: string, anchor = 'start') =>
    `<text x="${at}" y="${y}" font-size="12" text-anchor="${anchor}" fill="${SOFT}">${svgText(words)}</text>`
  const legend = [
    'Circle: the head could have looked elsewhere; dotted ring: chance. Dashed square: it reads this layer alone, by design.',
    'Shaded and paler: its own layer. What stands left of it is read from an earlier layer.',
    reach === null ? 'Grey: the change of loss was not measured.' : `Colour: held-out loss with ${COLOURED[colour]}, minus loss as it is.`,
    'White: no change that can be told from none. Grey: not measured. Change of loss: without retraining; heads may compensate.',
  ]
  const body = [
    `<text x="16" y="28" font-size="16" font-weight="600" fill="${INK}">Depth map after ${step} steps</text>`,
    text(LEFT, TOP - 28, 'layer that is read'),
    ...Array.from({ length: layers }, (_, layer) => text(x(layer), TOP - 8, `${layer}`, 'middle')),
    text(right + 12, TOP - 8, 'from earlier'),
    text(right + 96, TOP - 8, 'loss without it'),
    ...readers.flatMap((reader, i) => {
      const { row, marks } = reader
      const y = TOP + (i + 0.5) * SIDE
      return [
        `<rect x="${LEFT + row.layer * COLUMN}" y="${TOP + i * SIDE}" width="${COLUMN}" height="${SIDE}" fill="#e9ecef"/>`,
        `<line x1="${LEFT}" x2="${right}" y1="${TOP + i * SIDE}" y2="${TOP + i * SIDE}" stroke="#dee2e6"/>`,
        text(LEFT - 10, y + 4, headName(row), 'end'),
        ...marks.map((mark) =>
          markSvg(
            mark,
            x(mark.source),
            y,
            effectColour(toldEffect(effectOf(reader, mark, colour)), reach ?? 0, 'light'),
            mark.source < row.layer,
          ),
        ),
        text(right + 12, y + 4, earlierText(row)),
        text(right + 96, y + 4, row.effect ? cutNumbers(row.effect) : '–'),
      ]
    }),
    ...SIZES.flatMap((amount, i) => {
      const at = 32 + 80 * i
      return [
        `<circle cx="${at}" cy="${bottom + 28}" r="${radiusOf(amount, SIDE)}" fill="none" stroke="${INK}"/>`,
        text(at + 18, bottom + 32, `${100 * amount} %`),
      ]
    }),
    text(272, bottom + 32, `Area: ${area}.`),
    ...(reach ? ramp(reach, bottom + 50, text) : []),
    ...legend.map((line, i) => text(16, bottom + 88 + 18 * i, line)),
  ]
  return svgFile(Math.max(820, right + 240), bottom + 88 + 18 * legend.length, '#ffffff', body)
}
