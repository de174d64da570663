/** What the tune-up found, in the browser's storage, by adapter. Where a browser keeps nothing, it lasts as long as the worker. */
import { openDB, type IDBPDatabase } from 'idb'
import { z } from 'zod'
import { TILES } from '../tensor/tiles.ts'
import { TUNE_VERSION, type Tuned, type TunedStore } from '../train/tune.ts'
import type { TunedKernels } from './protocol.ts'

const NAME = 'skipscope-tuned'
const STORE = 'tiles'

const stored = z.record(z.string(), z.enum(Object.keys(TILES)))

export interface BrowserTunedStore extends TunedStore {
  forget: () => Promise<void>
  /** Whether the browser takes what is saved, so that the next page finds it. */
  lasts: () => Promise<boolean>
}

/** Null where the browser has no database for this page: in some private windows, where site data is blocked, or while a tab with an older form holds it. */
function openDatabase(): Promise<IDBPDatabase | null> {
  return new Promise<IDBPDatabase | null>((resolve, reject) => {
    openDB(NAME, TUNE_VERSION, {
      upgrade: (db) => {
        // Choices of an older version hold for other kernels.
        for (const name of db.objectStoreNames) db.deleteObjectStore(name)
        db.createObjectStore(STORE)
      },
      blocked: () => resolve(null),
      // A page with a newer form must not wait for this one.
      blocking: (_version, _newer, { target }) => {
        if (target instanceof IDBDatabase) target.close()
      },
    }).then(resolve, reject)
  }).catch(() => null)
}

export function createTunedStore(): BrowserTunedStore {
  const here = new Map<string, Tuned>()
  let opening: Promise<IDBPDatabase | null> | undefined
  /** Undefined where nothing is kept. A database that fails once is not asked again: it is damaged, full, or was taken away; a run must not fail for it. */
  async function inDatabase<T>(act: (db: IDBPDatabase) => Promise<T>): Promise<T | undefined> {
    const db = await (opening ??= openDatabase())
    if (!db) return undefined
    try {
      return await act(db)
    } catch {
      // `lasts` says so from now on.
      opening = Promise.resolve(null)
      db.close()
      return undefined
    }
  }
  return {
    load: async (adapter) => {
      const value: unknown = await inDatabase((db) => db.get(STORE, adapter))
      const found = stored.safeParse(value)
      return { ...(found.success && found.data), ...here.get(adapter) }
    },
    save: async (adapter, tuned) => {
      here.set(adapter, tuned)
      await inDatabase((db) => db.put(STORE, tuned, adapter))
    },
    forget: async () => {
      here.clear()
      await inDatabase((db) => db.clear(STORE))
    },
    lasts: async () => (await (opening ??= openDatabase())) !== null,
  }
}

/** What is remembered for an adapter, as the page lists it. */
export async function tunedKernels(store: BrowserTunedStore, adapter: string): Promise<TunedKernels> {
  const choices = Object.entries(await store.load(adapter)).map(([product, tile]) => ({ product, tile }))
  return { adapter, choices, lasts: await store.lasts() }
}
