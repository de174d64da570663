/** Random numbers that are a pure function of their keys: the same in every browser, worker and Node, and after a resume. */

export interface Rng {
  /** Uniform in [0, 1), a multiple of 2^-32. */
  next: () => number
  /** A whole number from 0 to n - 1, each equally likely to within n / 2^32. Throws unless n is a whole number from 1 to 2^32. */
  below: (n: number) => number
  /** Shuffles in place (Fisher-Yates) and returns the same array. */
  shuffle: <Item>(items: Item[]) => Item[]
}

/** First keys of the generators, so that no two uses of the same numbers draw from the same stream. */
export const STREAMS = { train: 1, heldOut: 2, split: 3 } as const

/** A bijection of 32-bit integers in which every input bit reaches every output bit (constants: C. Wellons' hash-prospector search). */
function mix(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x7feb352d)
  word = Math.imul(word ^ (word >>> 15), 0x846ca68b)
  return word ^ (word >>> 16)
}

/**
 * A counter-based generator: its i-th number hashes i with two words made of the keys.
 * Order and number of the keys matter. Throws when a key is not a whole number from 0 to 2^53 - 1.
 */
export function rng(...keys: number[]): Rng {
  let a = mix(keys.length + 1)
  let b = mix(~keys.length)
  for (const key of keys) {
    if (!Number.isSafeInteger(key) || key < 0)
      throw new Error(`A key of the random generator is ${key}: it must be a whole number of at least 0.`)
    const high = Math.floor(key / 0x100000000)
    a = mix(mix(a + (key | 0)) + high)
    b = mix(mix((b ^ a) + Math.imul(key | 0, 0x9e3779b1)) ^ high)
  }
  let count = 0
  const next = () => {
    count = (count + 1) | 0
    return (mix(mix(Math.imul(count, 0x9e3779b9) + a) ^ b) >>> 0) / 0x100000000
  }
  const below = (n: number) => {
    if (!Number.isInteger(n) || n < 1 || n > 0x100000000) throw new Error(`below(${n}): a whole number from 1 to 2^32 is due.`)
    return Math.floor(next() * n)
  }
  const shuffle = <Item>(items: Item[]): Item[] => {
    for (let last = items.length - 1; last > 0; last--) {
      const other = below(last + 1)
      const kept = items[last]
      items[last] = items[other]
      items[other] = kept
    }
    return items
  }
  return { next, below, shuffle }
}
