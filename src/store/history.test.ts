import { describe, expect, it } from 'vitest'
import { state, refused, pending, open, settled, keepBefore, freshApps, factory } from './invented-app.ts'
import { inventedRun } from './invented-run.ts'
import { metrics, started, inventedSummary } from './invented-session.ts'
import type { KeptRun } from './kept-run.ts'
import { openRuns, type Runs } from './runs.ts'

freshApps()

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
