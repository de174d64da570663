/** The cut: what the loss on held-out sequences becomes without a head's way back. */
import type { CutResult } from '../io/recording.ts'
import { cutChanges } from '../model/changes.ts'
import type { Reads } from '../model/wiring.ts'
import type { EffectMeter } from './effect.ts'

export async function cutHead(meter: EffectMeter, reads: Reads, step: number, layer: number, head: number): Promise<CutResult> {
  return { layer, head, ...(await meter.measure(step, cutChanges(reads, layer, head))) }
}
