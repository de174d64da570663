/** What the tune-up found, in the browser's storage, by adapter. Where a browser keeps nothing, it lasts as long as the worker. */
import { openDB, type IDBPDatabase } from 'idb'
import { z } from 'zod'
import { TUNE_VERSION, type Tuned, type TunedStore } from '../train/tune.ts'

const NAME = 'skipscope-tuned'
const STORE = 'tiles'

const stored = z.record(z.string(), z.string())

export interface BrowserTunedStore extends TunedStore {
  forget: () => Promise<void>
}

export function createTunedStore(): BrowserTunedStore {
  const here = new Map<string, Tuned>()
  let opening: Promise<IDBPDatabase | null> | undefined
  const database = (): Promise<IDBPDatabase | null> =>
    (opening ??= openDB(NAME, TUNE_VERSION, {
      upgrade: (db) => {
        // Choices of an older version hold for other kernels.
        for (const name of db.objectStoreNames) db.deleteObjectStore(name)
        db.createObjectStore(STORE)
      },
      // Private windows and blocked site data: then choices last as long as this worker, and are measured again by the next.
    }).catch(() => null))
  return {
    load: async (adapter) => {
      const db = await database()
      const found = stored.safeParse(await db?.get(STORE, adapter))
      return { ...(found.success && found.data), ...here.get(adapter) }
    },
    save: async (adapter, tuned) => {
      here.set(adapter, tuned)
      await (await database())?.put(STORE, tuned, adapter)
    },
    forget: async () => {
      here.clear()
      await (await database())?.clear(STORE)
    },
  }
}
