/** What is done to kept runs inside a transaction. Each change reads what is stored first, and returns the runs as they are then. */
import type { IDBPDatabase } from 'idb'
import type { Recording, Snapshot } from '../io/recording.ts'
import { defaultName, readRun, readSnapshot, runBytes, snapshotBytes, type KeptRun } from './kept-run.ts'
import type { Writing } from './runs-database.ts'

/** A stored run: what is kept beside it under its id is counted here, so that a list need not read it. */
export interface StoredRun extends KeptRun {
  /** About what its snapshots take. */
  snapshotBytes: number
}

const snapshotsOf = (id: string): IDBKeyRange => IDBKeyRange.bound([id], [id, []])

/** A stored value, checked; throws one line that names the field. */
export function readStored(value: unknown): StoredRun {
  if (typeof value !== 'object' || value === null) throw new Error('The kept run is not an object.')
  const { snapshotBytes: taken, ...run } = { snapshotBytes: 0, ...value }
  return { ...readRun(run), snapshotBytes: typeof taken === 'number' ? taken : 0 }
}

/** What a run takes in storage, weights included. */
export const bytesOf = (run: StoredRun): number => runBytes(run) + run.snapshotBytes + (run.weights?.bytes ?? 0)

/** null where there is none, or none that can be read. */
function readable(value: unknown): StoredRun | null {
  try {
    return value === undefined ? null : readStored(value)
  } catch {
    // A damaged entry is listed as such; here it counts as absent.
    return null
  }
}

async function storedRun(writing: Writing, id: string): Promise<StoredRun | null> {
  const value: unknown = await writing.objectStore('runs').get(id)
  return readable(value)
}

async function storedRuns(writing: Writing): Promise<StoredRun[]> {
  const values: unknown[] = await writing.objectStore('runs').getAll()
  return values.flatMap((value) => readable(value) ?? [])
}

async function save(writing: Writing, run: StoredRun): Promise<StoredRun> {
  await writing.objectStore('runs').put(run, run.id)
  return run
}

/** Writes the snapshots that are not `known` to be stored and deletes those that the recording no longer has. */
async function saveSnapshots(writing: Writing, id: string, snapshots: readonly Snapshot[], known: WeakSet<Snapshot>): Promise<void> {
  const store = writing.objectStore('snapshots')
  const keys: unknown[] = await store.getAllKeys(snapshotsOf(id))
  const stored = new Set(keys.map((key) => (Array.isArray(key) ? Number(key[1]) : NaN)))
  const wanted = new Set(snapshots.map(({ step }) => step))
  const fresh = snapshots.filter((snapshot) => !known.has(snapshot) || !stored.has(snapshot.step))
  await Promise.all([
    ...fresh.map((snapshot) => store.put(snapshot, [id, snapshot.step])),
    ...[...stored].filter((step) => !wanted.has(step)).map((step) => store.delete([id, step])),
  ])
}

/** Creates or updates a run: name, notes and weights stay as they are stored. A recording without snapshots leaves the stored ones. */
export async function saveRun(writing: Writing, run: KeptRun, known: WeakSet<Snapshot>): Promise<StoredRun> {
  const before = await storedRun(writing, run.id)
  const { snapshots, ...recording } = run.recording
  if (snapshots.length > 0) await saveSnapshots(writing, run.id, snapshots, known)
  const taken = async () => (await storedRuns(writing)).map(({ name }) => name)
  return save(writing, {
    ...run,
    name: before?.name ?? (run.name || defaultName(run.recording, await taken())),
    notes: before?.notes ?? run.notes,
    weights: before?.weights ?? null,
    recording: { ...recording, snapshots: [] },
    snapshotBytes:
      snapshots.length > 0 ? snapshots.reduce((sum, snapshot) => sum + snapshotBytes(snapshot), 0) : (before?.snapshotBytes ?? 0),
  })
}

