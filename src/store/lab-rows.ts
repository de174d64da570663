/** One row a head for the lab: the measures of a moment, and what was asked since. */
import type { HeadMeasures } from '../io/recording.ts'
import { chanceOf, headKind, type HeadKind, type Reads, type Slot } from '../model/wiring.ts'
import type { LabAnswer } from '../worker/protocol.ts'
import { signed } from './lens-words.ts'
import { cutNumbers } from './reads-back-words.ts'

export type Scores = Extract<LabAnswer, { about: 'scores' }>
export type Swept = Extract<LabAnswer, { about: 'sweep' }>

export interface LabRow {
  layer: number
  head: number
  kind: HeadKind
  slots: Slot[]
  /** What a head that treats all alike would show, of what its kind is told by. */
  chance: number
  measures: HeadMeasures
  /** Null before they were asked for. */
  scores: Scores['scores'][number] | null
  effect: Swept['heads'][number] | null
}

export function labRows(reads: Reads, heads: readonly HeadMeasures[], scores: Scores | null, swept: Swept | null): LabRow[] {
  const at = <One extends { layer: number; head: number }>(all: readonly One[] | undefined, layer: number, head: number): One | null =>
    all?.find((one) => one.layer === layer && one.head === head) ?? null
  return heads.flatMap((measures) => {
    const { layer, head } = measures
    const slots = reads[layer]?.[head]
    if (!slots) return []
    const [score, effect] = [at(scores?.scores, layer, head), at(swept?.heads, layer, head)]
    return [
      {
        layer,
        head,
        kind: headKind(layer, slots),
        slots,
        chance: chanceOf(layer, slots, reads[layer].length),
        measures,
        scores: score,
        effect,
      },
    ]
  })
}

export interface LabColumn {
  key: string
  title: string
  /** What it is, its formula and where it comes from. */
  more: string
  value: (row: LabRow) => number | null
  text: (value: number, row: LabRow) => string
}

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`
const OLSSON = 'Olsson et al. 2022, arXiv 2209.11895'
const TWICE = 'On random tokens repeated twice (R R, |R| = n), where nothing else can be learnt'

export const LAB_COLUMNS: LabColumn[] = [
  {
    key: 'earlier',
    title: 'To earlier layers',
    more: 'Mean attention on slots whose keys or values are of an earlier layer: mean over t of Σ_j A[t, j] over those slots. On the held-out sample. Of a wired head it is all or nothing by design.',
    value: ({ measures }) => measures.earlier,
    text: percent,
  },
  {
    key: 'share',
    title: 'Output share',
    more: 'Its part of what the layer’s heads give: ‖z_h W_O^h‖ ÷ Σ ‖z_i W_O^i‖ over the layer’s heads i, mean over tokens. On the held-out sample.',
    value: ({ measures }) => measures.share,
    text: percent,
  },
  {
    key: 'entropy',
    title: 'Entropy',
    more: 'How evenly it looks: −Σ A log A ÷ log of the number of keys seen, mean over tokens that see two or more. 1 is even, 0 is one key. On the held-out sample.',
    value: ({ measures }) => measures.entropy,
    text: (value) => value.toFixed(2),
  },
  {
    key: 'first',
    title: 'First token',
    more: 'Mean attention on position 0, over all slots: heads with nothing to do look there. On the held-out sample.',
    value: ({ measures }) => measures.first,
    text: percent,
  },
  {
    key: 'previous',
    title: 'Previous token',
    more: `${TWICE}: mean over t of A[t, t − 1]. As TransformerLens detects such heads.`,
    value: ({ scores }) => scores?.previous ?? null,
    text: percent,
  },
  {
    key: 'duplicate',
    title: 'Duplicate token',
    more: `${TWICE}: in the second copy, mean of A[t, t − n], the same token in the first. As TransformerLens detects such heads.`,
    value: ({ scores }) => scores?.duplicate ?? null,
    text: percent,
  },
  {
    key: 'induction',
    title: 'Induction',
    more: `${TWICE}: in the second copy, mean of A[t, t − n + 1], the token that came after the same token in the first. ${OLSSON}.`,
    value: ({ scores }) => scores?.induction ?? null,
    text: percent,
  },
  {
    key: 'prefix',
    title: 'Prefix matching',
    more: `On random tokens repeated four times: from each token of the later copies, mean attention to the tokens that followed the same token in all earlier copies. ${OLSSON}.`,
    value: ({ scores }) => scores?.prefix ?? null,
    text: percent,
  },
  {
    key: 'copying',
    title: 'Copying',
    more: 'Whether what it looks at becomes likelier: Σ λ ÷ Σ |λ| over the eigenvalues λ of its OV circuit W_U W_O W_V W_E, by source, W_V being that of the source’s layer. 1 copies, −1 does the opposite, 0 does neither. Of the weights alone; norms count with their weights, layers between do not. Elhage et al. 2021, “A Mathematical Framework for Transformer Circuits”. Sorted by the largest.',
    value: ({ scores }) => scores && Math.max(...scores.copying),
    text: (_, { scores, slots }) =>
      (scores?.copying ?? [])
        .map((value, s) => {
          const score = signed(value)
          return slots.length === 1 ? score : `layer ${slots[s][1]}: ${score}`
        })
        .join('\n'),
  },
  {
    key: 'effect',
    title: 'Change of loss',
    more: 'Held-out loss with its output replaced by its mean, minus loss as it is, nats. Without retraining; heads may compensate.',
    value: ({ effect }) => effect?.difference ?? null,
    // The number alone would claim what its interval does not.
    text: (_, { effect }) => (effect ? cutNumbers(effect) : '–'),
  },
]

/** The largest first; rows without a value come last. */
export function sortedRows(rows: readonly LabRow[], column: LabColumn, ascending: boolean): LabRow[] {
  const value = (row: LabRow): number => column.value(row) ?? (ascending ? Infinity : -Infinity)
  return [...rows].sort((a, b) => (ascending ? value(a) - value(b) : value(b) - value(a)) || a.layer - b.layer || a.head - b.head)
}
