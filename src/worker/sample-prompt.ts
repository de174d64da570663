/** What the model is asked to write of its own accord while it learns. */
import type { Dataset } from '../data/dataset.ts'

export interface SamplePrompt {
  prompt: string
  tokens: number
  temperature: number
}

/** A beginning that any English text can go on from. */
const ENGLISH = 'The '
/** Enough to see whether there are words; few enough that training hardly waits. */
const TEXT_TOKENS = 120
/** Enough of an answer to see whether it is right. */
const ANSWER_TOKENS = 16

/** Whether a tokenizer knows every character. */
function canWrite(dataset: Dataset, text: string): boolean {
  try {
    dataset.tokenizer.encode(text)
    return true
  } catch {
    return false
  }
}

/**
 * For a text a beginning to go on from. For a task a held-out sequence up to its first answer, to be gone on with greedily: there is one right continuation.
 */
export function samplePrompt(dataset: Dataset, T: number): SamplePrompt {
  const { tokenizer } = dataset
  if (dataset.kind === 'text')
    return {
      prompt: canWrite(dataset, ENGLISH) ? ENGLISH : tokenizer.decode(dataset.heldOutSample(T).slice(0, 8)),
      tokens: TEXT_TOKENS,
      temperature: 0.8,
    }
  const { tokens, targets } = dataset.heldOutBatch(0, 1, T)
  const answer = targets.findIndex((target) => target >= 0)
  return {
    prompt: tokenizer.decode(tokens.slice(0, answer + 1)),
    tokens: Math.min(ANSWER_TOKENS, Math.max(1, targets.length - answer - 1)),
    temperature: 0,
  }
}
