/** Where runs come from: what was asked for, until the worker says that it is on the GPU, and while it is. */
import type { Curve } from '../train/curve.ts'
import type { RunRequest } from '../worker/protocol.ts'
import type { RunFields } from './setup.ts'

/** A curve that is drawn beside that of the run shown. */
export interface Overlay {
  /** That of a kept run, or `TWIN_OF` for the run that a twin was begun beside. */
  id: string
  name: string
  curve: Curve
}

/** The id of the overlay that is the run which a twin was begun beside. */
export const TWIN_OF = 'twin of'

export interface Origin {
  /** The choices of the set-up; null for a run that did not come from them. */
  fields: RunFields | null
  request: RunRequest | null
  /** The id of the kept run that goes on. */
  keptAs: string | null
  /** The run that it is the twin of, and its id where it is kept. */
  twinOf: Overlay | null
  pair: string | null
}

const NONE: Origin = { fields: null, request: null, keptAs: null, twinOf: null, pair: null }

export interface Origins {
  add: (request: number, origin: Partial<Origin>) => void
  of: (request: number | null) => Origin
}

export function createOrigins(begun: () => number | null): Origins {
  const origins = new Map<number, Origin>()
  return {
    add: (request, origin) => {
      // Those before the run on the GPU are over, or were refused.
      for (const id of [...origins.keys()]) if (id < (begun() ?? 0)) origins.delete(id)
      origins.set(request, { ...NONE, ...origin })
    },
    of: (request) => (request === null ? NONE : (origins.get(request) ?? NONE)),
  }
}
