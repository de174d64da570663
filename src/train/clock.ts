/** A stopwatch in milliseconds that stands still while a run is paused. */
export interface Clock {
  now: () => number
  start: () => void
  stop: () => void
}

export function createClock(elapsed = 0, time: () => number = () => performance.now()): Clock {
  let kept = elapsed
  let since: number | undefined
  return {
    now: () => kept + (since === undefined ? 0 : time() - since),
    start: () => {
      since ??= time()
    },
    stop: () => {
      if (since !== undefined) kept += time() - since
      since = undefined
    },
  }
}
