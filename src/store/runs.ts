/**
 * The runs that this browser keeps. Every change is one transaction on what is stored, so that two tabs cannot undo each other's; tabs tell each other what has
 * changed. What cannot be done is said in the view's `problem`, and the page goes on.
 */
import type { IDBPDatabase } from 'idb'
import { z } from 'zod'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Recording, Snapshot } from '../io/recording.ts'
import type { DamagedRun, KeptRun } from './kept-run.ts'
import { browserFactory, explainFailure, inOne, openDatabase, storageQuota, type Writing } from './runs-database.ts'
import * as storage from './runs-storage.ts'
import { messageOf } from './message-of.ts'

export interface RunsView {
  /** Newest first, without their snapshots. */
  runs: KeptRun[]
  damaged: DamagedRun[]
  /** The id of the run that is offered after a reload. */
  last: string | null
  /** What could not be kept or read, with the fix; null when all is well. */
  problem: string | null
}

export interface Usage {
  /** About what runs and weights take. */
  bytes: number
  /** What the browser grants this site; null where it does not say. */
  quota: number | null
}

/** Changes resolve to whether they were made; they never reject. */
export interface Runs {
  store: StoreApi<RunsView>
  /**
   * Creates a run, or brings its recording, step, request and pair up to date; name, notes and weights have functions of their own. Only snapshots that are new are
   * written, and a recording without any leaves the kept ones. A run that was removed stays so.
   */
  put: (run: KeptRun) => Promise<boolean>
  rename: (id: string, name: string) => Promise<boolean>
  note: (id: string, notes: string) => Promise<boolean>
  /** Deletes a run, or a damaged entry, with its weights. */
  remove: (id: string) => Promise<boolean>
  /** Keeps the zip of a model folder. Automatically for the last run alone (else false), and what was asked for once stays asked for. */
  keepWeights: (id: string, zip: Uint8Array, step: number, how?: { automatic: boolean }) => Promise<boolean>
  /** Weights that are kept automatically become asked for. */
  holdWeights: (id: string) => Promise<boolean>
  weightsOf: (id: string) => Promise<Uint8Array | null>
  dropWeights: (id: string) => Promise<boolean>
  /** The recording with its snapshots; null when it is not kept. */
  recordingOf: (id: string) => Promise<Recording | null>
  /** This run is offered after a reload. Weights that others keep automatically go. */
  setLast: (id: string) => Promise<boolean>
  last: () => KeptRun | null
  usage: () => Promise<Usage>
  close: () => void
}

const initialView = (problem: string | null): RunsView => ({ runs: [], damaged: [], last: null, problem })

const news = z.strictObject({ id: z.string(), removed: z.boolean() })

function nameIn(value: unknown): string {
  const named = z.looseObject({ name: z.string().min(1) }).safeParse(value)
  return named.success ? named.data.name : 'A run without a name'
}

const byDate = (a: KeptRun, b: KeptRun): number => Date.parse(b.recording.date) - Date.parse(a.recording.date)

/** Runs that nobody keeps: for browsers that offer no storage. */
export function unavailableRuns(reason: string): Runs {
  const no = async () => false
  const none = async () => null
  return {
    store: createStore<RunsView>(() => initialView(reason)),
    put: no,
    rename: no,
    note: no,
    remove: no,
    keepWeights: no,
    holdWeights: no,
    weightsOf: none,
    dropWeights: no,
    recordingOf: none,
    setLast: no,
    last: () => null,
    usage: async () => ({ bytes: 0, quota: null }),
    close: () => {},
  }
}

/** Opens what this browser keeps. Never rejects: where nothing can be kept, the view's `problem` says why. */
export async function openRuns(factory: IDBFactory | null = browserFactory()): Promise<Runs> {
  const store = createStore<RunsView>(() => initialView(null))
  try {
    const database = await openDatabase(factory, (problem) => store.setState({ problem }))
    const { entries, last } = await storage.readEntries(database)
    const runs = keepRuns(database, store)
    for (const [id, value] of entries) runs.show(id, value)
    store.setState({ last })
    return runs
  } catch (error) {
    return unavailableRuns(messageOf(error))
  }
}

