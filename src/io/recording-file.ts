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

/** What a pattern says beyond the one of the same head in the snapshot before, modulo 256: it is little, so it packs well. One of another length is said whole. */
const difference = (pattern: Uint8Array, before: Uint8Array | undefined): Uint8Array =>
  before?.length === pattern.length ? pattern.map((byte, i) => byte - before[i]) : pattern

const sum = (rest: Uint8Array, before: Uint8Array | undefined): Uint8Array =>
  before?.length === rest.length ? rest.map((byte, i) => byte + before[i]) : rest.slice()

function joinPatterns(snapshots: readonly Snapshot[]): Uint8Array {
  const parts = snapshots.flatMap(({ patterns }, i) =>
    patterns.flatMap((layer, l) => layer.map((pattern, h) => difference(pattern, snapshots[i - 1]?.patterns[l]?.[h]))),
  )
  const joined = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/** `lengths` are the tokens of each snapshot. */
function splitPatterns(bytes: Uint8Array, lengths: readonly number[], reads: Reads, what: string): Patterns[] {
  const slots = reads.flat().reduce((total, head) => total + head.length, 0)
  const due = lengths.reduce((total, T) => total + slots * T * T, 0)
  if (bytes.length !== due)
    throw new Error(`${what}: ${PATTERNS_FILE} holds ${bytes.length} bytes, where ${JSON_FILE} makes ${due} due. Record it again.`)
  let at = 0
  let before: Patterns | undefined
  return lengths.map((T) => {
    const patterns: Patterns = reads.map((layer, l) =>
      layer.map((head, h) => sum(bytes.subarray(at, (at += head.length * T * T)), before?.[l]?.[h])),
    )
    before = patterns
    return patterns
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
  const patterns = joinPatterns(recording.snapshots)
  splitPatterns(
    patterns,
    snapshots.map(({ labels }) => labels.length),
    recording.config.reads,
    'The recording',
  )
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
