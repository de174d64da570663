/** Text from a model, token by token: for whoever types a prompt, for samples while it trains, and for the command line. */
import { rng } from '../data/random.ts'
import type { Tokenizer } from '../data/tokenizer.ts'
import { slide, type Generator } from '../model/generate.ts'
import { likeliest, probabilityOf, sampleToken, type SampleOptions } from '../model/sample.ts'

export interface TokenProbability {
  id: number
  label: string
  probability: number
}

/** A piece of generated text: one token, or the tokens that make up one character. */
export interface GeneratedPiece {
  text: string
  /** The model's own probability of the (last) token, before temperature and top-k. */
  probability: number
  /** What it held likeliest there. */
  alternatives: TokenProbability[]
}

export interface Sampling extends SampleOptions {
  /** How many to choose. */
  tokens: number
  seed: number
}

/** Where the logits come from, and the T that they take at most. */
export interface TextSource {
  generator: Pick<Generator, 'next'>
  contextLength: number
}

const ALTERNATIVES = 5

/** The likeliest tokens by the plain softmax, as a person sees them. */
export const likeliestTokens = (logits: ArrayLike<number>, tokenizer: Tokenizer, count: number): TokenProbability[] =>
  likeliest(logits, Math.min(count, logits.length)).map(({ id, probability }) => ({ id, label: tokenizer.label(id), probability }))

/** The ids of a prompt; throws when there are none, or a character is outside the vocabulary. */
export function encodePrompt(tokenizer: Tokenizer, prompt: string): number[] {
  const ids = Array.from(tokenizer.encode(prompt))
  if (ids.length === 0) throw new Error('The prompt is empty: give at least one character.')
  return ids
}

/**
 * Ids that follow those of a prompt, each with the logits that it was chosen by. A vocabulary may be larger than what the tokenizer can write: ids from `known` on
 * are never chosen. The i-th choice depends on (seed, i) alone.
 */
export async function* sampleTokens(
  { generator, contextLength }: TextSource,
  prompt: number[],
  known: number,
  sampling: Sampling,
): AsyncGenerator<{ id: number; logits: Float32Array }, void, void> {
  let window = slide(prompt, contextLength)
  for (let i = 0; i < sampling.tokens; i++) {
    const logits = (await generator.next(window)).subarray(0, known)
    const id = sampleToken(logits, sampling, rng(sampling.seed, i).next())
    window = slide([...window, id], contextLength)
    yield { id, logits }
  }
}

/** Text that follows a prompt, piece by piece. A character of several byte tokens is one piece: what is not yet whole is held back. */
export async function* sampleText(
  source: TextSource,
  tokenizer: Tokenizer,
  prompt: string,
  sampling: Sampling,
): AsyncGenerator<GeneratedPiece, void, void> {
  const ids: number[] = []
  let shown = ''
  for await (const { id, logits } of sampleTokens(source, encodePrompt(tokenizer, prompt), tokenizer.vocabSize, sampling)) {
    ids.push(id)
    const text = tokenizer.decode(ids)
    const whole = ids.length < sampling.tokens ? text.replace(/\uFFFD+$/, '') : text
    if (whole.length === shown.length) continue
    yield {
      text: whole.slice(shown.length),
      probability: probabilityOf(logits, id),
      alternatives: likeliestTokens(logits, tokenizer, ALTERNATIVES),
    }
    shown = whole
  }
}
