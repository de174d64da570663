import 'fake-indexeddb/auto'
import { IDBFactory, IDBObjectStore } from 'fake-indexeddb'
import { openDB } from 'idb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { TUNE_VERSION } from '../train/tune.ts'
import { createTunedStore, tunedKernels } from './tuned-store.ts'

const NAME = 'skipscope-tuned'
const found = { '8×8×8': '32×32', '64×64×64 Aᵀ in 2': '64×64 halves' }
const more = { ...found, '9×9×9': 'registers' }

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

/** What a page after a reload finds. */
const later = () => createTunedStore()

describe('tuned tiles in the browser', () => {
  it('are kept over a reload, by adapter, and the latest hold', async () => {
    const store = createTunedStore()
    expect(await store.load('card X')).toEqual({})
    await store.save('card X', found)
    await store.save('card Y', { '8×8×8': '64×64' })
    await store.save('card X', more)
    expect(await later().load('card X')).toEqual(more)
    expect(await later().load('card Y')).toEqual({ '8×8×8': '64×64' })
    expect(await later().load('card Z')).toEqual({})
  })

  it('are listed for the page', async () => {
    const store = createTunedStore()
    expect(await tunedKernels(store, 'card X')).toEqual({ adapter: 'card X', choices: [], lasts: true })
    await store.save('card X', found)
    const choices = [
      { product: '8×8×8', tile: '32×32' },
      { product: '64×64×64 Aᵀ in 2', tile: '64×64 halves' },
    ]
    expect(await tunedKernels(later(), 'card X')).toEqual({ adapter: 'card X', choices, lasts: true })
  })

  it('are forgotten, here and after a reload', async () => {
    const store = createTunedStore()
    await store.save('card X', found)
    await store.forget()
    expect(await store.load('card X')).toEqual({})
    expect(await later().load('card X')).toEqual({})
    await store.save('card X', found)
    expect(await later().load('card X')).toEqual(found)
  })
})

describe('a database that is no good', () => {
  it.each([
    ['a tile that does not exist', { '8×8×8': '7×7' }],
    ['no record', 'what?'],
    ['numbers', { '8×8×8': 3 }],
  ])('counts as empty where it holds %s, and is mended by the next tune-up', async (_, value) => {
    await createTunedStore().save('card X', found)
    const raw = await openDB(NAME, TUNE_VERSION)
    await raw.put('tiles', value, 'card X')
    raw.close()
    const store = later()
    expect(await store.load('card X')).toEqual({})
    await store.save('card X', more)
    expect(await later().load('card X')).toEqual(more)
  })

  const refuse = (name: string) => () => {
    throw new DOMException('no', name)
  }
  const spoiled: Record<string, () => unknown> = {
    'the browser has none': () => vi.stubGlobal('indexedDB', undefined),
    'the site may not keep data': () => vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(refuse('SecurityError')),
    'the disk is full': () => vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(refuse('QuotaExceededError')),
    'it is of a newer Skipscope': async () => (await openDB(NAME, TUNE_VERSION + 1)).close(),
    'a part of it is missing': async () => (await openDB(NAME, TUNE_VERSION)).close(),
    'another tab holds it in an older form': async () => {
      await openDB(NAME, TUNE_VERSION)
      // The page that is opened beside it stands for a newer one.
      vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(function (this: IDBFactory, name: string) {
        vi.restoreAllMocks()
        return this.open(name, TUNE_VERSION + 1)
      })
    },
  }
  it.each(Object.entries(spoiled))('is only a shorter memory where %s', async (_, spoil) => {
    await spoil()
    const store = createTunedStore()
    await store.save('card X', found)
    expect(await store.load('card X')).toEqual(found)
    expect(await tunedKernels(store, 'card X')).toMatchObject({ lasts: false, choices: [{ product: '8×8×8' }, { tile: '64×64 halves' }] })
    await store.forget()
    expect(await store.load('card X')).toEqual({})
  })

  it('lets a newer form have it, and goes on by itself', async () => {
    const store = createTunedStore()
    await store.save('card X', found)
    ;(await openDB(NAME, TUNE_VERSION + 1)).close()
    expect(await store.load('card X')).toEqual(found)
    expect(await store.lasts()).toBe(false)
  })
})
