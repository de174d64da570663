/** A recording as one file: a zip of `recording.json`, which a person can read, and `patterns.bin`, the patterns of all snapshots. */
import { zipSync } from 'fflate'
import { z } from 'zod'
import { parseChanges } from '../model/changes.ts'
import { explainIssues, parseConfig, trainSettings } from '../model/config.ts'
import type { Reads } from '../model/wiring.ts'
import { decodeText, parseJson } from './json.ts'
import type { CutResult, HeadMeasures, Recording, Snapshot } from './recording.ts'
import { curveSchema } from './run.ts'
import { unzipFiles } from './zip.ts'

/** Rises when a field changes its meaning. */
const RECORDING_VERSION = 1
const JSON_FILE = 'recording.json'
const PATTERNS_FILE = 'patterns.bin'

const index = z.int().min(0)
const byLayer = z.record(z.string().regex(/^\d+$/), z.number())

const headMeasures: z.ZodType<HeadMeasures> = z.strictObject({
  layer: index,
  head: index,
  mass: byLayer,
  mass_values: byLayer,
  slots: z.array(z.number()),
  earlier: z.number(),
  first: z.number(),
  entropy: z.number(),
  contribution: z.number(),
  share: z.number(),
})

const file = z.strictObject({
  version: z.literal(RECORDING_VERSION),
  date: z.iso.datetime(),
  adapter: z.string(),
  software: z.boolean(),
  dataset: z.string().min(1),
  preset: z.string().optional(),
  wiring: z.string().min(1),
  config: z.unknown(),
  settings: trainSettings,
  curve: curveSchema,
  samples: z.array(z.strictObject({ step: index, prompt: z.string(), text: z.string() })),
  snapshots: z.array(z.strictObject({ step: index, labels: z.array(z.string()).min(1), heads: z.array(headMeasures) })),
  cuts: z.array(
    z.strictObject({
      layer: index,
      head: index,
      step: index,
      changes: z.array(z.unknown()),
      loss: z.number(),
      difference: z.number(),
      interval: z.number(),
      sequences: index,
    }),
  ),
  heldOut: z.string(),
})

type Patterns = Snapshot['patterns']

/** Places in a pattern [T, slots·T] that are not masked, key after key: what one key gets changes little from query to query, so it packs well. */
function* seenPlaces(slots: number, T: number): Generator<number> {
  for (let key = 0; key < slots * T; key++) for (let query = key % T; query < T; query++) yield query * slots * T + key
}

const countSeen = (slots: number, T: number): number => (slots * T * (T + 1)) / 2

/** A pattern of the same head in the snapshot before, where it is as large: only the difference to it is kept, modulo 256. */
const comparable = (before: Patterns | undefined, l: number, h: number, size: number): Uint8Array =>
  before?.[l][h].length === size ? before[l][h] : new Uint8Array(size)

/** `lengths` are the tokens of each snapshot. */
const bytesDue = (lengths: readonly number[], reads: Reads): number =>
  lengths.flatMap((T) => reads.flat().map((head) => countSeen(head.length, T))).reduce((a, b) => a + b, 0)

function joinPatterns(snapshots: readonly Snapshot[], reads: Reads): Uint8Array {
  const lengths = snapshots.map(({ labels }) => labels.length)
  const joined = new Uint8Array(bytesDue(lengths, reads))
  let at = 0
  for (const [i, { step, patterns }] of snapshots.entries())
    for (const [l, layer] of reads.entries())
      for (const [h, slots] of layer.entries()) {
        const T = lengths[i]
        const pattern = patterns[l]?.[h]
        const size = slots.length * T * T
        if (pattern?.length !== size)
          throw new Error(
            `The recording: the pattern of layer ${l}, head ${h} at step ${step} has ${pattern?.length ?? 'no'} bytes, due are ${size}.`,
          )
        const before = comparable(snapshots[i - 1]?.patterns, l, h, size)
        for (const place of seenPlaces(slots.length, T)) joined[at++] = pattern[place] - before[place]
      }
  return joined
}

function splitPatterns(bytes: Uint8Array, lengths: readonly number[], reads: Reads, what: string): Patterns[] {
  const due = bytesDue(lengths, reads)
  if (bytes.length !== due)
    throw new Error(`${what}: ${PATTERNS_FILE} holds ${bytes.length} bytes, where ${JSON_FILE} makes ${due} due. Record it again.`)
  let at = 0
  let before: Patterns | undefined
  return lengths.map((T) => {
    before = reads.map((layer, l) =>
      layer.map((slots, h) => {
        const pattern = new Uint8Array(slots.length * T * T)
        const earlier = comparable(before, l, h, pattern.length)
        for (const place of seenPlaces(slots.length, T)) pattern[place] = bytes[at++] + earlier[place]
        return pattern
      }),
    )
    return before
  })
}

/** The object of `recording.json`, checked: a recording whose snapshots still lack their patterns. */
function parse(value: unknown, what: string): Omit<Recording, 'snapshots'> & { snapshots: Omit<Snapshot, 'patterns'>[] } {
  const parsed = file.safeParse(value)
  if (!parsed.success) throw new Error(explainIssues(parsed.error, what))
  const { version: _, ...recording } = parsed.data
  const config = parseConfig(recording.config, `${what}: config`)
  const heads = config.n_layers * config.n_heads
  const partial = recording.snapshots.find((snapshot) => snapshot.heads.length !== heads)
  if (partial)
    throw new Error(`${what}: the snapshot of step ${partial.step} has ${partial.heads.length} heads, the model ${heads}. Record it again.`)
  const cuts = recording.cuts.map((cut): CutResult => ({ ...cut, changes: parseChanges(cut.changes, config) }))
  return { ...recording, config, cuts }
}

/** What could not be read again, such as a loss that is no number, is not written: it throws the line that reading would. */
export function encodeRecording(recording: Recording): Uint8Array {
  const snapshots = recording.snapshots.map(({ step, labels, heads }) => ({ step, labels, heads }))
  const value: z.input<typeof file> = { version: RECORDING_VERSION, ...recording, snapshots }
  parse(value, 'The recording')
  const patterns = joinPatterns(recording.snapshots, recording.config.reads)
  return zipSync({ [JSON_FILE]: new TextEncoder().encode(JSON.stringify(value)), [PATTERNS_FILE]: patterns }, { level: 9 })
}

/** Reads what `encodeRecording` wrote; throws one line that starts with `what` (the file's name). */
export function decodeRecording(bytes: Uint8Array, what: string): Recording {
  const files = unzipFiles(bytes, [JSON_FILE, PATTERNS_FILE], what)
  const [json, patterns] = [files.get(JSON_FILE), files.get(PATTERNS_FILE)]
  if (!json || !patterns)
    throw new Error(`${what} has no ${json ? PATTERNS_FILE : JSON_FILE}: it is no recording. Choose one that Skipscope made.`)
  const where = `${what}/${JSON_FILE}`
  const value = parseJson(decodeText(json, where), where)
  if (
    typeof value === 'object' &&
    value !== null &&
    'version' in value &&
    typeof value.version === 'number' &&
    value.version > RECORDING_VERSION
  )
    throw new Error(
      `${what} is of version ${value.version}, and this Skipscope knows versions up to ${RECORDING_VERSION}. Use a newer Skipscope.`,
    )
  const recording = parse(value, where)
  const lengths = recording.snapshots.map(({ labels }) => labels.length)
  const all = splitPatterns(patterns, lengths, recording.config.reads, what)
  return { ...recording, snapshots: recording.snapshots.map((snapshot, i) => ({ ...snapshot, patterns: all[i] })) }
}
