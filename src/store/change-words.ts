/** Interventions in words. */
import type { Change } from '../model/changes.ts'
import type { Slot } from '../model/wiring.ts'

const headText = ([layer, head]: readonly number[]): string => `layer ${layer}, head ${head}`

const slotText = ([key, value]: Slot): string => (key === value ? `layer ${key}` : `keys of layer ${key}, values of layer ${value}`)

export function changeText(change: Change): string {
  if ('ablate' in change) return `${headText(change.ablate)}: output replaced by ${change.with === 'zero' ? 'zero' : 'its mean'}`
  if ('swap' in change) return `${headText(change.swap)}: reads ${change.reads.map(slotText).join(' and ')}`
  if ('close' in change) return `${headText(change.close)}: source ${change.close[2]} closed`
  return `layer ${change.drop[1]}: ${change.drop[0] === 'attn' ? 'attention' : 'MLP'} dropped`
}

export const changesText = (changes: readonly Change[]): string => changes.map(changeText).join('; ')
