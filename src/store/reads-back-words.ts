/** What the page says of a head, in sentences. Layers and heads are counted from 0. */
import type { CutResult } from '../io/recording.ts'
import type { HeadRow, MeasuredHead, WiredHead } from './reads-back.ts'

/** "71 %". What is not quite all is not called all, nor what is not quite nothing nothing. */
export function percent(part: number): string {
  if (part >= 0.995 && part < 1) return '> 99 %'
  return part > 0 && part < 0.005 ? '< 1 %' : `${Math.round(100 * part)} %`
}

export const headName = ({ layer, head }: { layer: number; head: number }): string => `Layer ${layer}, head ${head}`

/** Earlier sources that are named one by one; of more, the heaviest but one are, and the others taken together. */
const NAMED = 3

/** Where the attention to earlier layers goes: "layer 1", or "earlier layers (40 % to layer 1, 31 % to layer 0)". */
export function whereTo({ sources }: Pick<MeasuredHead, 'sources'>): string {
  if (sources.length === 1) return sources[0].label
  const ranked = [...sources].sort((a, b) => b.mass - a.mass)
  const named = ranked.length > NAMED ? ranked.slice(0, NAMED - 1) : ranked
  const others = ranked.slice(named.length)
  const parts = named.map(({ label, mass }) => `${percent(mass)} to ${label}`)
  if (others.length > 0) parts.push(`${percent(others.reduce((sum, { mass }) => sum + mass, 0))} to ${others.length} others`)
  return `earlier layers (${parts.join(', ')})`
}

/** One head in one line, for who hovers or hears it. `startStep` is the step of the rows' `start`. */
export function tellHead(row: HeadRow, startStep = 0): string {
  const name = headName(row)
  const atStart = (start: number | null): string => (start === null ? '' : `; ${percent(start)} at step ${startStep}`)
  if (row.kind === 'own') return `${name}: reads its own layer only`
  if (row.kind === 'wired')
    return `${name}: ${row.badge}. Gives ${percent(row.share)} of its layer’s output (chance ${percent(row.chance)}${atStart(row.start)})`
  return `${name}: ${percent(row.earlier)} to ${whereTo(row)} (chance ${percent(row.chance)}${atStart(row.start)})`
}

/** "71 % to layer 1 (chance 50 %)". */
export const leadingWords = (row: MeasuredHead): string => `${percent(row.earlier)} to ${whereTo(row)} (chance ${percent(row.chance)})`

/** "25 % of its layer’s output (chance 50 %)". */
export const wiredWords = (row: WiredHead): string => `${percent(row.share)} of its layer’s output (chance ${percent(row.chance)})`

/** Whether a measured value is above its chance, in words; what rounds to the same percentage is called the same. */
export function chanceWords({ earlier, chance }: Pick<MeasuredHead, 'earlier' | 'chance'>): string {
  const points = Math.round(100 * earlier) - Math.round(100 * chance)
  if (points === 0) return 'As much as chance'
  return `${Math.abs(points)} ${Math.abs(points) === 1 ? 'point' : 'points'} ${points > 0 ? 'above' : 'below'} chance`
}

/** A number of nats with so many decimals that the interval shows one digit: two to five. */
function decimalsFor(interval: number): number {
  if (!(interval > 0)) return 4
  return Math.min(5, Math.max(2, Math.ceil(-Math.log10(interval))))
}

/** "+0.03 ± 0.01 nats". */
export function cutNumbers({ difference, interval }: Pick<CutResult, 'difference' | 'interval'>): string {
  const decimals = decimalsFor(interval)
  const size = Math.abs(difference).toFixed(decimals)
  const sign = Number(size) === 0 ? '' : difference > 0 ? '+' : '−'
  return `${sign}${size} ± ${interval.toFixed(decimals)} nats`
}

/** Whether the cut hurt, as far as its interval tells; `little` is told from nothing, but small. */
export type Verdict = 'hurts' | 'little' | 'helps' | 'unclear'

/** Nats: a rise of the loss by less is called little. */
const LITTLE = 0.02

export function verdictOf({ difference, interval }: Pick<CutResult, 'difference' | 'interval'>): Verdict {
  if (difference - interval > 0) return difference < LITTLE ? 'little' : 'hurts'
  return difference + interval < 0 ? 'helps' : 'unclear'
}

/** Whether the head matters, in a sentence. */
export function cutWords(cut: Pick<CutResult, 'difference' | 'interval'>): string {
  const by = cutNumbers({ ...cut, difference: Math.abs(cut.difference) }).replace(/^\+/, '')
  switch (verdictOf(cut)) {
    case 'hurts':
      return `Cutting it hurts: held-out loss rises by ${by}, so this model relies on it.`
    case 'little':
      return `Cutting it hurts a little: held-out loss rises by ${by}.`
    case 'helps':
      return `Cutting it helps: held-out loss falls by ${by}.`
    case 'unclear':
      return 'Cutting it changes nothing that can be told from no change.'
  }
}
