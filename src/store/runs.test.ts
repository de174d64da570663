import 'fake-indexeddb/auto'
import { IDBFactory, IDBObjectStore } from 'fake-indexeddb'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { inventedRun, inventedSnapshot } from './invented-run.ts'
import type { KeptRun } from './kept-run.ts'
import { openRuns, unavailableRuns, type Runs } from './runs.ts'

const open: Runs[] = []
async function opened(factory: IDBFactory): Promise<Runs> {
  const runs = await openRuns(factory)
  open.push(runs)
  return runs
}
afterEach(() => {
  vi.restoreAllMocks()
  for (const runs of open.splice(0)) runs.close()
})

const view = (runs: Runs) => runs.store.getState()
const names = (runs: Runs) => view(runs).runs.map(({ name }) => name)
const zip = (...bytes: number[]) => new Uint8Array(bytes)
const dated = (id: string, date: string): KeptRun => inventedRun(id, 40, { recording: { date } })

/** The raw database, as another program or a damage would change it. */
function raw(factory: IDBFactory, version?: number): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open('skipscope-runs', version)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(new Error(request.error?.message))
  })
}
async function rawPut(factory: IDBFactory, store: string, value: unknown, key: IDBValidKey): Promise<void> {
  const database = await raw(factory)
  const writing = database.transaction(store, 'readwrite')
  writing.objectStore(store).put(value, key)
  await new Promise((resolve) => {
    writing.oncomplete = resolve
  })
  database.close()
}
async function rawCount(factory: IDBFactory, store: string): Promise<number> {
  const database = await raw(factory)
  const request = database.transaction(store).objectStore(store).count()
  await new Promise((resolve) => {
    request.onsuccess = resolve
  })
  database.close()
  return request.result
}

describe('openRuns', () => {
  it('keeps a run over a reload: settings, curve, samples, cuts and snapshots', async () => {
    const factory = new IDBFactory()
    const run = inventedRun('a')
    await (await opened(factory)).put(run)
    const later = await opened(factory)
    const { snapshots, ...rest } = run.recording
    expect(view(later).runs).toEqual([{ ...run, name: 'Moby Dick, joint, smoke', recording: { ...rest, snapshots: [] } }])
    expect(await later.recordingOf('a')).toEqual({ ...rest, snapshots })
    expect(await later.recordingOf('another')).toBeNull()
    expect(view(later).problem).toBeNull()
  })

  it('keeps losses that are no numbers: a run that diverged is not a damaged one', async () => {
    const factory = new IDBFactory()
    const run = inventedRun('a')
    run.recording.curve.training.loss[39] = NaN
    run.recording.curve.validation[1].loss = Infinity
    await (await opened(factory)).put(run)
    const [kept] = view(await opened(factory)).runs
    expect(kept.recording.curve.training.loss[39]).toBeNaN()
    expect(kept.recording.curve.validation[1].loss).toBe(Infinity)
  })

  it('lists the newest first and numbers equal names', async () => {
    const runs = await opened(new IDBFactory())
    await runs.put(dated('a', '2026-01-01T00:00:00Z'))
    await runs.put(dated('c', '2026-03-01T00:00:00Z'))
    await runs.put(dated('b', '2026-02-01T00:00:00Z'))
    expect(view(runs).runs.map(({ id }) => id)).toEqual(['c', 'b', 'a'])
    expect(names(runs)).toEqual(['Moby Dick, joint, smoke 2', 'Moby Dick, joint, smoke 3', 'Moby Dick, joint, smoke'])
  })

  it('updates a run without undoing its name, notes and weights', async () => {
    const runs = await opened(new IDBFactory())
    const run = inventedRun('a')
    await runs.put(run)
    await runs.rename('a', 'Mine')
    await runs.note('a', 'Look at head 3.')
    await runs.keepWeights('a', zip(1, 2), 40)
    await runs.put({ ...inventedRun('a', 60), name: 'stale', notes: 'stale' })
    expect(view(runs).runs).toMatchObject([
      { name: 'Mine', notes: 'Look at head 3.', step: 60, weights: { step: 40, bytes: 2, automatic: false } },
    ])
  })

  it('writes only new snapshots, and forgets those that were thinned out', async () => {
    const factory = new IDBFactory()
    const runs = await opened(factory)
    const run = inventedRun('a')
    const [first, second] = run.recording.snapshots
    await runs.put(run)
    const put = vi.spyOn(IDBObjectStore.prototype, 'put')
    const third = inventedSnapshot(50)
    await runs.put({ ...run, recording: { ...run.recording, snapshots: [first, third] } })
    expect(put.mock.calls.map(([, key]) => key)).toEqual([['a', 50], 'a'])
    expect((await runs.recordingOf('a'))?.snapshots).toEqual([first, third])
    await runs.put({ ...run, recording: { ...run.recording, snapshots: [] } })
    expect((await runs.recordingOf('a'))?.snapshots).toEqual([first, third])
    expect(second.step).toBe(40)
    expect(await rawCount(factory, 'snapshots')).toBe(2)
  })

  it('removes a run with all that belongs to it, for good', async () => {
    const factory = new IDBFactory()
    const runs = await opened(factory)
    await runs.put(inventedRun('a'))
    await runs.keepWeights('a', zip(1), 40)
    await runs.setLast('a')
    expect(await runs.remove('a')).toBe(true)
    expect(view(runs)).toEqual({ runs: [], damaged: [], last: null, problem: null })
    // Training that still goes on does not bring it back.
    expect(await runs.put(inventedRun('a', 60))).toBe(false)
    for (const store of ['runs', 'snapshots', 'weights', 'about']) expect(await rawCount(factory, store)).toBe(0)
  })

  it('counts what runs and weights take', async () => {
    const runs = await opened(new IDBFactory())
    expect((await runs.usage()).bytes).toBe(0)
    await runs.put(inventedRun('a'))
    const before = (await runs.usage()).bytes
    expect(before).toBeGreaterThan(1000)
    await runs.keepWeights('a', new Uint8Array(5000), 40)
    expect((await runs.usage()).bytes).toBe(before + 5000)
    await runs.dropWeights('a')
    expect((await runs.usage()).bytes).toBe(before)
    expect(await runs.weightsOf('a')).toBeNull()
  })
})

