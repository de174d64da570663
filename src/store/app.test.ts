import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { encodeRecording } from '../io/recording-file.ts'
import type { FromWorker, SessionState } from '../worker/protocol.ts'
import { createApp, type App, type Surroundings } from './app.ts'
import { inventedRun, inventedSnapshot } from './invented-run.ts'
import { cutDone, inventedColumns, inventedSummary, maps, metrics, playedWorker, started } from './invented-session.ts'
import type { KeptRun } from './kept-run.ts'
import { TWIN_OF } from './origins.ts'
import { openRuns, type Runs } from './runs.ts'
import { shown } from './session-view.ts'

const state = (name: SessionState): FromWorker => ({ type: 'state', state: name })
const validated = (step: number): FromWorker => ({ type: 'validation', point: { step, loss: 2 } })
const ready = (software = false): FromWorker => ({ type: 'ready', adapter: { description: 'x', software } })
const refused: FromWorker = { type: 'failed', message: 'Too large. Choose Tiny.', fatal: false }

/** Patterns as the wiring makes them due. */
function shippedBytes(): Uint8Array {
  const { recording } = inventedRun('shipped', 40, { settings: { seed: 11 } })
  const { reads } = recording.config
  const patterns = reads.map((layer) => layer.map((slots) => new Uint8Array(4 * slots.length)))
  const heads = reads.flatMap((layer, l) => layer.map((_, h) => ({ ...inventedSnapshot(0).heads[0], layer: l, head: h })))
  return encodeRecording({ ...recording, snapshots: [0, 40].map((step) => ({ step, labels: ['a', 'b'], heads, patterns })) })
}
const shipped = shippedBytes()

interface Pending<T> {
  promise: Promise<T>
  resolve: (value: T) => void
}
function pending<T>(): Pending<T> {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

const openApps: App[] = []
let factory = new IDBFactory()

function open(search = '', { gpu = true, ...more }: { gpu?: boolean } & Partial<Surroundings> = {}) {
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
const settled = (holds: () => void) => vi.waitFor(holds, { timeout: 3000, interval: 5 })

/** Puts runs into the storage as a page before this one would have. */
async function keepBefore(...runs: (KeptRun & { zip?: Uint8Array })[]): Promise<void> {
  const before = await openRuns(factory)
  for (const { zip, ...run } of runs) {
    await before.put(run)
    await before.setLast(run.id)
    if (zip) await before.keepWeights(run.id, zip, run.step)
  }
  before.close()
}

beforeEach(() => {
  factory = new IDBFactory()
})
afterEach(() => {
  for (const app of openApps.splice(0)) app.close()
  vi.useRealTimers()
})
const onlyTimers = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })

