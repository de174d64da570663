import { describe, expect, it, vi } from 'vitest'
import { state, ready, refused, pending, open, settled, onlyTimers, freshApps, shipped } from './invented-app.ts'
import { inventedColumns, metrics, started } from './invented-session.ts'
import { TWIN_OF } from './origins.ts'
import { shown } from './session-view.ts'

freshApps()

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

  it('times what the address asks for, but not beside a run', () => {
    const { sent, app } = open('?bench=tiny&bench_steps=3')
    expect(sent.map((message) => message.type)).toEqual(['open', 'bench'])
    expect(sent[1]).toMatchObject({ request: { shapes: ['tiny'], steps: 3 } })
    expect(app.benchAsked).toMatchObject({ shapes: ['tiny'] })
    const both = open('?bench=tiny&autostart=1')
    expect(both.complaints()).toEqual(['The address asks for a run and for a benchmark at once. Leave out autostart or bench.'])
    expect(both.asked('start')).toEqual([])
    const without = open('?bench=tiny', { gpu: false })
    expect(without.complaints()).toHaveLength(1)
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
    say(ready(), { type: 'progress', doing: 'tiles', done: 1, total: 2 }, { type: 'progress', doing: 'kernels', done: 2, total: 2 })
    // The other write is the estimate that is asked for then.
    expect(writes).toBe(2)
  })

  it('cancels a text that is still being written when another is asked for', () => {
    const { app, sent, begin, say } = open()
    app.train()
    begin()
    say(state('paused'))
    app.session.generate({ prompt: 'a', tokens: 5, temperature: 1, topK: 0, topP: 1 })
    app.session.generate({ prompt: 'b', tokens: 5, temperature: 1, topK: 0, topP: 1 })
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
