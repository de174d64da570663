/** A text as data: split by position, windows of T tokens, each target the next token. */
import type { Batch, Dataset } from './dataset.ts'
import { rng, STREAMS } from './random.ts'
import { byteTokenizer, charTokenizer } from './tokenizer.ts'

export interface TextOptions {
  tokenizer: 'char' | 'byte'
  /** The share of the tokens, at the end, that is held out; over 0 and under 1. */
  valFraction: number
}

const unixLines = (text: string): string => text.replace(/\r\n?/g, '\n')

/**
 * The bytes of a text file as text: strict UTF-8, without a byte order mark, CR and CRLF as LF, so that the same text gives the same tokens everywhere.
 * Throws one line that names the file and the fix when it is UTF-16, holds a NUL byte, is not UTF-8, or is empty or blank.
 */
export function decodeTextFile(name: string, bytes: Uint8Array): string {
  const fix = 'Save it as UTF-8 text and choose it again.'
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  if (wide) throw new Error(`"${name}" is UTF-16 text. ${fix}`)
  const nul = bytes.indexOf(0)
  if (nul >= 0)
    throw new Error(
      `"${name}" is not a text file: byte ${nul} is NUL, as in a binary file, not text. Choose a plain text file (.txt, .md, source code). Is it UTF-16? ${fix}`,
    )
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new Error(`"${name}" is not UTF-8 text. ${fix}`, { cause: error })
  }
  if (text.trim() === '')
    throw new Error(`"${name}" ${text === '' ? 'is empty' : 'holds only blanks'}. Bring a text with at least a few thousand characters.`)
  return unixLines(text)
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}

/** A step through `count` windows that visits each once before any again, and whose first visits lie spread over all of them (near the golden section). */
function spreadingStride(count: number): number {
  let stride = Math.max(1, Math.round(count * 0.6180339887498949))
  while (gcd(stride, count) !== 1) stride++
  return stride
}

/** Copies `tokens[start … start+T]` into row b: T tokens and, one further, their targets. */
function fillRow(batch: Batch, b: number, T: number, tokens: Uint32Array, start: number): void {
  batch.tokens.set(tokens.subarray(start, start + T), b * T)
  batch.targets.set(tokens.subarray(start + 1, start + T + 1), b * T)
}

/**
 * The data set of one text: the first part trains, the last `valFraction` of its tokens is held out; the character vocabulary is that of the whole text.
 * - `trainBatch` draws B start positions, uniform over the training part, from (seed, step) alone.
 * - `heldOutBatch` cuts the held-out part into ⌊(tokens - 1) / T⌋ windows side by side and deals them out spread over the part, each once before any
 *   again; so a small part repeats its windows, within one batch if it has fewer than B.
 * Throws one line when the text is empty or a part is shorter than one window of T + 1 tokens; give `T` to learn that now instead of at the first batch.
 */
export function textDataset(title: string, text: string, options: TextOptions, T?: number): Dataset {
  const { valFraction } = options
  if (!(valFraction > 0 && valFraction < 1)) throw new Error(`val_fraction is ${valFraction}: it must be over 0 and under 1, such as 0.1.`)
  const lines = unixLines(text)
  if (lines === '') throw new Error(`"${title}" is empty. Bring a text with at least a few thousand characters.`)
  const tokenizer = options.tokenizer === 'byte' ? byteTokenizer() : charTokenizer(lines)
  const tokens = tokenizer.encode(lines)
  const trainingSize = (count: number) => Math.floor(count * (1 - valFraction))
  const training = tokens.subarray(0, trainingSize(tokens.length))
  const heldOut = tokens.subarray(training.length)

  const requireWindows = (T: number) => {
    if (!Number.isInteger(T) || T < 1) throw new Error(`context_length is ${T}: it must be a whole number of at least 1.`)
    const longest = Math.min(training.length, heldOut.length) - 1
    if (T <= longest) return
    let needed = Math.floor(T / Math.min(valFraction, 1 - valFraction))
    while (Math.min(trainingSize(needed), needed - trainingSize(needed)) < T + 1) needed++
    const unit = options.tokenizer === 'byte' ? 'bytes' : 'characters'
    const fix = longest >= 1 ? `Lower context_length to ${longest} or less, or bring more text.` : 'Bring more text.'
    throw new Error(
      `"${title}" is too short for context_length ${T}: with val_fraction ${valFraction}, ${needed} ${unit} are needed and there are ${tokens.length}. ${fix}`,
    )
  }
  if (T !== undefined) requireWindows(T)

  const emptyBatch = (B: number, T: number): Batch => {
    requireWindows(T)
    return { tokens: new Uint32Array(B * T), targets: new Int32Array(B * T) }
  }
  return {
    name: title,
    kind: 'text',
    tokenizer,
    trainBatch(seed, step, B, T) {
      const batch = emptyBatch(B, T)
      const random = rng(STREAMS.train, seed, step)
      for (let b = 0; b < B; b++) fillRow(batch, b, T, training, random.below(training.length - T))
      return batch
    },
    heldOutBatch(index, B, T) {
      const batch = emptyBatch(B, T)
      const windows = Math.floor((heldOut.length - 1) / T)
      const stride = spreadingStride(windows)
      for (let b = 0; b < B; b++) fillRow(batch, b, T, heldOut, (((index * B + b) * stride) % windows) * T)
      return batch
    },
    heldOutSample(T) {
      requireWindows(T)
      return heldOut.slice(0, T)
    },
  }
}
