/** From the reads of a model back to the wiring by name that they are. */
import { namedWiring, WIRINGS, type Reads, type WiringOptions, type WiringSize } from './wiring.ts'

export interface Named {
  name: string
  options: WiringOptions
}

export const sizeOf = (reads: Reads): WiringSize => ({ n_layers: reads.length, n_heads: reads[0].length })

/** Whether both list the same sources in the same order. */
export const sameReads = (a: Reads, b: Reads): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

/** The reads of a wiring by name, or null where the model has no room for it. */
export function readsNamed(name: string, size: WiringSize, options: WiringOptions): Reads | null {
  try {
    return namedWiring(name, size, options)
  } catch {
    return null
  }
}

/** What each option would be if these were the reads of a wiring by name. */
function optionsSeen(reads: Reads): WiringOptions {
  const { n_layers, n_heads } = sizeOf(reads)
  const isOwn = (l: number, h: number): boolean => reads[l][h].length === 1 && reads[l][h][0].every((layer) => layer === l)
  const top = n_layers - 1
  const last = n_heads - 1
  const firstWhere = (holds: (l: number) => boolean): number => {
    for (let l = 1; l < n_layers; l++) if (holds(l)) return l
    return n_layers
  }
  return {
    distance: top - Math.min(...reads[top][last].flat()),
    heads: reads[top].filter((_, h) => !isOwn(top, h)).length,
    first: firstWhere((l) => !isOwn(l, last)),
    group: firstWhere((l) => reads[l][0][0][0] === l),
  }
}

/** Every option of a wiring with its value, the usual ones filled in. */
export function optionsInUse({ name, options }: Named, size: WiringSize): WiringOptions {
  const usual = readsNamed(name, size, {})
  const all: WiringOptions = { ...(usual && optionsSeen(usual)), ...options }
  return { ...all, first: options.first ?? all.distance }
}

/** The wiring by name that these reads equal, with those options that are not the usual ones; null for a custom wiring. */
export function describeReads(reads: Reads): Named | null {
  const size = sizeOf(reads)
  const seen = optionsSeen(reads)
  for (const { name, uses } of WIRINGS) {
    const equals = (options: WiringOptions): boolean => {
      const named = readsNamed(name, size, options)
      return named !== null && sameReads(named, reads)
    }
    let options: WiringOptions = Object.fromEntries(uses.map((use) => [use, seen[use]]))
    if (!equals(options)) continue
    for (const use of uses) {
      const fewer = { ...options }
      delete fewer[use]
      if (equals(fewer)) options = fewer
    }
    return { name, options }
  }
  return null
}
