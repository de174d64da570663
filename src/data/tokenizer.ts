/** Text to token ids and back; kept in `tokenizer.json` in the Hugging Face form. */

export interface Tokenizer {
  readonly kind: 'char' | 'byte' | 'words'
  readonly vocabSize: number
  /** Throws one line that names the first character outside the vocabulary. */
  encode: (text: string) => Uint32Array
  decode: (ids: ArrayLike<number>) => string
  /** One token as a person should see it (a newline as ⏎, an incomplete byte as its number). */
  label: (id: number) => string
  /** The object of `tokenizer.json`. */
  toJSON: () => unknown
}