describe('the session of the page', () => {
  it('opens the adapter, and starts by itself when the address says so', () => {
    const { sent, view } = open('?autostart=1&preset=smoke&steps=60')
    expect(sent.map((message) => message.type)).toEqual(['open', 'start'])
    expect(sent[1]).toMatchObject({ run: { preset: 'smoke', settings: { steps: 60 } } })
    expect(view().state).toBe('compiling')
  })

  it('starts nothing from a bad address, and says what there is', () => {
    const { sent, complaints } = open('?autostart=1&preset=huge')
    expect(sent.map((message) => message.type)).toEqual(['open'])
    expect(complaints()[0]).toMatch(/Choose one of: smoke/)
  })

  it('says what to do where there is no WebGPU, or no adapter', () => {
    const without = open('?autostart=1', { gpu: false })
    expect(without.view()).toMatchObject({ broken: true, state: 'idle' })
    expect(without.complaints()).toEqual(['This browser offers no WebGPU, so nothing can be trained here. Use another browser.'])
    const { say, view, complaints } = open()
    say({ type: 'failed', message: 'No adapter was found.', fatal: true })
    expect(complaints()).toEqual(['No adapter was found. Use another browser.'])
    expect(view().broken).toBe(true)
  })

  it('advises on a browser only while there is no adapter', () => {
    const { say, complaints } = open()
    say(ready(), { type: 'failed', message: 'The device was lost.', fatal: true })
    expect(complaints()).toEqual(['The device was lost.'])
  })

  it('begins nothing where nothing can be, and goes on showing what there is', async () => {
    const { app, view, complaints } = open('', { gpu: false })
    await settled(() => expect(view().recording).not.toBeNull())
    app.importFolder(new Uint8Array(1))
    app.train()
    expect(view().state).toBe('idle')
    expect(complaints().at(-1)).toBe('Nothing can be trained or loaded in this page: it has no GPU. Use another browser.')
  })

  it('writes to the store once a batch', () => {
    const { app, say } = open()
    let writes = 0
    app.session.store.subscribe(() => writes++)
    say(ready(), { type: 'progress', done: 1, total: 2 }, { type: 'progress', done: 2, total: 2 })
    // The other write is the estimate that is asked for then.
    expect(writes).toBe(2)
  })

  it('cancels a text that is still being written when another is asked for', () => {
    const { app, sent, begin, say } = open()
    app.train()
    begin()
    say(state('paused'))
    app.session.generate({ prompt: 'a', tokens: 5, temperature: 1, topK: 0 })
    app.session.generate({ prompt: 'b', tokens: 5, temperature: 1, topK: 0 })
    expect(sent.slice(-3).map((message) => message.type)).toEqual(['generate', 'cancel-generate', 'generate'])
  })

  it('saves what was exported under its name', () => {
    const { app, saved, say, view, begin, asked } = open()
    app.train()
    begin()
    app.session.exportFolder()
    expect(view().exporting).toBe(true)
    const { id } = asked('export')[0]
    say({ type: 'exported', id, purpose: 'save', name: 'skipscope-a-b-step1.zip', zip: new Uint8Array(1), step: 1 })
    expect(saved).toEqual(['skipscope-a-b-step1.zip'])
    expect(view().exporting).toBe(false)
  })

  it('is silent once closed', () => {
    onlyTimers()
    const { app, sent, addresses } = open()
    const before = sent.length
    app.setup.setState({ prompt: 'Call', preset: 'smoke', probe: 'a' })
    app.close()
    vi.advanceTimersByTime(1000)
    expect(sent).toHaveLength(before)
    expect(addresses).toEqual([])
  })
})

describe('the recording', () => {
  it('is shown when the page opens', async () => {
    const { app, view } = open()
    expect(app.store.getState().loadingRecording).toBe(true)
    await settled(() => expect(app.store.getState().loadingRecording).toBe(false))
    expect(shown(view())?.run).toMatchObject({ wiring: 'joint', settings: { seed: 11 }, step: 40 })
  })

  it('is not loaded where the page starts by itself', () => {
    const recording = vi.fn(() => Promise.resolve(shipped))
    open('?autostart=1&preset=smoke', { recording })
    expect(recording).not.toHaveBeenCalled()
  })

  it('is loaded all the same where that finds no adapter', async () => {
    const { say, view } = open('?autostart=1&preset=smoke')
    say({ type: 'failed', message: 'No adapter was found.', fatal: true })
    await settled(() => expect(shown(view())?.run.settings.seed).toBe(11))
  })

  it('does not interrupt a run that has begun meanwhile', async () => {
    const { promise, resolve } = pending<Uint8Array>()
    const { app, begin, view } = open('', { recording: () => promise })
    app.train()
    begin()
    resolve(shipped)
    await settled(() => expect(app.store.getState().loadingRecording).toBe(false))
    expect(view().recording).toBeNull()
  })

  it('waits under a run that is being prepared, for when that is refused', async () => {
    const { promise, resolve } = pending<Uint8Array>()
    const { app, say, view } = open('', { recording: () => promise })
    app.train()
    resolve(shipped)
    await settled(() => expect(app.store.getState().loadingRecording).toBe(false))
    expect(shown(view())).toBeNull()
    say(refused)
    expect(shown(view())?.run.settings.seed).toBe(11)
  })

  it('that cannot be had is said', async () => {
    const { complaints } = open('', { recording: () => Promise.reject(new Error('It could not be loaded. Reload the page.')) })
    await settled(() => expect(complaints()).toEqual(['It could not be loaded. Reload the page.']))
  })

  it('has a model that can be loaded, unless something else is begun meanwhile', async () => {
    const { promise, resolve } = pending<Uint8Array>()
    const first = open()
    await settled(() => expect(first.view().recording).not.toBeNull())
    first.app.loadRecordedModel()
    await settled(() => expect(first.asked('import').map(({ zip }) => zip)).toEqual([new Uint8Array([9])]))
    const second = open('', { recordedModel: () => promise })
    second.app.loadRecordedModel()
    second.app.train()
    resolve(new Uint8Array([9]))
    await promise
    expect(second.asked('import')).toEqual([])
  })
})

