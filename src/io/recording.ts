/**
 * Everything of a run but its weights: what the page shows, keeps and replays. The worker and the command line make its parts, the page collects them.
 * Pure data and functions on it.
 */
import type { TrainSettings, ModelConfig } from '../model/config.ts'
import type { Change } from '../model/changes.ts'
import type { Curve } from '../train/curve.ts'

/** What one head did on a text: the contract's `heads`, and what the wiring adds. */
export interface HeadMeasures {
  layer: number
  head: number
  /** Mean attention to the keys of each layer read. */
  mass: Record<string, number>
  /** The same by value layer. */
  mass_values: Record<string, number>
  /** The same by slot, in the order of `reads`. */
  slots: number[]
  /** The part on slots whose key or value layer lies below the head's own: 0 to 1. */
  earlier: number
  /** The part that falls on position 0, over all slots. */
  first: number
  /** Entropy over its maximum, the logarithm of the keys seen; rows that see one key are left out. */
  entropy: number
  /** Mean ‖z_h W_O^h‖. */
  contribution: number
  /** Its part of the sum over the layer's heads. */
  share: number
}

/** A moment of a run, kept for the scrub bar. */
export interface Snapshot {
  step: number
  /** The tokens that the patterns are of. */
  labels: string[]
  /** On the held-out sample, layer after layer. */
  heads: HeadMeasures[]
  /** [layer][head]: [T, slots·T] row by row, T = labels.length, each probability p as round(255·√p). */
  patterns: Uint8Array[][]
}

/** The byte of a probability: round(255·√p), p held within 0 and 1. The root keeps weak attention apart from none. NaN has no byte. */
export const entryOf = (p: number): number => Math.floor(255 * Math.sqrt(Math.min(1, Math.max(0, p))) + 0.5)

/** A moment out of what a probe saw at a step. */
export function snapshotOf(maps: Omit<Snapshot, 'patterns'> & { patterns: Float32Array[][] }): Snapshot {
  const { step, labels, heads } = maps
  return { step, labels, heads, patterns: maps.patterns.map((layer) => layer.map((pattern) => Uint8Array.from(pattern, entryOf))) }
}

/** Text that the model wrote at a step. */
export interface TextSample {
  step: number
  prompt: string
  text: string
}

/** What the loss on held-out sequences becomes without a head's way back. */
export interface CutResult {
  layer: number
  head: number
  /** The step of the weights. */
  step: number
  /** What was done: its earlier slots closed, or its output replaced by its mean. */
  changes: Change[]
  /** Mean loss of the model as it is, nats. */
  loss: number
  /** Mean over the sequences of loss with the cut minus loss without, nats. */
  difference: number
  /** Half the width of the 95 % interval of that mean (Student's t over sequences). */
  interval: number
  sequences: number
}

/** A run as a person set it up and as it went. */
export interface Recording {
  /** When it began, ISO 8601. */
  date: string
  adapter: string
  /** The adapter is a processor that pretends to be a GPU. */
  software: boolean
  /** A name of the catalogue, or the title of a text of one's own. */
  dataset: string
  preset?: string
  /** A wiring's name, or "custom". */
  wiring: string
  config: ModelConfig
  settings: TrainSettings
  curve: Curve
  samples: TextSample[]
  snapshots: Snapshot[]
  /** The latest of each head. */
  cuts: CutResult[]
  /** The text that `heads` of every snapshot are measured on. */
  heldOut: string
}

/** What the patterns and measures of one snapshot take in memory. */
const bytesOf = (snapshot: Snapshot): number => snapshot.patterns.flat().reduce((sum, pattern) => sum + pattern.length, 0)

/** Snapshots kept at most, and what they may take together. A few stay whatever they take. */
const MOST_SNAPSHOTS = 48
const MOST_BYTES = 32 * 2 ** 20
const LEAST_SNAPSHOTS = 8

/**
 * Adds a snapshot behind the others (one of the same step is replaced). When there are too many, or they take too much, those between the first and the last are
 * thinned so that the kept ones lie evenly over the logarithm of the step: learning is quick at first.
 */
export function addSnapshot(snapshots: readonly Snapshot[], snapshot: Snapshot): Snapshot[] {
  const kept = snapshots.filter(({ step }) => step < snapshot.step)
  kept.push(snapshot)
  let bytes = kept.reduce((sum, each) => sum + bytesOf(each), 0)
  while (kept.length > MOST_SNAPSHOTS || (bytes > MOST_BYTES && kept.length > LEAST_SNAPSHOTS))
    for (const gone of kept.splice(closest(kept), 1)) bytes -= bytesOf(gone)
  return kept
}

/** The index, neither first nor last, whose neighbours lie closest together over log(step). */
function closest(snapshots: readonly Snapshot[]): number {
  const at = (i: number): number => Math.log(snapshots[i].step + 10)
  let best = 1
  for (let i = 2; i < snapshots.length - 1; i++) if (at(i + 1) - at(i - 1) < at(best + 1) - at(best - 1)) best = i
  return best
}
