/** What the depth map says, in sentences. */
import { toldEffect, type DepthMark, type DepthReader } from './depth-map.ts'
import { cutNumbers, headName, percent, verdictOf } from './reads-back-words.ts'

type Numbers = Parameters<typeof cutNumbers>[0]

const sourceName = (layer: number, source: number): string => (source === layer ? `its own layer (${layer})` : `layer ${source}`)

/** "88 % from layer 2 (chance 50 %)"; of one layer alone no sum of rounded weights is told. */
const partText = (layer: number, { source, mass, chance }: DepthMark): string =>
  chance === null
    ? `all from ${sourceName(layer, source)}, by design`
    : `${percent(mass)} from ${sourceName(layer, source)} (chance ${percent(chance)})`

/** What its absence does, as a clause; that it is not known yet, too. */
const effectClause = ({ row: { effect } }: DepthReader): string =>
  effect ? `without the head ${lossClause(effect)}` : 'what it is worth has not been measured yet'

function lossClause(effect: Numbers): string {
  const size = cutNumbers({ ...effect, difference: Math.abs(effect.difference) }).replace(/^\+/, '')
  switch (verdictOf(effect)) {
    case 'hurts':
    case 'little':
      return `the loss rises by ${size}`
    case 'helps':
      return `the loss falls by ${size}`
    case 'unclear':
      return `the loss changes by ${cutNumbers(effect)}, which cannot be told from no change`
  }
}

/** One mark with its numbers, for who points at it or hears it. */
export function tellMark(reader: DepthReader, mark: DepthMark): string {
  const { layer, measures } = reader.row
  return (
    `${headName(reader.row)}: ${partText(layer, mark)}; it gives ${percent(measures.share)} of its layer’s output; ` +
    effectClause(reader) +
    (mark.closed ? `; with this source alone closed ${lossClause(mark.closed)}` : '')
  )
}

/** One head with all it reads. */
export function tellReader(reader: DepthReader): string {
  const { layer, measures } = reader.row
  const parts = [...reader.marks].sort((a, b) => b.mass - a.mass).map((mark) => partText(layer, mark))
  return `${headName(reader.row)}: ${parts.join(', ')}; it gives ${percent(measures.share)} of its layer’s output; ${effectClause(reader)}`
}

/** The reader that a stranger should look at first: of those that read back the one whose absence costs most, and where none is known to cost anything the one that reads back most. */
export function leadingReader(readers: readonly DepthReader[]): DepthReader | undefined {
  const back = readers.filter(({ row }) => row.kind !== 'own')
  const measured = back.filter(({ row }) => row.kind === 'measured')
  const cost = ({ row }: DepthReader): number => toldEffect(row.effect) ?? 0
  const [pool, size] = back.some((reader) => cost(reader) > 0)
    ? [back, cost]
    : [measured.length ? measured : back, ({ row }: DepthReader): number => row.measures.earlier]
  return pool.reduce<DepthReader | undefined>((best, one) => (best && size(best) >= size(one) ? best : one), undefined)
}

/** The map in a sentence. */
export function depthSummary(readers: readonly DepthReader[]): string {
  const reader = leadingReader(readers)
  if (!reader) return 'Every head reads its own layer alone: with this wiring there is nothing to the left of the diagonal.'
  const { row, marks } = reader
  const [first, ...others] = marks.filter(({ source }) => source < row.layer).sort((a, b) => b.mass - a.mass)
  // Keys of its own layer, values of another: by keys there is no mark to the left.
  if (!first) return `${headName(row)} looks at its own layer and takes from an earlier one, by design; ${effectClause(reader)}.`
  if (first.chance === null) return `${headName(row)} reads layer ${first.source} and nothing else, by design; ${effectClause(reader)}.`
  const rest = others.length ? `, ${others.map((mark) => `${percent(mark.mass)} from layer ${mark.source}`).join(', ')}` : ''
  return `${headName(row)} reads ${percent(first.mass)} of its attention from layer ${first.source} (chance ${percent(first.chance)})${rest}; ${effectClause(reader)}.`
}