describe('what the page asks by itself', () => {
  it('asks for next tokens when training rests, and once typing does', () => {
    onlyTimers()
    const { app, say, begin, view, asked } = open()
    app.train()
    begin()
    say(state('paused'))
    expect(asked('next-tokens')).toMatchObject([{ prompt: app.setup.getState().prompt, count: 10 }])
    app.setup.setState({ prompt: 'Ca' })
    app.setup.setState({ prompt: 'Call' })
    vi.advanceTimersByTime(1000)
    expect(asked('next-tokens').slice(1)).toMatchObject([{ prompt: 'Call' }])
    app.setup.setState({ prompt: '' })
    vi.advanceTimersByTime(1000)
    expect(asked('next-tokens')).toHaveLength(2)
    expect(view().nextTokens.tokens).toEqual([])
    say(metrics(1))
    app.setup.setState({ prompt: 'a' })
    say(metrics(2))
    expect(asked('next-tokens')).toHaveLength(3)
  })

  it('tells a new run which text to look at', () => {
    onlyTimers()
    const { app, begin, asked } = open()
    app.setup.setState({ probe: 'Ishmael' })
    vi.advanceTimersByTime(1000)
    app.train()
    begin()
    expect(asked('probe')).toEqual(Array.from({ length: 2 }, () => ({ type: 'probe', text: 'Ishmael' })))
  })

  it('cuts the leading head at most every 20 s while training', () => {
    onlyTimers()
    const { app, say, begin, asked } = open()
    app.train()
    begin()
    say(maps(1, 1), metrics(1), validated(1))
    expect(asked('cut')).toEqual([])
    vi.advanceTimersByTime(20_000)
    say(metrics(2))
    expect(asked('cut')).toEqual([])
    say(validated(2))
    expect(asked('cut')).toEqual([{ type: 'cut', layer: 1, head: 1 }])
    say(cutDone(1, 1, 2), metrics(3), validated(3))
    vi.advanceTimersByTime(19_999)
    say(validated(4))
    expect(asked('cut')).toHaveLength(1)
    vi.advanceTimersByTime(1)
    say(validated(5))
    expect(asked('cut')).toHaveLength(2)
  })

  it('cuts it once at rest, as soon as no other cut is under way', () => {
    onlyTimers()
    const { app, say, begin, asked } = open()
    app.train()
    begin()
    say(maps(1), metrics(1))
    app.session.cut(0, 0)
    say(state('paused'))
    expect(asked('cut')).toHaveLength(1)
    say(cutDone(0, 0, 1))
    expect(asked('cut').slice(1)).toEqual([{ type: 'cut', layer: 1, head: 0 }])
    say(cutDone(1, 0, 1), refused)
    say(metrics(2), maps(2))
    expect(asked('cut')).toHaveLength(2)
  })

  it('cuts it at rest when the heads are measured only then, and never twice at one step', () => {
    onlyTimers()
    const { app, say, asking, asked } = open()
    app.importFolder(new Uint8Array(1))
    say(started(asking(), inventedSummary({ step: 20 }), inventedColumns(20)), state('paused'))
    expect(asked('cut')).toEqual([])
    say(maps(20))
    expect(asked('cut')).toHaveLength(1)
    say(cutDone(1, 0, 20), state('running'))
    say(state('paused'))
    expect(asked('cut')).toHaveLength(1)
  })

  it('cuts every head that reads back when a run is finished, one after another, for ten seconds at most', () => {
    onlyTimers()
    const { app, say, begin, asked } = open()
    app.train()
    begin()
    say(maps(1), metrics(1), state('done'))
    expect(asked('cut')).toEqual([{ type: 'cut', layer: 1, head: 0 }])
    say(cutDone(1, 0, 1))
    expect(asked('cut').slice(1)).toEqual([{ type: 'cut', layer: 1, head: 1 }])
    say(cutDone(1, 1, 1))
    expect(asked('cut')).toHaveLength(2)

    app.train()
    begin()
    say(maps(1), metrics(1), state('done'))
    vi.advanceTimersByTime(10_000)
    say(cutDone(1, 0, 1))
    expect(asked('cut')).toHaveLength(3)
  })

  it('asks for an estimate when the adapter is there, and once the choices rest', () => {
    onlyTimers()
    const { app, say, asked, view } = open()
    app.setup.setState({ preset: 'smoke' })
    vi.advanceTimersByTime(1000)
    expect(asked('estimate')).toEqual([])
    say(ready())
    expect(asked('estimate')).toMatchObject([{ run: { preset: 'smoke' } }])
    for (const lr of ['1', '1e', '1e-', '1e-4']) app.setup.setState({ settings: { lr } })
    app.setup.setState({ prompt: 'x' })
    vi.advanceTimersByTime(1000)
    expect(asked('estimate').slice(1)).toMatchObject([{ run: { settings: { lr: 1e-4 } } }])
    app.setup.setState({ settings: { lr: '1e-' } })
    vi.advanceTimersByTime(1000)
    expect(asked('estimate')).toHaveLength(2)
    expect(view().estimate.problem).toMatch(/1e-/)
  })

  it('forgets the batch that was looked at when the choices change', () => {
    const { app, say, asked, view } = open()
    app.session.lookAtBatch({ dataset: { name: 'moby-dick' }, preset: 'smoke', wiring: { name: 'joint' }, settings: {} })
    const { id } = asked('look')[0]
    say({ type: 'batch', id, rows: [], problem: 'Too short.' })
    app.setup.setState({ prompt: 'x' })
    expect(view().batch?.problem).toBe('Too short.')
    app.setup.setState({ preset: 'smoke' })
    expect(view().batch).toBeNull()
    say({ type: 'batch', id, rows: [], problem: 'Too short.' })
    expect(view().batch).toBeNull()
  })

  it('writes the address when the choices change, and only then', () => {
    onlyTimers()
    const { app, addresses } = open('?preset=smoke&utm_source=a')
    vi.advanceTimersByTime(1000)
    app.setup.setState({ prompt: 'x' })
    vi.advanceTimersByTime(1000)
    expect(addresses).toEqual([])
    app.setup.setState({ wiring: 'skip' })
    app.setup.setState({ wiring: 'standard' })
    vi.advanceTimersByTime(1000)
    expect(addresses).toEqual(['?preset=smoke&dataset=moby-dick&wiring=standard'])
  })
})

