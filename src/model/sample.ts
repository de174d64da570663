/** Choosing a token from logits. */

/** The likeliest ids with their probabilities, likeliest first; ties go to the lowest id. */
export function likeliest(logits: ArrayLike<number>, count: number): { id: number; probability: number }[] {
  const ids = Array.from({ length: logits.length }, (_, i) => i).sort((a, b) => logits[b] - logits[a] || a - b)
  const most = logits[ids[0]]
  let sum = 0
  for (const id of ids) sum += Math.exp(logits[id] - most)
  return ids.slice(0, count).map((id) => ({ id, probability: Math.exp(logits[id] - most) / sum }))
}

/** What the softmax gives one id. */
export function probabilityOf(logits: ArrayLike<number>, id: number): number {
  let sum = 0
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i] - logits[id])
  return 1 / sum
}

export interface SampleOptions {
  /** 0 is greedy. */
  temperature: number
  /** 0 is no limit. */
  topK: number
}

/** `uniform` in [0, 1). Greedy takes the lowest id on a tie. */
export function sampleToken(logits: ArrayLike<number>, { temperature, topK }: SampleOptions, uniform: number): number {
  if (temperature === 0) {
    let best = 0
    for (let i = 1; i < logits.length; i++) if (logits[i] > logits[best]) best = i
    return best
  }
  const scaled = Array.from(logits, (z) => z / temperature)
  const choices = likeliest(scaled, topK > 0 ? topK : scaled.length)
  const total = choices.reduce((sum, c) => sum + c.probability, 0)
  let left = uniform * total
  for (const { id, probability } of choices) {
    left -= probability
    if (left < 0) return id
  }
  return choices[choices.length - 1].id
}