describe('the last run', () => {
  it('alone keeps weights by itself: they go when another becomes the last, those on request stay', async () => {
    const factory = new IDBFactory()
    const runs = await opened(factory)
    for (const id of ['a', 'b', 'c']) await runs.put(inventedRun(id))
    expect(await runs.keepWeights('a', zip(1), 10, { automatic: true })).toBe(false)
    await runs.setLast('a')
    expect(await runs.keepWeights('a', zip(1), 20, { automatic: true })).toBe(true)
    expect(runs.last()).toMatchObject({ id: 'a', weights: { step: 20, automatic: true } })

    await runs.setLast('b')
    expect(await runs.weightsOf('a')).toBeNull()
    await runs.keepWeights('b', zip(2), 30)
    await runs.keepWeights('b', zip(2, 2), 40, { automatic: true })
    expect(runs.last()).toMatchObject({ id: 'b', weights: { step: 40, bytes: 2, automatic: false } })

    await runs.setLast('c')
    await runs.keepWeights('c', zip(3), 40, { automatic: true })
    expect(await runs.holdWeights('c')).toBe(true)
    await runs.setLast('a')
    const later = await opened(factory)
    expect(later.last()?.id).toBe('a')
    expect(await later.weightsOf('b')).toEqual(zip(2, 2))
    expect(await later.weightsOf('c')).toEqual(zip(3))
  })

  it('keeps the bytes of a view into a larger buffer alone', async () => {
    const runs = await opened(new IDBFactory())
    await runs.put(inventedRun('a'))
    await runs.keepWeights('a', new Uint8Array(1000).subarray(10, 12), 40)
    expect((await runs.weightsOf('a'))?.buffer.byteLength).toBe(2)
  })
})

describe('two tabs', () => {
  it('see what the other does and do not undo it', async () => {
    const factory = new IDBFactory()
    const [one, two] = [await opened(factory), await opened(factory)]
    await one.put(inventedRun('a'))
    await two.put(inventedRun('b'))
    await vi.waitFor(() => expect([view(one).runs.length, view(two).runs.length]).toEqual([2, 2]))
    await Promise.all([one.rename('a', 'from one'), two.note('a', 'from two'), one.put(inventedRun('a', 60)), two.setLast('a')])
    await vi.waitFor(() => {
      for (const runs of [one, two]) expect(runs.last()).toMatchObject({ name: 'from one', notes: 'from two', step: 60 })
    })
    await two.remove('a')
    await vi.waitFor(() => expect(view(one).runs.map(({ id }) => id)).toEqual(['b']))
    expect(await one.put(inventedRun('a', 80))).toBe(false)
  })
})