describe('on a processor', () => {
  const choices = ({ app }: ReturnType<typeof open>) => {
    const { preset, dataset } = app.setup.getState()
    return `${preset}, ${dataset}`
  }
  it('begins with what it can learn, asks once what that takes, and leaves the address alone', () => {
    onlyTimers()
    const opened = open()
    opened.say(ready(true))
    expect(choices(opened)).toBe('smoke, induction')
    vi.advanceTimersByTime(1000)
    expect(opened.asked('estimate')).toHaveLength(1)
    expect(opened.addresses).toEqual([])
    opened.app.setup.setState({ wiring: 'standard' })
    vi.advanceTimersByTime(1000)
    expect(opened.addresses).toEqual(['?preset=smoke&dataset=induction&wiring=standard&steps=500&lr=1e-2&positions=rope'])
  })

  it.each<[string, string, (opened: ReturnType<typeof open>) => void]>([
    ['the address has chosen', '?preset=tiny', () => {}],
    ['the person has chosen', '', ({ app }) => app.setup.setState({ wiring: 'skip' })],
    ['a run is asked for', '', ({ app }) => app.train()],
  ])('leaves the choices where %s', (_, search, act) => {
    const opened = open(search)
    act(opened)
    opened.say(ready(true))
    expect(choices(opened)).toBe('tiny, moby-dick')
  })

  it('leaves them on a GPU', () => {
    const opened = open()
    opened.say(ready())
    expect(choices(opened)).toBe('tiny, moby-dick')
  })
})

describe('the choices of the run on the GPU', () => {
  it('are those that it was asked for with, and a file has none', () => {
    const { app, begin, say, asking } = open()
    app.train()
    app.setup.setState({ preset: 'smoke' })
    begin()
    expect(app.setup.getState().asked?.preset).toBe('tiny')
    app.importFolder(new Uint8Array(1))
    say(started(asking()), state('paused'))
    expect(app.setup.getState().asked).toBeNull()
  })

  it('stay when another request is refused, and when it goes on on a new device', () => {
    const { app, begin, say } = open()
    app.train()
    begin()
    app.setup.setState({ preset: 'smoke' })
    app.train()
    say(refused, state('compiling'), started(null), state('running'))
    expect(app.setup.getState().asked?.preset).toBe('tiny')
  })
})

