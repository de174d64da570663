/** Text to token ids and back; kept in `tokenizer.json` in the Hugging Face form. */
import { z } from 'zod'

export interface Tokenizer {
  readonly kind: 'char' | 'byte' | 'words'
  readonly vocabSize: number
  /** Throws one line that names the first character outside the vocabulary. */
  encode: (text: string) => Uint32Array
  /** Throws one line when an id is outside the vocabulary. */
  decode: (ids: ArrayLike<number>) => string
  /** One token as a person should see it (a newline as ⏎, an incomplete byte as its number). */
  label: (id: number) => string
  /** The object of `tokenizer.json`. */
  toJSON: () => unknown
}

/** Matches every character by itself, newlines included, in JavaScript and in the `tokenizers` library alike. */
const EACH_CHARACTER = '[\\s\\S]'
const SIGNS = new Map([
  ['\n', '⏎'],
  [' ', '␣'],
  ['\t', '⇥'],
  ['\r', '␍'],
])

function codePointName(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

/** A character that leaves a mark on the screen: itself, or a sign, or its code point. */
function visible(character: string): string {
  return SIGNS.get(character) ?? (/[\p{C}\p{Z}]/u.test(character) ? codePointName(character) : character)
}

function tokenAt(tokens: readonly string[], id: number): string {
  const token = tokens[id]
  if (token === undefined) throw new Error(`Token ${id} is outside the vocabulary: its ids are 0 to ${tokens.length - 1}.`)
  return token
}

function fileOf(pre_tokenizer: unknown, decoder: unknown, model: unknown): unknown {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer,
    post_processor: null,
    decoder,
    model,
  }
}

const vocabOf = (tokens: readonly string[]) => Object.fromEntries(tokens.map((token, id) => [token, id]))

/** `unk_token` is a required field of WordLevel; as it is outside the vocabulary, an unknown token is an error there too. */
const wordLevel = (tokens: readonly string[]) => ({ type: 'WordLevel', vocab: vocabOf(tokens), unk_token: '[UNK]' })

function charTokenizerOf(characters: readonly string[]): Tokenizer {
  const ids = new Map(characters.map((character, id) => [character, id]))
  return {
    kind: 'char',
    vocabSize: characters.length,
    encode(text) {
      const out = new Uint32Array(text.length)
      let count = 0
      for (const character of text) {
        const id = ids.get(character)
        if (id === undefined)
          throw new Error(
            `The character "${visible(character)}" (${codePointName(character)}) is not among the ${characters.length} of this vocabulary. ` +
              'Leave it out, or train with the tokenizer "byte", which knows every character.',
          )
        out[count++] = id
      }
      return out.slice(0, count)
    },
    decode: (tokens) => Array.from(tokens, (id) => tokenAt(characters, id)).join(''),
    label: (id) => visible(tokenAt(characters, id)),
    toJSON: () =>
      fileOf(
        { type: 'Split', pattern: { Regex: EACH_CHARACTER }, behavior: 'Isolated', invert: false },
        { type: 'Fuse' },
        wordLevel(characters),
      ),
  }
}

/** One token per code point; the vocabulary is those of `text`, sorted by code point. Throws when the text is empty or holds half a surrogate pair. */
export function charTokenizer(text: string): Tokenizer {
  const points = new Set<number>()
  for (const character of text) points.add(character.codePointAt(0) ?? 0)
  if (points.size === 0) throw new Error('A character vocabulary cannot be made of an empty text. Bring a text.')
  const characters = Array.from(points)
    .sort((a, b) => a - b)
    .map((point) => String.fromCodePoint(point))
  const half = characters.find((character) => /\p{Cs}/u.test(character))
  // JSON in UTF-8 cannot hold it, so the vocabulary could not be saved.
  if (half !== undefined) throw new Error(`The text holds half a surrogate pair (${codePointName(half)}). Save it as UTF-8 text again.`)
  return charTokenizerOf(characters)
}

/** GPT-2's printable stand-in of each byte: bytes that print in Latin-1 stand for themselves, the rest take U+0100, U+0101, … in order. */
function byteAlphabet(): string[] {
  let spare = 0x100
  return Array.from({ length: 256 }, (_, byte) => {
    const prints = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
    return String.fromCodePoint(prints ? byte : spare++)
  })
}

/** UTF-8 bytes: V is 256 and an id is its byte. Bytes that do not make a character decode to U+FFFD. */
export function byteTokenizer(): Tokenizer {
  const alphabet = byteAlphabet()
  return {
    kind: 'byte',
    vocabSize: 256,
    encode: (text) => Uint32Array.from(new TextEncoder().encode(text)),
    decode(ids) {
      const bytes = Uint8Array.from(ids, (id) => {
        tokenAt(alphabet, id)
        return id
      })
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
    },
    label(id) {
      tokenAt(alphabet, id)
      const character = String.fromCodePoint(id)
      return SIGNS.get(character) ?? (id > 0x20 && id < 0x7f ? character : `0x${id.toString(16).toUpperCase().padStart(2, '0')}`)
    },
    toJSON: () =>
      fileOf(
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
        {
          type: 'BPE',
          dropout: null,
          unk_token: null,
          continuing_subword_prefix: null,
          end_of_word_suffix: null,
          fuse_unk: false,
          byte_fallback: false,
          vocab: vocabOf(alphabet),
          merges: [],
        },
      ),
  }
}

