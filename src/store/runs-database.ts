/** The database of kept runs: opening it, and what can go wrong with it in words. */
import { wrap, type IDBPDatabase, type IDBPTransaction } from 'idb'

const NAME = 'skipscope-runs'
/** Rises when the object stores change; every older version is then carried over in `createStores`. */
const VERSION = 1

/**
 * runs: id -> a run without snapshots. snapshots: [id, step] -> a snapshot, so that only new ones are written while a run trains.
 * weights: id -> the zip of a model folder. about: "last" -> the id of the last run.
 */
export const STORES = ['runs', 'snapshots', 'weights', 'about'] as const
export type Writing = IDBPTransaction<unknown, string[], 'readwrite'>

const DELETE_DATA = "delete this site's data in the browser's settings and reload"

/** The browser's own database, or null where it has none. */
export function browserFactory(): IDBFactory | null {
  try {
    return globalThis.indexedDB ?? null
  } catch {
    // Where site data is blocked, even looking is an error.
    return null
  }
}

/** Bytes that the browser grants this site, or null where it does not say. */
export async function storageQuota(): Promise<number | null> {
  try {
    return (await navigator.storage.estimate()).quota ?? null
  } catch {
    // Browsers without it, and addresses that are not secure: then nobody knows.
    return null
  }
}

function createStores(database: IDBDatabase): void {
  for (const name of STORES) if (!database.objectStoreNames.contains(name)) database.createObjectStore(name)
}

const nameOf = (error: unknown): string => (error instanceof Error || error instanceof DOMException ? error.name : '')
const messageOf = (error: unknown): string => (error instanceof Error || error instanceof DOMException ? error.message : String(error))

/** Why there is no history, and what to do about it. */
export function explainOpening(error: unknown): string {
  switch (nameOf(error)) {
    case 'VersionError':
      return `The runs kept in this browser are of a newer Skipscope. Open that one to see them; to begin anew here, ${DELETE_DATA}.`
    case 'SecurityError':
    case 'InvalidStateError':
      return 'This browser keeps nothing for this page: that is so in some private windows and where site data is blocked. Open the page in an ordinary window, or allow it to keep data.'
    case 'QuotaExceededError':
      return "This browser's storage is full, so no runs can be kept. Free space on the disk or delete other sites' data, then reload."
    default:
      return `The runs kept in this browser cannot be opened (${messageOf(error)}). Reload; if that does not help, ${DELETE_DATA}.`
  }
}

/** Why something was not written or read, and what to do about it. `what` begins the sentence: 'The weights of "…" were not kept'. */
export function explainFailure(error: unknown, what: string): string {
  switch (nameOf(error)) {
    case 'QuotaExceededError':
      return `${what}: this browser's storage is full. Delete runs or kept weights under Runs, or free space on the disk.`
    case 'InvalidStateError':
      return `${what}: the browser has closed the history, because its data was deleted or a newer Skipscope runs in another tab. Reload the page.`
    default:
      return `${what} (${messageOf(error)}). Reload the page; if that does not help, ${DELETE_DATA}.`
  }
}

/**
 * Opens the database, creating it where there is none. Rejects with one line that names the fix.
 * `lost` is called when the connection is taken away later: by a newer page that needs it, or by the browser.
 */
export function openDatabase(factory: IDBFactory | null | undefined, lost: (reason: string) => void): Promise<IDBPDatabase> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(new Error(explainOpening(error), { cause: error }))
    if (!factory) return fail(new DOMException('no IndexedDB', 'SecurityError'))
    let request: IDBOpenDBRequest
    try {
      request = factory.open(NAME, VERSION)
    } catch (error) {
      return fail(error)
    }
    let given = false
    request.onupgradeneeded = () => createStores(request.result)
    request.onerror = () => fail(request.error)
    request.onblocked = () => {
      given = true
      reject(new Error('Another tab holds the runs in an older form. Close the other tabs of Skipscope, then reload this one.'))
    }
    request.onsuccess = () => {
      const database = request.result
      // What was waited for in vain may still come: it would keep others from upgrading.
      if (given) return database.close()
      if (!STORES.every((name) => database.objectStoreNames.contains(name))) {
        database.close()
        return fail(new Error('a part of it is missing'))
      }
      database.onversionchange = () => {
        database.close()
        lost('A newer Skipscope has been opened in another tab, so this one keeps no runs any more. Reload this page.')
      }
      database.onclose = () => lost("The browser has closed the history, perhaps because this site's data was deleted. Reload the page.")
      resolve(wrap(database))
    }
  })
}

/** Runs `act` in one transaction over every store: all of it is kept, or nothing and the reason is thrown. */
export async function inOne<Result>(database: IDBPDatabase, act: (writing: Writing) => Promise<Result>): Promise<Result> {
  const writing = database.transaction([...STORES], 'readwrite')
  // Awaited below; when `act` fails first, this end has nothing to add.
  writing.done.catch(() => {})
  try {
    const result = await act(writing)
    await writing.done
    return result
  } catch (error) {
    try {
      writing.abort()
    } catch {
      // It has ended by itself.
    }
    // The requests of a transaction that fails as a whole only say that it did.
    throw writing.error ?? error
  }
}