/** Changes fields of a run; none where it is not stored. */
export async function editRun(
  writing: Writing,
  id: string,
  fields: Partial<Pick<KeptRun, 'name' | 'notes' | 'weights'>>,
): Promise<StoredRun[]> {
  const run = await storedRun(writing, id)
  return run ? [await save(writing, { ...run, ...fields })] : []
}

export async function deleteRun(writing: Writing, id: string): Promise<void> {
  const last: unknown = await writing.objectStore('about').get('last')
  await Promise.all([
    writing.objectStore('runs').delete(id),
    writing.objectStore('weights').delete(id),
    writing.objectStore('snapshots').delete(snapshotsOf(id)),
    ...(last === id ? [writing.objectStore('about').delete('last')] : []),
  ])
}

/** Automatically for the last run alone; what was asked for once stays asked for. */
export async function saveWeights(writing: Writing, id: string, zip: Uint8Array, step: number, automatic: boolean): Promise<StoredRun[]> {
  const [run, last] = await Promise.all([storedRun(writing, id), lastRun(writing)])
  if (!run || (automatic && last !== id)) return []
  // A view into a larger buffer would be stored with all of that buffer.
  const whole = zip.byteLength === zip.buffer.byteLength ? zip : zip.slice()
  await writing.objectStore('weights').put(whole, id)
  const asked = run.weights?.automatic === false
  return [await save(writing, { ...run, weights: { step, bytes: zip.byteLength, automatic: automatic && !asked } })]
}

export async function deleteWeights(writing: Writing, id: string): Promise<StoredRun[]> {
  await writing.objectStore('weights').delete(id)
  return editRun(writing, id, { weights: null })
}

/** Weights that are kept automatically become asked for. */
export async function holdWeights(writing: Writing, id: string): Promise<StoredRun[]> {
  const weights = (await storedRun(writing, id))?.weights
  return weights ? editRun(writing, id, { weights: { ...weights, automatic: false } }) : []
}

async function lastRun(writing: Writing): Promise<unknown> {
  return writing.objectStore('about').get('last')
}

/** Makes a run the last one: weights that others keep automatically go. */
export async function saveLast(writing: Writing, id: string): Promise<StoredRun[]> {
  const runs = await storedRuns(writing)
  const run = runs.find((candidate) => candidate.id === id)
  if (!run) return []
  await writing.objectStore('about').put(id, 'last')
  const leaving = runs.filter((other) => other.id !== id && other.weights?.automatic)
  const changed = await Promise.all(leaving.map((other) => deleteWeights(writing, other.id)))
  return [run, ...changed.flat()]
}

/** The entry of an id, or every entry, as it is stored, and the id of the last run. */
export async function readEntries(
  database: IDBPDatabase,
  id?: string,
): Promise<{ entries: [id: string, value: unknown][]; last: string | null }> {
  const reading = database.transaction(['runs', 'about'])
  const ids: Promise<unknown[]> = reading.objectStore('runs').getAllKeys(id)
  const values: Promise<unknown[]> = reading.objectStore('runs').getAll(id)
  const last: Promise<unknown> = reading.objectStore('about').get('last')
  const [keys, kept, lastId] = await Promise.all([ids, values, last])
  return { entries: keys.map((key, i) => [String(key), kept[i]]), last: typeof lastId === 'string' ? lastId : null }
}

/** A recording with its snapshots, and how many of these cannot be read; null where there is no such run. */
export async function readRecording(database: IDBPDatabase, id: string): Promise<{ recording: Recording; lost: number } | null> {
  const reading = database.transaction(['runs', 'snapshots'])
  const value: Promise<unknown> = reading.objectStore('runs').get(id)
  const stored: Promise<unknown[]> = reading.objectStore('snapshots').getAll(snapshotsOf(id))
  const [run, kept] = await Promise.all([value, stored])
  if (run === undefined) return null
  const snapshots = kept.flatMap((snapshot) => readSnapshot(snapshot) ?? [])
  return { recording: { ...readStored(run).recording, snapshots }, lost: kept.length - snapshots.length }
}
