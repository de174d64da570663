/** Keeps the live run in this browser's history while it goes: its record every few seconds, its weights at rest and now and then. */
import { hasModel, type Session } from './session.ts'
import type { RunView } from './run-view.ts'
import type { SessionView } from './session-view.ts'

/** What the keeper needs of the history. */
export interface Shelf {
  /** Puts a run on the shelf, or its newer state in its place. */
  record: (id: string, run: RunView) => void
  /** Its weights, for going on after a reload. */
  keepWeights: (id: string, zip: Uint8Array, step: number) => void
}

export interface Keeper {
  /** The id under which the live run is kept; null where there is none. */
  current: () => string | null
  /** The next run to start is one that is kept already: it goes on under its id. */
  goesOnAs: (id: string) => void
  /** Keeps the weights as they are now. */
  keepNow: () => void
  close: () => void
}

const RECORD_EVERY_MS = 5_000
const WEIGHTS_EVERY_MS = 60_000
/** Reading back and writing more than this now and then would be felt; such a run's weights are kept when it rests. */
const MOST_PARAMETERS_WHILE_RUNNING = 4_000_000

const rests = (view: SessionView): boolean => ['paused', 'stopped', 'done'].includes(view.state)

export function createKeeper(session: Session, shelf: Shelf, newId: () => string, now: () => number = () => Date.now()): Keeper {
  let id: string | null = null
  let nextId: string | null = null
  let recorded = 0
  let weighed = 0
  let weighedStep = -1

  const record = (live: RunView): void => {
    if (id === null) return
    recorded = now()
    shelf.record(id, live)
  }
  const keepNow = (): void => {
    const view = session.store.getState()
    const keptId = id
    if (keptId === null || !hasModel(view) || !view.live) return
    weighed = now()
    weighedStep = view.live.step
    session.keepFolder((zip, step) => shelf.keepWeights(keptId, zip, step))
  }

  const leave = session.store.subscribe((view, before) => {
    const { live } = view
    if (!live) return
    if (live.run !== before.live?.run) {
      // After a lost device the same run begins again: it stays the same entry.
      const same = nextId === null && live.date === before.live?.date
      if (!same) id = nextId ?? newId()
      nextId = null
      record(live)
      weighed = now()
      weighedStep = live.run.step
      return
    }
    const cameToRest = rests(view) && view.state !== before.state
    if (cameToRest || (live !== before.live && now() - recorded >= RECORD_EVERY_MS)) record(live)
    const light = live.run.parameters <= MOST_PARAMETERS_WHILE_RUNNING
    const due = view.state === 'running' && light && now() - weighed >= WEIGHTS_EVERY_MS
    if ((cameToRest || due) && live.step !== weighedStep) keepNow()
  })

  return {
    current: () => id,
    goesOnAs: (kept) => {
      nextId = kept
    },
    keepNow,
    close: leave,
  }
}
