/** Following a store, and waiting for rest. */
import type { StoreApi } from 'zustand/vanilla'

/** Calls `act` with each state and the one seen before it, in order, even where listeners write to the store themselves. Returns what ends it. */
export function follow<T>(store: StoreApi<T>, act: (now: T, before: T) => void): () => void {
  let seen = store.getState()
  return store.subscribe(() => {
    const now = store.getState()
    const before = seen
    if (now === before) return
    seen = now
    act(now, before)
  })
}

export interface Rest {
  /** Calls the last `act` once the calls have rested. */
  after: (act: () => void) => void
  cancel: () => void
}

export function createRest(milliseconds: number): Rest {
  let timer: ReturnType<typeof setTimeout> | undefined
  const cancel = () => clearTimeout(timer)
  return {
    after: (act) => {
      cancel()
      timer = setTimeout(act, milliseconds)
    },
    cancel,
  }
}

/** How long typing must rest before the worker is asked. */
export const TYPING_REST_MS = 300
