/** Keeps the live run in this browser's history while it goes: its record every few seconds, its weights at rest and now and then. */
import { follow } from './follow.ts'
import { hasModel, type Session } from './session.ts'
import type { RunView } from './run-view.ts'
import { rests } from './session-view.ts'

/** What the keeper needs of the history. */
export interface Shelf {
  /** The id under which the run of a request is kept already, because it goes on; null for a new one. */
  keptAs: (request: number | null) => string | null
  /** Puts a run on the shelf, or its newer state in its place; `request` has brought it, and `first` is true once a run. */
  record: (id: string, run: RunView, from: { request: number | null; first: boolean }) => void
  /** Its weights, for going on after a reload. */
  keepWeights: (id: string, zip: Uint8Array, step: number) => void
}

export interface Keeper {
  /** The id under which the live run is kept; null where there is none. */
  current: () => string | null
  close: () => void
}

const RECORD_EVERY_MS = 5_000
const WEIGHTS_EVERY_MS = 60_000
/** An answer that takes longer than this has failed. */
const AWAIT_MS = 30_000
/** Reading back and writing more than this now and then would be felt; such a run's weights are kept when it rests. */
const MOST_PARAMETERS_WHILE_RUNNING = 4_000_000

export function createKeeper(session: Session, shelf: Shelf, newId: () => string, now: () => number = () => Date.now()): Keeper {
  let id: string | null = null
  let request: number | null = null
  let recorded: RunView | null = null
  let recordedAt = 0
  let weighedAt = 0
  let weighedStep = -1
  /** When weights were asked for that have not come. */
  let awaitedSince = -Infinity

  const record = (run: RunView, first = false): void => {
    if (id === null || run === recorded) return
    recorded = run
    recordedAt = now()
    shelf.record(id, run, { request, first })
  }
  const keepWeights = (step: number): void => {
    const keptId = id
    if (keptId === null) return
    weighedAt = now()
    weighedStep = step
    awaitedSince = now()
    session.keepFolder((zip, exportedAt) => {
      awaitedSince = -Infinity
      // The worker may have been further than the page knew.
      if (keptId === id) weighedStep = exportedAt
      shelf.keepWeights(keptId, zip, exportedAt)
    })
  }

  const leave = follow(session.store, (view, before) => {
    const { live } = view
    if (!live) return
    if (live.run !== before.live?.run) {
      const recovered = before.live !== null && view.begun === before.begun
      if (!recovered) {
        // The last seconds of the run that had to go.
        if (before.live) record(before.live)
        request = view.begun
        id = shelf.keptAs(request) ?? newId()
      }
      record(live, !recovered)
      weighedAt = now()
      weighedStep = live.run.step
      return
    }
    // At rest every change counts: the last losses arrive after the state.
    if (rests(view) || now() - recordedAt >= RECORD_EVERY_MS) record(live)
    // A step under pause changes the model without changing the state.
    const cameToRest = rests(view) && (view.state !== before.state || live.step !== before.live?.step)
    const due = live.run.parameters <= MOST_PARAMETERS_WHILE_RUNNING && now() - weighedAt >= WEIGHTS_EVERY_MS
    if ((cameToRest || due) && hasModel(view) && live.step !== weighedStep && now() - awaitedSince > AWAIT_MS) keepWeights(live.step)
  })

  return { current: () => id, close: leave }
}