describe('the standard twin', () => {
  it('is the run once more with the standard wiring, as far as it has gone, drawn beside it', async () => {
    const { app, begin, say, asked, overlays, view, kept } = open()
    app.train()
    begin({}, inventedColumns())
    say(metrics(1, 2, 3), state('paused'))
    const original = view().live
    app.trainTwin()
    expect(asked('start')[1].run).toMatchObject({
      wiring: { name: 'standard' },
      until: 3,
      dataset: { name: 'moby-dick' },
      settings: { seed: 1 },
    })
    expect(overlays()).toEqual([])
    begin({ wiring: 'standard', until: 3 })
    expect(overlays()).toEqual([{ id: TWIN_OF, name: `joint, seed ${original?.run.settings.seed}`, curve: original?.curve }])
    await settled(() => expect(kept().find(({ id }) => id === 'run 2')).toMatchObject({ pair: 'run 1', request: { until: 3 } }))
    say(state('done'))
    app.train()
    expect(overlays()).toHaveLength(1)
    begin()
    expect(overlays()).toEqual([])
  })

  it('is of the recording too', async () => {
    const { app, asked, view } = open()
    await settled(() => expect(view().recording).not.toBeNull())
    app.trainTwin()
    expect(asked('start')[0].run).toMatchObject({ until: 40, settings: { seed: 11 } })
  })

  it('is not drawn when it is refused, and goes with an import', () => {
    const { app, begin, say, overlays } = open()
    app.train()
    begin()
    say(metrics(1), state('paused'))
    app.trainTwin()
    say(refused)
    expect(overlays()).toEqual([])
    app.trainTwin()
    begin({ wiring: 'standard' })
    expect(overlays()).toHaveLength(1)
    app.importFolder(new Uint8Array(1))
    begin()
    expect(overlays()).toEqual([])
  })

  it('needs a run that has made a step', () => {
    const { app, begin, complaints, asked } = open('?autostart=1')
    app.trainTwin()
    begin()
    app.trainTwin()
    expect(complaints()).toEqual(['There is no run yet to train a twin of: press Train first.'])
    expect(asked('start')).toHaveLength(1)
  })
})

