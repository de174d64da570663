/** Choosing a token from logits, by sorting them: what shaders/sample.wgsl does without, and is compared with. */
import type { SampleOptions } from '../tensor/sample.ts'

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

/** `uniform` in [0, 1). Greedy takes the lowest id on a tie. */
export function sampleToken(logits: ArrayLike<number>, { temperature, topK, topP }: SampleOptions, uniform: number): number {
  if (temperature === 0) {
    let best = 0
    for (let i = 1; i < logits.length; i++) if (logits[i] > logits[best]) best = i
    return best
  }
  const scaled = Array.from(logits, (z) => z / temperature)
  let choices = likeliest(scaled, topK > 0 ? topK : scaled.length)
  let total = choices.reduce((sum, c) => sum + c.probability, 0)
  if (topP < 1) {
    const due = topP * total
    let kept = 0
    total = 0
    do total += choices[kept++].probability
    while (total < due && kept < choices.length)
    choices = choices.slice(0, kept)
  }
  let left = uniform * total
  for (const { id, probability } of choices) {
    left -= probability
    if (left < 0) return id
  }
  return choices[choices.length - 1].id
}