describe('what goes wrong', () => {
  it('is said when the storage is full, and nothing is kept by halves', async () => {
    const factory = new IDBFactory()
    const runs = await opened(factory)
    await runs.put(inventedRun('a'))
    await runs.keepWeights('a', zip(1), 10)
    vi.spyOn(IDBObjectStore.prototype, 'put')
      .mockImplementationOnce(function (this: IDBObjectStore, value: unknown) {
        return this.add(value, 'half')
      })
      .mockImplementationOnce(() => {
        throw new DOMException('full', 'QuotaExceededError')
      })
    expect(await runs.keepWeights('a', zip(1, 2, 3), 20)).toBe(false)
    expect(view(runs).problem).toMatch(/"Moby Dick, joint, smoke" could not be kept: this browser's storage is full\. Delete runs/)
    expect(await runs.weightsOf('a')).toEqual(zip(1))
    expect(await rawCount(factory, 'weights')).toBe(1)
    expect(view(runs).runs[0].weights).toMatchObject({ step: 10 })
    vi.restoreAllMocks()
    expect(await runs.keepWeights('a', zip(1, 2, 3), 20)).toBe(true)
    expect(view(runs).problem).toBeNull()
  })

  it('leaves a damaged entry in the list, to be deleted, and the others alone', async () => {
    const factory = new IDBFactory()
    const runs = await opened(factory)
    await runs.put(inventedRun('a'))
    await runs.put(inventedRun('b'))
    await rawPut(factory, 'runs', { ...view(runs).runs[0], name: 'Broken', step: 'many' }, 'x')
    await rawPut(factory, 'runs', 7, 'y')
    await rawPut(factory, 'snapshots', { step: 10 }, ['a', 10])
    const later = await opened(factory)
    expect(view(later).runs.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(view(later).damaged).toMatchObject([
      { id: 'x', name: 'Broken' },
      { id: 'y', name: 'A run without a name' },
    ])
    expect(view(later).damaged[0].reason).toMatch(/^The kept run: step: /)
    expect((await later.recordingOf('a'))?.snapshots.map(({ step }) => step)).toEqual([0, 40])
    expect(view(later).problem).toMatch(/^A moment of the recording of "Moby Dick, joint, smoke" cannot be read/)
    for (const id of ['x', 'y']) expect(await later.remove(id)).toBe(true)
    expect(view(await opened(factory))).toMatchObject({ damaged: [], runs: [{ id: 'a' }, { id: 'b' }] })
  })

  it('names the fix where there is no storage, a newer one, or a part of it is missing', async () => {
    expect(view(await openRuns(null)).problem).toMatch(/private windows.*Open the page in an ordinary window/)

    const newer = new IDBFactory()
    ;(await raw(newer, 99)).close()
    expect(view(await openRuns(newer)).problem).toMatch(/of a newer Skipscope\. Open that one/)

    const partial = new IDBFactory()
    ;(await raw(partial, 1)).close()
    const runs = await openRuns(partial)
    expect(view(runs).problem).toMatch(/a part of it is missing.*delete this site's data/)
    expect([await runs.put(inventedRun('a')), await runs.weightsOf('a'), runs.last()]).toEqual([false, null, null])
  })

  it('gives way to a newer page in another tab, and says so', async () => {
    const factory = new IDBFactory()
    const runs = await opened(factory)
    ;(await raw(factory, 2)).close()
    expect(view(runs).problem).toMatch(/newer Skipscope has been opened in another tab.*Reload/)
    expect(await runs.put(inventedRun('a'))).toBe(false)
    expect(view(runs).problem).toMatch(/Reload the page/)
  })

  it('goes on without history', async () => {
    const runs = unavailableRuns('Nothing is kept here.')
    expect(await runs.put(inventedRun('a'))).toBe(false)
    expect(view(runs)).toEqual({ runs: [], damaged: [], last: null, problem: 'Nothing is kept here.' })
    expect(await runs.usage()).toEqual({ bytes: 0, quota: null })
  })
})
