/**
 * A desktop draws between two submits, so a step that takes long is cut into several. How long it takes is measured now and then: from when the GPU could begin it
 * until it says that it is done.
 */
import type { Gpu } from '../gpu/device.ts'

/** Milliseconds of a submit at most, about: two or three pictures of a desktop. */
const MOST = 40
/** Steps between two measurements, after the first few. */
const EVERY = 50
/** The first step, in which a driver prepares itself, says nothing; of the last few measurements the least counts, since others may use the GPU too. */
const LATEST = 3

export interface Pieces {
  /** Submits of the next step. */
  readonly count: number
  /** Call it when a step has been submitted. */
  submitted: () => void
}

/** `most`: milliseconds of a submit, about; a processor that computes stops nobody from drawing, and takes a step in one unless it is given. */
export function createPieces({ device, software }: Gpu, dispatches: number, most = software ? Infinity : MOST): Pieces {
  let steps = 0
  let count = 1
  let doneAt = 0
  let latest: number[] = []
  const measure = (): void => {
    const began = performance.now()
    void device.queue.onSubmittedWorkDone().then(
      () => {
        const now = performance.now()
        latest = [...latest, now - Math.max(began, doneAt)].slice(-LATEST)
        doneAt = now
        count = Math.min(dispatches, Math.max(1, Math.ceil(Math.min(...latest) / most)))
      },
      // A device that was lost is reported to whoever waits for it.
      () => undefined,
    )
  }
  return {
    get count() {
      return count
    },
    submitted: () => {
      steps++
      const due = steps > 1 && (steps <= 1 + LATEST || steps % EVERY === 0)
      if (most < Infinity && due) measure()
    },
  }
}
