/**
 * A desktop draws between two submits, so a step that takes long is cut into several. How long it takes is measured now and then, in two steps one after another: from
 * the end of the first, or from when the second was submitted if that was later, until the end of the second. Steps that wait in the queue so count for nothing.
 */
import type { Gpu } from '../gpu/device.ts'

/** Milliseconds of a submit at most, about: two or three pictures of a desktop. */
const MOST = 40
/** Steps between two measurements, after the first few. */
const EVERY = 50
/** Of the last few measurements the least counts, since others may use the GPU too. The first step, in which a driver prepares itself, begins the first. */
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
  const measure = (counts: boolean): void => {
    const submitted = performance.now()
    void device.queue.onSubmittedWorkDone().then(
      () => {
        const now = performance.now()
        if (counts) {
          latest = [...latest, now - Math.max(submitted, doneAt)].slice(-LATEST)
          count = Math.min(dispatches, Math.max(1, Math.ceil(Math.min(...latest) / most)))
        }
        doneAt = now
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
      if (most === Infinity) return
      const early = steps <= 1 + LATEST
      if (early || steps % EVERY <= 1) measure(early ? steps > 1 : steps % EVERY === 1)
    },
  }
}
