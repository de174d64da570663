/** Interventions on a model that runs: what a head sees or gives, and which sublayers there are. The forms are those of the contract's `intervene`. */
import { z } from 'zod'
import type { ModelShape } from './config.ts'
import { headKind, isEarlier, type Reads, type Slot } from './wiring.ts'

export type Change =
  | { ablate: [layer: number, head: number]; with: 'zero' | 'mean' }
  | { swap: [layer: number, head: number]; reads: Slot[] }
  | { close: [layer: number, head: number, slot: number] }
  | { drop: ['attn' | 'mlp', number] }

const index = z.int().min(0)
const changeSchema = z.union([
  z.strictObject({ ablate: z.tuple([index, index]), with: z.enum(['zero', 'mean']) }),
  z.strictObject({ swap: z.tuple([index, index]), reads: z.array(z.tuple([index, index])).min(1) }),
  z.strictObject({ close: z.tuple([index, index, index]) }),
  z.strictObject({ drop: z.tuple([z.enum(['attn', 'mlp']), index]) }),
])

const FORMS =
  '{"ablate": [layer, head], "with": "zero" or "mean"}, {"swap": [layer, head], "reads": [[k, v], …]}, {"close": [layer, head, slot]} or {"drop": ["attn" or "mlp", layer]}'

/** One entry of a changes file as a list; throws one line when it is of no known form or names a head that is not there. */
export function parseChanges(value: unknown, c: ModelShape & { reads: Reads }): Change[] {
  const entries: unknown[] = Array.isArray(value) ? value : [value]
  const changes = entries.map((entry): Change => {
    const parsed = changeSchema.safeParse(entry)
    if (!parsed.success) throw new Error(`${JSON.stringify(entry)} is not a change. Give ${FORMS}.`)
    const change = parsed.data
    const what = JSON.stringify(change)
    const [layer, head] =
      'drop' in change ? [change.drop[1], 0] : 'ablate' in change ? change.ablate : 'swap' in change ? change.swap : change.close
    if (layer >= c.n_layers) throw new Error(`${what}: the model has layers 0 to ${c.n_layers - 1}.`)
    if (head >= c.n_heads) throw new Error(`${what}: the model has heads 0 to ${c.n_heads - 1}.`)
    if ('swap' in change && change.reads.some(([k, v]) => Math.max(k, v) > layer))
      throw new Error(`${what}: layer ${layer} can only read layers 0 to ${layer}.`)
    return change
  })
  for (const change of changes) {
    if (!('close' in change)) continue
    const [layer, head, slot] = change.close
    const { length } = swappedSlots(changes, c.reads, layer)[head]
    if (slot >= length)
      throw new Error(
        `${JSON.stringify(change)}: layer ${layer}, head ${head} has ${length === 1 ? 'one slot, 0' : `${length} slots, 0 to ${length - 1}`}.`,
      )
  }
  for (let l = 0; l < c.n_layers; l++)
    slotsWith(changes, c.reads, l).forEach((slots, h) => {
      if (slots.length === 0)
        throw new Error(`Closing these slots leaves layer ${l}, head ${h} nothing to read. Close fewer, or ablate the head.`)
    })
  return changes
}

/** The slots of a layer's heads, swapped ones replaced; a head's last swap counts. */
function swappedSlots(changes: readonly Change[], reads: Reads, layer: number): Slot[][] {
  return reads[layer].map((own, head) => {
    let slots = own
    for (const change of changes) if ('swap' in change && change.swap[0] === layer && change.swap[1] === head) slots = change.reads
    return slots
  })
}

/** The slots of a layer's heads: swapped ones replaced, closed ones left out (a closed number counts in the list after a swap). */
export function slotsWith(changes: readonly Change[], reads: Reads, layer: number): Slot[][] {
  return swappedSlots(changes, reads, layer).map((slots, head) => {
    const closed = changes.flatMap((e) => ('close' in e && e.close[0] === layer && e.close[1] === head ? [e.close[2]] : []))
    return slots.filter((_, slot) => !closed.includes(slot))
  })
}

/** By head of a layer: what its output is replaced by. Of several ablations of one head, zero counts: the mean of zeros is zero. */
export const replacements = (changes: readonly Change[], heads: number, layer: number): ('keep' | 'zero' | 'mean')[] =>
  Array.from({ length: heads }, (_, head) => {
    const all = changes.flatMap((e) => ('ablate' in e && e.ablate[0] === layer && e.ablate[1] === head ? [e.with] : []))
    return all.length === 0 ? 'keep' : all.includes('zero') ? 'zero' : 'mean'
  })

export const isDropped = (changes: readonly Change[], what: 'attn' | 'mlp', layer: number): boolean =>
  changes.some((e) => 'drop' in e && e.drop[0] === what && e.drop[1] === layer)

/** Whether the changes are data to a pass compiled for any of these: nothing is read that was not before, and no sublayer is left out. */
export const areSwitches = (changes: readonly Change[]): boolean => changes.every((change) => 'ablate' in change || 'close' in change)

/** What the cut does to a head: its earlier slots are closed where it keeps others, else its output is replaced by its mean. */
export function cutChanges(reads: Reads, layer: number, head: number): Change[] {
  const slots = reads[layer][head]
  if (headKind(layer, slots) !== 'measured') return [{ ablate: [layer, head], with: 'mean' }]
  return slots.flatMap((slot, s): Change[] => (isEarlier(layer, slot) ? [{ close: [layer, head, s] }] : []))
}
