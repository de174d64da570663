/** Text from a model, token by token: for whoever types a prompt, for samples while it trains, and for the command line. */
import { rng } from '../data/random.ts'
import type { Tokenizer } from '../data/tokenizer.ts'
import type { Generator } from '../model/generate.ts'
import { likeliest } from '../model/sample.ts'
import type { Choice, SampleOptions } from '../tensor/sample.ts'

export interface TokenProbability {
  id: number
  label: string
  probability: number
}

/** A piece of generated text: one token, or the tokens that make up one character. */
export interface GeneratedPiece {
  text: string
  /** The model's own probability of the (last) token, before temperature, top-k and top-p. */
  probability: number
  /** What it held likeliest there. */
  alternatives: TokenProbability[]
}

export interface Sampling extends SampleOptions {
  /** How many to choose. */
  tokens: number
  seed: number
}

/** What chooses. */
export type Writer = Pick<Generator, 'write'>

const labelled = (tokens: { id: number; probability: number }[], tokenizer: Tokenizer): TokenProbability[] =>
  tokens.map(({ id, probability }) => ({ id, label: tokenizer.label(id), probability }))

/** The likeliest tokens by the plain softmax, as a person sees them. */
export const likeliestTokens = (logits: ArrayLike<number>, tokenizer: Tokenizer, count: number): TokenProbability[] =>
  labelled(likeliest(logits, Math.min(count, logits.length)), tokenizer)

/** The ids of a prompt; throws when there are none, or a character is outside the vocabulary. */
export function encodePrompt(tokenizer: Tokenizer, prompt: string): number[] {
  const ids = Array.from(tokenizer.encode(prompt))
  if (ids.length === 0) throw new Error('The prompt is empty: give at least one character.')
  return ids
}

/**
 * Ids that follow those of a prompt, each with what it was chosen from. A vocabulary may be larger than what the tokenizer can write: ids from `known` on are never
 * chosen. The i-th draw depends on (seed, i) alone.
 */
export const sampleTokens = (writer: Writer, prompt: number[], known: number, sampling: Sampling): AsyncGenerator<Choice, void, void> =>
  writer.write(prompt, { ...sampling, known, draw: (i) => rng(sampling.seed, i).next() })

/** Text that follows a prompt, piece by piece. A character of several byte tokens is one piece: what is not yet whole is held back. */
export async function* sampleText(
  writer: Writer,
  tokenizer: Tokenizer,
  prompt: string,
  sampling: Sampling,
): AsyncGenerator<GeneratedPiece, void, void> {
  const ids: number[] = []
  let shown = ''
  for await (const choice of sampleTokens(writer, encodePrompt(tokenizer, prompt), tokenizer.vocabSize, sampling)) {
    ids.push(choice.id)
    const text = tokenizer.decode(ids)
    const whole = ids.length < sampling.tokens ? text.replace(/\uFFFD+$/, '') : text
    if (whole.length === shown.length) continue
    yield {
      text: whole.slice(shown.length),
      probability: choice.probability,
      alternatives: labelled(choice.likeliest, tokenizer),
    }
    shown = whole
  }
}