describe('what this browser keeps', () => {
  const zip = new Uint8Array([1, 2, 3])
  const before = (id: string, more: Parameters<typeof inventedRun>[2] = {}) => ({ ...inventedRun(id, 40, more), zip })
  /** The kept run comes onto the GPU as it was. */
  const comeBack = ({ say, asking }: ReturnType<typeof open>, run: KeptRun) =>
    say(
      started(
        asking(),
        { ...inventedSummary({ step: 40 }), settings: run.recording.settings, config: run.recording.config },
        run.recording.curve.training,
      ),
      state('paused'),
    )

  it('has a run from its beginning, even one that begins before the storage has answered, with its weights at rest', async () => {
    const { promise, resolve } = pending<Runs>()
    const { app, begin, say, asked, kept, runs } = open('?autostart=1&preset=smoke', { openRuns: () => promise })
    begin()
    resolve(await openRuns(factory))
    await settled(() => expect(kept()).toMatchObject([{ id: 'run 1', step: 0, request: { preset: 'smoke' } }]))
    say(metrics(1, 2), state('paused'))
    say({ type: 'exported', id: asked('export')[0].id, purpose: 'keep', name: 'a', zip, step: 2 })
    await settled(() => expect(kept()[0]).toMatchObject({ step: 2, weights: { step: 2, automatic: true } }))
    expect(runs().last()?.id).toBe('run 1')
    expect(app.store.getState().offered).toBeNull()
  })

  it('does not write a text of one’s own with every record', async () => {
    const { app, begin, kept } = open()
    app.setup.setState({ dataset: 'own-text', ownText: { title: 'Mine', text: 'abc '.repeat(1000) } })
    app.train()
    begin({ dataset: 'Mine' })
    await settled(() => expect(kept()[0]?.request?.dataset).toEqual({ title: 'Mine', text: '' }))
  })

  it('offers the last run after a reload, until something is begun, it is dismissed, or it is gone', async () => {
    await keepBefore(before('a'), before('b'))
    const offered = async () => {
      const opened = open()
      await settled(() => expect(opened.app.store.getState().offered).toBe('b'))
      return opened
    }
    const [trained, dismissed, removed] = [await offered(), await offered(), await offered()]
    trained.app.train()
    expect(trained.app.store.getState().offered).toBeNull()
    dismissed.app.dismissOffer()
    expect(dismissed.app.store.getState().offered).toBeNull()
    await removed.runs().remove('b')
    expect(removed.app.store.getState().offered).toBeNull()
    const alone = open('?autostart=1')
    await settled(() => expect(alone.app.store.getState().runs).not.toBeNull())
    expect(alone.app.store.getState().offered).toBeNull()
  })

  it('offers none without weights', async () => {
    await keepBefore(inventedRun('a'))
    const { app } = open()
    await settled(() => expect(app.store.getState().runs).not.toBeNull())
    expect(app.store.getState().offered).toBeNull()
  })

  it('shows a kept run, the one that was pressed last', async () => {
    await keepBefore(before('a', { settings: { seed: 1 } }), before('b', { settings: { seed: 2 } }))
    const { app, view } = open()
    app.openKept('a')
    app.openKept('b')
    await settled(() => expect(view().recording?.run.settings.seed).toBe(2))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(view().recording?.run.settings.seed).toBe(2)
  })

  it('goes on with a kept run under its id, with its history', async () => {
    const run = before('a')
    await keepBefore(run)
    const opened = open()
    opened.app.goOn('a')
    await settled(() => expect(opened.asked('import').map((message) => message.zip)).toEqual([zip]))
    comeBack(opened, run)
    expect(opened.app.keeper.current()).toBe('a')
    expect(opened.view().live?.snapshots.map(({ step }) => step)).toEqual([0, 40])
    expect(opened.view().live?.date).toBe(run.recording.date)
    await settled(() => expect(opened.kept().map(({ id }) => id)).toEqual(['a']))
    expect(opened.kept()[0].request).toEqual(run.request)
  })

  it('does not take the next run for a kept one whose weights could not be loaded', async () => {
    await keepBefore(before('a'))
    const opened = open()
    opened.app.goOn('a')
    await settled(() => expect(opened.asked('import')).toHaveLength(1))
    opened.say(refused)
    opened.app.train()
    opened.begin()
    expect(opened.app.keeper.current()).toBe('run 1')
    await settled(() =>
      expect(
        opened
          .kept()
          .map(({ id }) => id)
          .sort(),
      ).toEqual(['a', 'run 1']),
    )
  })

  it('lets a run that is begun while the weights are read have its way', async () => {
    await keepBefore(before('a'))
    const opened = open()
    await settled(() => expect(opened.app.store.getState().runs).not.toBeNull())
    opened.app.goOn('a')
    opened.app.train()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(opened.asked('import')).toEqual([])
    expect(opened.view().state).toBe('compiling')
  })

  it('says so when the weights are gone', async () => {
    await keepBefore(inventedRun('a'))
    const { app, complaints, asked } = open()
    app.goOn('a')
    await settled(() => expect(complaints()[0]).toMatch(/^The weights of this run are not kept any more/))
    expect(asked('import')).toEqual([])
  })

  it('loads the model of the kept run that is shown, not of the recording of the page', async () => {
    await keepBefore(before('a'))
    const { app, view, asked } = open()
    app.openKept('a')
    await settled(() => expect(view().recording?.run.settings.seed).toBe(1))
    app.loadRecordedModel()
    await settled(() => expect(asked('import').map((message) => message.zip)).toEqual([zip]))
  })

  it('draws kept runs as they are called and have gone, and no longer once they are removed', async () => {
    await keepBefore(before('a'), before('b'))
    const { app, overlays, runs } = open()
    await settled(() => expect(app.store.getState().runs).not.toBeNull())
    app.draw('a', true)
    app.draw('b', true)
    app.draw('gone', true)
    expect(overlays().map(({ id }) => id)).toEqual(['a', 'b'])
    await runs().rename('a', 'Mine')
    expect(overlays()[0].name).toBe('Mine')
    await runs().put(inventedRun('a', 60))
    expect(overlays()[0].curve.training.step).toHaveLength(60)
    app.draw('b', false)
    expect(overlays().map(({ id }) => id)).toEqual(['a'])
    await runs().remove('a')
    expect(overlays()).toEqual([])
  })
})
