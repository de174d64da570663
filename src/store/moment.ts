/** The moment of a run that the page shows: the newest, or the one that the scrub bar stands at. */
import type { HeadMeasures, TextSample } from '../io/recording.ts'
import type { ShownMaps } from './reads-back.ts'
import type { RunView } from './run-view.ts'

export interface Moment {
  maps: ShownMaps
  /** On the held-out sample, layer after layer. */
  heads: HeadMeasures[]
}

/** Null before the first maps. `scrub` is an index of the run's snapshots; null is the newest. */
export function momentOf({ run, maps, snapshots }: RunView, scrub: number | null): Moment | null {
  const { reads } = run.config
  // The newest maps of a live run are exact; what was kept of earlier ones is rounded to the colours of the scale.
  if (scrub === null && maps) return { maps: { step: maps.step, labels: maps.labels, reads, patterns: maps.patterns }, heads: maps.heads }
  const snapshot = scrub === null ? snapshots.at(-1) : snapshots[scrub]
  if (!snapshot) return null
  const { step, labels, patterns, heads } = snapshot
  return { maps: { step, labels, reads, patterns }, heads }
}

/** What the model had written last at a step; null before its first text. */
export const sampleAt = (samples: readonly TextSample[], step: number): TextSample | null =>
  samples.findLast((sample) => sample.step <= step) ?? null
