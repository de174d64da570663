/** Where the browser keeps experiments: one object store, by id. */
import { openDB, type DBSchema } from 'idb'
import type { Plan, RunResult } from '../worker/protocol.ts'
import { explainFailure, explainOpening } from './runs-database.ts'

/** `waiting` for its turn, `held` by a person (or by a page that was closed), `failed` until it is gone on with. */
export type KeptState = 'waiting' | 'running' | 'held' | 'failed' | 'over'

export interface KeptExperiment {
  id: string
  /** When it was queued, ISO 8601. */
  date: string
  plan: Plan
  /** Of runs that are finished. */
  runs: RunResult[]
  state: KeptState
  /** Why it is held or has failed; null where there is nothing to say. */
  problem: string | null
}

interface Schema extends DBSchema {
  experiments: { key: string; value: KeptExperiment }
}

export interface ExperimentsDatabase {
  /** Oldest first. */
  all: () => Promise<KeptExperiment[]>
  put: (experiment: KeptExperiment) => Promise<void>
  remove: (id: string) => Promise<void>
}

/** Rejects with one line that names the fix, as all its functions do. */
export async function openExperiments(): Promise<ExperimentsDatabase> {
  const database = await openDB<Schema>('skipscope-experiments', 1, {
    upgrade: (fresh) => void fresh.createObjectStore('experiments', { keyPath: 'id' }),
  }).catch((error: unknown) => {
    throw new Error(explainOpening(error), { cause: error })
  })
  const told = async <T>(work: Promise<T>, what: string): Promise<T> => {
    try {
      return await work
    } catch (error) {
      throw new Error(explainFailure(error, what), { cause: error })
    }
  }
  return {
    all: async () => {
      const found = await told(database.getAll('experiments'), 'The experiments kept in this browser were not read')
      return found.sort((a, b) => a.date.localeCompare(b.date))
    },
    put: async (experiment) => void (await told(database.put('experiments', experiment), `“${experiment.plan.title}” was not kept`)),
    remove: (id) => told(database.delete('experiments', id), 'The experiment was not deleted'),
  }
}
