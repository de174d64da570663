/** The same intervention on every head in turn, and what a swap is compared with. */
import { cutChanges, type Change } from '../model/changes.ts'
import type { ModelConfig } from '../model/config.ts'
import type { Reads, Slot } from '../model/wiring.ts'

/** `mean` and `zero` replace a head's output; `cut` closes its way back where it has another, and else replaces by the mean. */
export const SWEEPS = ['mean', 'zero', 'cut'] as const
export type Sweep = (typeof SWEEPS)[number]

export interface HeadChange {
  layer: number
  head: number
  changes: Change[]
}

export const sweepChanges = ({ reads }: Pick<ModelConfig, 'reads'>, sweep: Sweep): HeadChange[] =>
  reads.flatMap((heads, layer) =>
    heads.map((_, head) => ({
      layer,
      head,
      changes: sweep === 'cut' ? cutChanges(reads, layer, head) : [{ ablate: [layer, head], with: sweep }],
    })),
  )

export interface SourceChange extends HeadChange {
  slot: number
}

/** Every single source closed in turn, of heads that have another. */
export const closeChanges = (reads: Reads): SourceChange[] =>
  reads.flatMap((heads, layer) =>
    heads.flatMap((slots, head) =>
      slots.length > 1 ? slots.map((_, slot): SourceChange => ({ layer, head, slot, changes: [{ close: [layer, head, slot] }] })) : [],
    ),
  )

/**
 * The same swap to a layer that neither the head nor the swap reads: the nearest to what the swap reads. What any foreign layer would do, the swap must outdo.
 * Undefined where there is no such layer, or nothing is swapped.
 */
export function controlOf(changes: readonly Change[], reads: Reads): Change[] | undefined {
  if (!changes.some((change) => 'swap' in change)) return undefined
  const control: Change[] = []
  for (const change of changes) {
    if (!('swap' in change)) {
      control.push(change)
      continue
    }
    const [layer, head] = change.swap
    const own = new Set([layer, ...reads[layer][head].flat()])
    const foreign = change.reads.flat().filter((source) => !own.has(source))
    const taken = new Set([...own, ...foreign])
    const free = Array.from({ length: layer }, (_, l) => l).filter((l) => !taken.has(l))
    if (free.length === 0 || foreign.length === 0) return undefined
    const other = (source: number): number =>
      own.has(source) ? source : free.reduce((best, l) => (Math.abs(l - source) < Math.abs(best - source) ? l : best))
    control.push({ swap: change.swap, reads: change.reads.map(([k, v]): Slot => [other(k), other(v)]) })
  }
  return control
}
