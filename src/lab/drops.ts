/** Dropping sublayers by score (LLM-Drop, arXiv 2406.15786): one-shot, scored once with nothing dropped; "joint" ranks attention and MLPs together. */
import type { Change } from '../model/changes.ts'
import type { LayerScores } from './measures.ts'

export const DROP_ORDERS = ['attn', 'mlp', 'joint', 'block'] as const
export type DropOrder = (typeof DROP_ORDERS)[number]

/** What goes at one turn: a sublayer, or both of a block. */
export interface Dropped {
  what: 'attn' | 'mlp' | 'block'
  layer: number
  score: number
}

/** From the least to the most important; of equal scores the lower layer, and attention, first. */
export function dropOrder(scores: readonly LayerScores[], order: DropOrder): Dropped[] {
  const kinds = order === 'joint' ? (['attn', 'mlp'] as const) : ([order] as const)
  const all = kinds.flatMap((what) => scores.map((own): Dropped => ({ what, layer: own.layer, score: own[what] })))
  return all.sort((a, b) => a.score - b.score || a.layer - b.layer)
}

/** The keys and values of a dropped layer are still there for layers that read them. */
export const dropChanges = (dropped: readonly Dropped[]): Change[] =>
  dropped.flatMap(({ what, layer }): Change[] =>
    what === 'block' ? [{ drop: ['attn', layer] }, { drop: ['mlp', layer] }] : [{ drop: [what, layer] }],
  )
