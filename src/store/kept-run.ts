/** A run as this browser keeps it: what it is, how it is read back, what it takes, how it is called. */
import { z } from 'zod'
import { DATASETS } from '../data/catalogue.ts'
import type { HeadMeasures, Recording, Snapshot } from '../io/recording.ts'
import { parseChanges } from '../model/changes.ts'
import { explainIssues, parseConfig, PRESETS, trainSettings } from '../model/config.ts'
import { WIRINGS, type Slot } from '../model/wiring.ts'
import type { RunRequest } from '../worker/protocol.ts'

export interface KeptWeights {
  /** The step that they are of. */
  step: number
  bytes: number
  /** Kept without being asked for, because the run is the last one: they go when another becomes the last. */
  automatic: boolean
}

export interface KeptRun {
  id: string
  /** Empty in a run that is put for the first time: it is then named after what it is. */
  name: string
  notes: string
  /** In lists its `snapshots` are left out; the store's `recordingOf` brings them. */
  recording: Recording
  /** Steps done. */
  step: number
  weights: KeptWeights | null
  /** How it was asked for; null where it came from a file. */
  request: RunRequest | null
  /** The id of the run that it is the twin of. */
  pair?: string
}

/** An entry that cannot be read: all that is certain is its id. */
export interface DamagedRun {
  id: string
  name: string
  /** What is wrong, in one line. */
  reason: string
}

const index = z.int().min(0)
/** A run that diverged holds NaN and infinities, which are findings and not damage. */
const number = z.custom<number>((value) => typeof value === 'number', 'a number is due')
const column = z.custom<number[]>(
  (value) => Array.isArray(value) && value.every((entry) => typeof entry === 'number'),
  'a list of numbers is due',
)
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'bytes are due')
const reads = z.array(z.array(z.array(z.tuple([index, index]) satisfies z.ZodType<Slot>)))

const training = z
  .strictObject({ step: column, loss: column, lr: column, gradNorm: column, ms: column })
  .refine(
    (columns) => Object.values(columns).every(({ length }) => length === columns.step.length),
    'step, loss, lr, gradNorm and ms must be lists of one length',
  )
const curve = z.looseObject({
  training,
  validation: z.array(z.looseObject({ step: index, loss: number, accuracy: number.optional() })),
})

const heads: z.ZodType<HeadMeasures[]> = z.array(
  z.looseObject({
    layer: index,
    head: index,
    mass: z.record(z.string(), number),
    mass_values: z.record(z.string(), number),
    slots: column,
    earlier: number,
    first: number,
    entropy: number,
    contribution: number,
    share: number,
  }),
)
const snapshot: z.ZodType<Snapshot> = z.looseObject({
  step: index,
  labels: z.array(z.string()),
  heads,
  patterns: z.array(z.array(bytes)),
})

const recordingShape = z.looseObject({
  date: z.string().refine((date) => !Number.isNaN(Date.parse(date)), 'a date is due'),
  adapter: z.string(),
  software: z.boolean(),
  dataset: z.string(),
  preset: z.string().optional(),
  wiring: z.string(),
  config: z.unknown(),
  settings: trainSettings,
  curve,
  samples: z.array(z.looseObject({ step: index, prompt: z.string(), text: z.string() })),
  cuts: z.array(
    z.looseObject({
      layer: index,
      head: index,
      step: index,
      changes: z.unknown(),
      loss: number,
      difference: number,
      interval: number,
      sequences: index,
    }),
  ),
  heldOut: z.string(),
})

const request: z.ZodType<RunRequest> = z.looseObject({
  dataset: z.union([z.strictObject({ name: z.string() }), z.strictObject({ title: z.string(), text: z.string() })]),
  preset: z.string(),
  wiring: z.union([
    z.strictObject({
      name: z.string(),
      distance: index.optional(),
      heads: index.optional(),
      first: index.optional(),
      group: index.optional(),
    }),
    z.strictObject({ reads }),
  ]),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  until: index.optional(),
})

const runShape = z.strictObject({
  id: z.string(),
  name: z.string(),
  notes: z.string(),
  recording: recordingShape,
  step: index,
  weights: z.strictObject({ step: index, bytes: index, automatic: z.boolean() }).nullable(),
  request: request.nullable(),
  pair: z.string().optional(),
})

/** What a browser holds of a run, checked; throws one line that names the field. Its snapshots are kept apart and are empty here. */
export function readRun(value: unknown): KeptRun {
  const parsed = runShape.safeParse(value)
  if (!parsed.success) throw new Error(explainIssues(parsed.error, 'The kept run'))
  const { recording, ...run } = parsed.data
  const config = parseConfig(recording.config, 'Its model')
  const cuts = recording.cuts.map((cut) => ({ ...cut, changes: parseChanges(cut.changes, config) }))
  return { ...run, recording: { ...recording, config, cuts, snapshots: [] } }
}

/** One kept snapshot, or null where it is damaged. */
export function readSnapshot(value: unknown): Snapshot | null {
  const parsed = snapshot.safeParse(value)
  return parsed.success ? parsed.data : null
}

/** About what a snapshot takes in storage. */
export const snapshotBytes = ({ patterns, heads: measured, labels }: Snapshot): number =>
  patterns.flat().reduce((sum, pattern) => sum + pattern.byteLength, 0) + 300 * measured.length + 8 * labels.length

/** About what a run without snapshots and weights takes in storage: a number is eight bytes, a letter one. */
export function runBytes({ recording, request: asked }: KeptRun): number {
  const own = asked && 'text' in asked.dataset ? asked.dataset.text.length : 0
  const texts = recording.samples.reduce((sum, sample) => sum + sample.text.length, 0)
  const { training: rows, validation } = recording.curve
  return 4096 + own + texts + 5 * 8 * rows.step.length + 3 * 8 * validation.length + 200 * recording.cuts.length
}

/** The title of a dataset of the catalogue with its options, or what it is called otherwise. */
export function datasetTitle(dataset: string): string {
  const [base, ...options] = dataset.split(':')
  const title = DATASETS.find(({ name }) => name === base)?.title
  return title ? [title, ...options].join(', ') : dataset
}

/** The name of a wiring in a sentence. */
export const wiringTitle = (wiring: string): string => WIRINGS.find(({ name }) => name === wiring)?.title.toLowerCase() ?? wiring

/** The last loss on held-out data; null before the first. */
export const finalLoss = ({ recording }: Pick<KeptRun, 'recording'>): number | null => recording.curve.validation.at(-1)?.loss ?? null

/** "Moby Dick, joint, tiny", with a number behind it where that is taken. */
export function defaultName({ dataset, wiring, preset, config }: Recording, taken: readonly string[]): string {
  const size = PRESETS.find(({ name }) => name === preset)?.title ?? `${config.n_layers} layers of ${config.n_heads}`
  const plain = `${datasetTitle(dataset)}, ${wiringTitle(wiring)}, ${size === 'GPT-2 small' ? size : size.toLowerCase()}`
  for (let number = 1; ; number++) {
    const name = number === 1 ? plain : `${plain} ${number}`
    if (!taken.includes(name)) return name
  }
}
