/** What the lens found, in words and in the order in which it is shown. */
import type { Reads } from '../model/wiring.ts'
import type { AnswerAbout } from './lab-view.ts'

export type LensAnswer = AnswerAbout<'lens'>
export type Contribution = LensAnswer['contributions'][number]
export type Depth = LensAnswer['depths'][number]

export function depthName({ after, layer }: Pick<Depth, 'after' | 'layer'>): string {
  if (after === 'embedding') return 'Embedding'
  return `Layer ${layer}: ${after === 'attn' ? 'attention' : 'MLP'}`
}

/** The layer whose values a head's contribution came through; null for all other parts. */
export const sourceOf = ({ part, layer, head = 0, slot = 0 }: Contribution, reads: Reads): number | null =>
  part === 'values' ? reads[layer][head][slot][1] : null

export function partName(one: Contribution, reads: Reads): string {
  const source = sourceOf(one, reads)
  switch (one.part) {
    case 'embedding':
      return 'Embedding'
    case 'values':
      return `Layer ${one.layer}, head ${one.head}: values of ${source === one.layer ? 'its own layer' : `layer ${source}`}`
    case 'bias':
      return `Layer ${one.layer}: bias of attention`
    case 'mlp':
      return `Layer ${one.layer}: MLP`
    case 'norm':
      return 'Bias of the final norm'
    default:
      return one.part satisfies never
  }
}

/** What pushed most, either way, first. */
export const byWeight = (contributions: readonly Contribution[]): Contribution[] =>
  contributions.toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value))

/** "+1.23". */
export function signed(value: number): string {
  const size = Math.abs(value).toFixed(2)
  return Number(size) === 0 ? size : `${value > 0 ? '+' : '−'}${size}`
}

/** The parts taken together by kind; kinds that the model has none of are left out. */
export function pushes({ contributions }: Pick<LensAnswer, 'contributions'>, reads: Reads): { title: string; value: number }[] {
  const kinds: { title: string; has: (one: Contribution) => boolean }[] = [
    {
      title: 'heads through values of earlier layers',
      has: (one) => one.part === 'values' && sourceOf(one, reads) !== one.layer,
    },
    { title: 'heads through values of their own layer', has: (one) => one.part === 'values' && sourceOf(one, reads) === one.layer },
    { title: 'MLPs', has: ({ part }) => part === 'mlp' },
    { title: 'the embedding', has: ({ part }) => part === 'embedding' },
    { title: 'biases', has: ({ part }) => part === 'bias' || part === 'norm' },
  ]
  return kinds.flatMap(({ title, has }) => {
    const own = contributions.filter(has)
    return own.length === 0 ? [] : [{ title, value: own.reduce((sum, { value }) => sum + value, 0) }]
  })
}

/** "after “…n the ”": the end of a text, for a line. */
export const afterWords = (before: string): string => `after “${before.replaceAll('\n', '⏎')}”`
