/** The scores of src/lab/scores.ts for one head, in float64, row by row as the definitions read. patterns[b] is [T, slots*T], row t: t*slots*T + slot*T + j. */

interface Scores {
  previous: number
  duplicate: number
  induction: number
}

const attention = (pattern: Float64Array, T: number, t: number, j: number): number => {
  const slots = pattern.length / (T * T)
  let sum = 0
  for (let slot = 0; slot < slots; slot++) sum += pattern[t * slots * T + slot * T + j]
  return sum
}

const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length

/** Of sequences that are two copies of a block. */
export function scoresOfTwo(patterns: Float64Array[], T: number): Scores {
  const previous: number[] = []
  const duplicate: number[] = []
  const induction: number[] = []
  const block = T / 2
  for (const pattern of patterns) {
    for (let t = 1; t < T; t++) previous.push(attention(pattern, T, t, t - 1))
    for (let i = 0; i < block; i++) {
      duplicate.push(attention(pattern, T, block + i, i))
      // The token after position i: of the last one it is the first of the second copy.
      induction.push(attention(pattern, T, block + i, i + 1))
    }
  }
  return { previous: mean(previous), duplicate: mean(duplicate), induction: mean(induction) }
}

/** Of sequences that are four copies of a block. */
export function prefixOfFour(patterns: Float64Array[], tokens: Uint32Array[], T: number): number {
  const rows: number[] = []
  const block = T / 4
  patterns.forEach((pattern, b) => {
    for (let t = block; t < T; t++) {
      let sum = 0
      // Tokens of a block may repeat within it where the vocabulary is small: the copies are told by their places.
      for (let j = t % block; j < t; j += block) {
        if (tokens[b][j] !== tokens[b][t]) throw new Error(`Sequence ${b} is no block of ${block} tokens four times.`)
        sum += attention(pattern, T, t, j + 1)
      }
      rows.push(sum)
    }
  })
  return mean(rows)
}