/** Symbols separated by white space, as tasks are written: the id of a word is its place in `words`. Throws on an empty, a spaced or a repeated word. */
export function wordsTokenizer(words: readonly string[]): Tokenizer {
  const ids = new Map(words.map((word, id) => [word, id]))
  const bad = words.find((word) => word === '' || /\s/.test(word))
  if (bad !== undefined) throw new Error(`A vocabulary of words cannot hold "${bad}": a word is not empty and has no white space.`)
  if (ids.size !== words.length || words.length === 0) throw new Error('A vocabulary of words needs at least one word, and each only once.')
  return {
    kind: 'words',
    vocabSize: words.length,
    encode: (text) =>
      Uint32Array.from(
        text.split(/\s+/).filter((word) => word !== ''),
        (word) => {
          const id = ids.get(word)
          if (id === undefined) {
            const known = words.length > 24 ? [...words.slice(0, 12), '…', ...words.slice(-12)] : words
            // A word is most often unknown because a space was forgotten ("12" for "1 2"): then its characters are named one by one.
            const codes = Array.from(word, codePointName).slice(0, 4).join(' ')
            throw new Error(
              `"${word}" (${codes}) is not a symbol of this vocabulary. Write symbols separated by spaces, out of: ${known.join(' ')}`,
            )
          }
          return id
        },
      ),
    decode: (tokens) => Array.from(tokens, (id) => tokenAt(words, id)).join(' '),
    label: (id) => tokenAt(words, id),
    toJSON: () => fileOf({ type: 'WhitespaceSplit' }, null, wordLevel(words)),
  }
}

const KINDS =
  'characters (WordLevel, split at each character), bytes (ByteLevel BPE without merges, ids equal to bytes) and words (WordLevel, split at white space)'

/** What all three have in common: nothing that changes the text before it is split or adds tokens afterwards. */
const common = {
  added_tokens: z.array(z.unknown()).max(0).optional(),
  normalizer: z.null().optional(),
  post_processor: z.null().optional(),
}
// Not z.record, which drops a token called __proto__ without a word.
const vocab = z.custom<Record<string, number>>(
  (value) => typeof value === 'object' && value !== null && Object.values(value).every((id) => Number.isInteger(id) && id >= 0),
)
const words = z.looseObject({ type: z.literal('WordLevel'), vocab })
const charFile = z.looseObject({
  ...common,
  pre_tokenizer: z.looseObject({
    type: z.literal('Split'),
    pattern: z.strictObject({ Regex: z.literal(EACH_CHARACTER) }),
    behavior: z.literal('Isolated'),
    invert: z.literal(false).optional(),
  }),
  model: words,
})
const wordsFile = z.looseObject({ ...common, pre_tokenizer: z.looseObject({ type: z.literal('WhitespaceSplit') }), model: words })
const byteFile = z.looseObject({
  ...common,
  pre_tokenizer: z.looseObject({ type: z.literal('ByteLevel'), add_prefix_space: z.literal(false) }),
  model: z.looseObject({ type: z.literal('BPE'), vocab, merges: z.array(z.unknown()).max(0) }),
})

function tokensInOrder(ids: Record<string, number>): string[] {
  const entries = Object.entries(ids).sort((a, b) => a[1] - b[1])
  if (entries.length === 0 || entries.some(([, id], place) => id !== place))
    throw new Error('tokenizer.json: the ids of the vocabulary must run from 0 without gaps, each once. Export the model again.')
  return entries.map(([token]) => token)
}

/** Reads the object of a `tokenizer.json` that `toJSON` wrote, also after the `tokenizers` library saved it again; throws one line on any other. */
export function tokenizerFromJSON(value: unknown): Tokenizer {
  const char = charFile.safeParse(value)
  if (char.success) {
    const characters = tokensInOrder(char.data.model.vocab)
    const long = characters.find((token) => Array.from(token).length !== 1)
    if (long !== undefined)
      throw new Error(`tokenizer.json: "${long}" is not one character, as every token of this kind must be. Export the model again.`)
    return charTokenizerOf(characters)
  }
  const word = wordsFile.safeParse(value)
  if (word.success) return wordsTokenizer(tokensInOrder(word.data.model.vocab))
  const byte = byteFile.safeParse(value)
  if (byte.success) {
    const alphabet = byteAlphabet()
    const tokens = tokensInOrder(byte.data.model.vocab)
    if (tokens.length === 256 && tokens.every((token, id) => token === alphabet[id])) return byteTokenizer()
  }
  throw new Error(
    `tokenizer.json is of another kind than Skipscope reads: ${KINDS}. Use a model that Skipscope exported, or give only ids.`,
  )
}
