/** For tests: the whole app with storage of its own and a worker that the test plays. */
import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, vi } from 'vitest'
import { encodeRecording } from '../io/recording-file.ts'
import type { FromWorker, SessionState } from '../worker/protocol.ts'
import { createApp, type App, type Surroundings } from './app.ts'
import { memoryExperiments } from './invented-experiments.ts'
import { inventedRun, inventedSnapshot } from './invented-run.ts'
import { inventedColumns, inventedSummary, playedWorker, started } from './invented-session.ts'
import type { KeptRun } from './kept-run.ts'
import { openRuns, type Runs } from './runs.ts'

export const state = (name: SessionState): FromWorker => ({ type: 'state', state: name })
export const validated = (step: number): FromWorker => ({ type: 'validation', point: { step, loss: 2 } })
export const ready = (software = false): FromWorker => ({ type: 'ready', adapter: { description: 'x', software } })
export const refused: FromWorker = { type: 'failed', message: 'Too large. Choose Tiny.', fatal: false }

/** Patterns as the wiring makes them due. */
function shippedBytes(): Uint8Array {
  const { recording } = inventedRun('shipped', 40, { settings: { seed: 11 } })
  const { reads } = recording.config
  const patterns = reads.map((layer) => layer.map((slots) => new Uint8Array(4 * slots.length)))
  const heads = reads.flatMap((layer, l) => layer.map((_, h) => ({ ...inventedSnapshot(0).heads[0], layer: l, head: h })))
  return encodeRecording({ ...recording, snapshots: [0, 40].map((step) => ({ step, labels: ['a', 'b'], heads, patterns })) })
}
export const shipped = shippedBytes()

interface Pending<T> {
  promise: Promise<T>
  resolve: (value: T) => void
}
export function pending<T>(): Pending<T> {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

const openApps: App[] = []
/** The browser's storage of the test that runs. */
export let factory = new IDBFactory()

export function open(search = '', { gpu = true, ...more }: { gpu?: boolean } & Partial<Surroundings> = {}) {
  const worker = playedWorker()
  const saved: string[] = []
  const addresses: string[] = []
  let ids = 0
  const app = createApp(
    {
      connect: (receive) => {
        const client = worker.connect(receive)
        return gpu ? client : null
      },
      advice: 'Use another browser.',
      save: (name) => saved.push(name),
      recording: () => Promise.resolve(shipped),
      recordedModel: () => Promise.resolve(new Uint8Array([9])),
      setAddress: (query) => addresses.push(query),
      openRuns: () => openRuns(factory),
      openExperiments: () => Promise.resolve(memoryExperiments()),
      takeTurn: ({ mine }) => mine(),
      newId: () => `run ${++ids}`,
      ...more,
    },
    search,
  )
  openApps.push(app)
  const view = () => app.session.store.getState()
  const complaints = () => view().complaints.map((complaint) => complaint.message)
  /** The run that was asked for comes onto the GPU. */
  const begin = (more: Parameters<typeof inventedSummary>[0] = {}, columns = inventedColumns()) =>
    worker.say(started(worker.asking(), inventedSummary(more), columns), state('running'))
  const runs = (): Runs => {
    const opened = app.store.getState().runs
    if (!opened) throw new Error('the storage has not answered')
    return opened
  }
  const kept = () => runs().store.getState().runs
  return { ...worker, app, saved, addresses, view, complaints, begin, runs, kept, overlays: () => app.store.getState().overlays }
}

/** Waits for what storage does. */
export const settled = (holds: () => void) => vi.waitFor(holds, { timeout: 3000, interval: 5 })

/** Puts runs into the storage as a page before this one would have. */
export async function keepBefore(...runs: (KeptRun & { zip?: Uint8Array })[]): Promise<void> {
  const before = await openRuns(factory)
  for (const { zip, ...run } of runs) {
    await before.put(run)
    await before.setLast(run.id)
    if (zip) await before.keepWeights(run.id, zip, run.step)
  }
  before.close()
}

/** Gives every test of a file a storage of its own, and closes what it opened. */
export function freshApps(): void {
  beforeEach(() => {
    factory = new IDBFactory()
  })
  afterEach(() => {
    for (const app of openApps.splice(0)) app.close()
    vi.useRealTimers()
  })
}

export const onlyTimers = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