function keepRuns(database: IDBPDatabase, store: StoreApi<RunsView>): Runs & { show: (id: string, value: unknown) => void } {
  /** Snapshots that this connection has written or read: they need not be written again. */
  const known = new WeakSet<Snapshot>()
  const removed = new Set<string>()
  const bytes = new Map<string, number>()
  const channel = new BroadcastChannel('skipscope-runs')

  /** Lists what is stored under an id, or strikes it from the list. */
  function show(id: string, value: unknown): void {
    const view = store.getState()
    const runs = view.runs.filter((run) => run.id !== id)
    const damaged = view.damaged.filter((run) => run.id !== id)
    bytes.delete(id)
    try {
      if (value !== undefined) {
        const { snapshotBytes, ...run } = storage.readStored(value)
        runs.push(run)
        bytes.set(id, storage.bytesOf({ ...run, snapshotBytes }))
      }
    } catch (error) {
      damaged.push({ id, name: nameIn(value), reason: messageOf(error) })
    }
    store.setState({ runs: runs.sort(byDate), damaged })
  }

  /** `what` begins the line that says why it failed. */
  async function attempt<Result>(what: string, act: () => Promise<Result>): Promise<Result | null> {
    try {
      return await act()
    } catch (error) {
      store.setState({ problem: explainFailure(error, what) })
      return null
    }
  }

  async function change(what: string, act: (writing: Writing) => Promise<storage.StoredRun[]>): Promise<boolean> {
    const changed = await attempt(what, () => inOne(database, act))
    if (!changed || changed.length === 0) return false
    store.setState({ problem: null })
    for (const run of changed) {
      show(run.id, run)
      channel.postMessage({ id: run.id, removed: false })
    }
    return true
  }

  const called = (id: string): string => `"${store.getState().runs.find((run) => run.id === id)?.name ?? 'A run'}"`

  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    const heard = news.safeParse(data)
    if (!heard.success) return
    const { id } = heard.data
    if (heard.data.removed) removed.add(id)
    void attempt('What another tab has changed could not be read', async () => {
      const { entries, last } = await storage.readEntries(database, id)
      show(id, entries[0]?.[1])
      store.setState({ last })
    })
  }

  return {
    store,
    show,
    put: async (run) => {
      if (removed.has(run.id)) return false
      const kept = await change(`"${run.name || 'The new run'}" could not be kept`, async (writing) => [
        await storage.saveRun(writing, run, known),
      ])
      if (kept) for (const snapshot of run.recording.snapshots) known.add(snapshot)
      return kept
    },
    rename: (id, name) => change(`${called(id)} could not be renamed`, (writing) => storage.editRun(writing, id, { name })),
    note: (id, notes) => change(`The notes of ${called(id)} could not be kept`, (writing) => storage.editRun(writing, id, { notes })),
    remove: async (id) => {
      const done = await attempt(`${called(id)} could not be deleted`, async () => {
        await inOne(database, (writing) => storage.deleteRun(writing, id))
        return true
      })
      if (!done) return false
      removed.add(id)
      show(id, undefined)
      store.setState((view) => ({ problem: null, last: view.last === id ? null : view.last }))
      channel.postMessage({ id, removed: true })
      return true
    },
    keepWeights: (id, zip, step, { automatic } = { automatic: false }) =>
      change(`The weights of ${called(id)} could not be kept`, (writing) => storage.saveWeights(writing, id, zip, step, automatic)),
    holdWeights: (id) => change(`The weights of ${called(id)} could not be kept`, (writing) => storage.holdWeights(writing, id)),
    weightsOf: (id) =>
      attempt(`The weights of ${called(id)} could not be read`, async () => {
        const zip: unknown = await database.get('weights', id)
        if (zip === undefined || zip instanceof Uint8Array) return zip ?? null
        throw new Error('they are damaged')
      }),
    dropWeights: (id) => change(`The weights of ${called(id)} could not be deleted`, (writing) => storage.deleteWeights(writing, id)),
    recordingOf: (id) =>
      attempt(`The recording of ${called(id)} could not be read`, async () => {
        const read = await storage.readRecording(database, id)
        if (!read) return null
        for (const snapshot of read.recording.snapshots) known.add(snapshot)
        if (read.lost > 0)
          store.setState({
            problem: `${read.lost === 1 ? 'A moment' : `${read.lost} moments`} of the recording of ${called(id)} cannot be read and will be left out. The rest is shown.`,
          })
        return read.recording
      }),
    setLast: async (id) => {
      const done = await change(`${called(id)} could not be made the last run`, (writing) => storage.saveLast(writing, id))
      if (done) store.setState({ last: id })
      return done
    },
    last: () => {
      const { runs, last } = store.getState()
      return runs.find((run) => run.id === last) ?? null
    },
    usage: async () => ({ bytes: [...bytes.values()].reduce((sum, size) => sum + size, 0), quota: await storageQuota() }),
    close: () => {
      channel.close()
      database.close()
    },
  }
}
