import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { byteTokenizer, charTokenizer, tokenizerFromJSON, wordsTokenizer, type Tokenizer } from './tokenizer.ts'

const fileForm = z.looseObject({ model: z.looseObject({ vocab: z.unknown() }) })
/** What a file of it holds. */
const saved = (tokenizer: Tokenizer) => fileForm.parse(JSON.parse(JSON.stringify(tokenizer.toJSON())))

const MIXED = 'To be,\n\tor not – "ſo" 🐋é\u0000\u2028end  \r'

describe('charTokenizer', () => {
  it('numbers the code points in order', () => {
    const t = charTokenizer('b🐋a\nb a')
    expect(t.vocabSize).toBe(5)
    expect([...t.encode('\n ab🐋')]).toEqual([0, 1, 2, 3, 4])
    expect(t.decode([4, 0, 2])).toBe('🐋\na')
    expect([0, 1, 2, 4].map(t.label)).toEqual(['⏎', '␣', 'a', '🐋'])
  })

  it('gives back any text', () => {
    const t = charTokenizer(MIXED)
    expect(t.decode(t.encode(MIXED))).toBe(MIXED)
    expect(t.encode('')).toHaveLength(0)
  })

  it('names an unknown character, its code point and the fix', () => {
    const t = charTokenizer('abc')
    expect(() => t.encode('abécz')).toThrow(
      'The character "é" (U+00E9) is not among the 3 of this vocabulary. Leave it out, or train with the tokenizer "byte", which knows every character.',
    )
    expect(() => t.encode('a\nb')).toThrow('The character "⏎" (U+000A) is not')
    expect(() => t.encode('a🐋')).toThrow('The character "🐋" (U+1F40B) is not')
  })

  it('refuses an empty text, half a surrogate pair and an id outside', () => {
    expect(() => charTokenizer('')).toThrow('A character vocabulary cannot be made of an empty text. Bring a text.')
    expect(() => charTokenizer('a\ud800')).toThrow('The text holds half a surrogate pair (U+D800). Save it as UTF-8 text again.')
    expect(() => charTokenizer('ab').decode([2])).toThrow('Token 2 is outside the vocabulary: its ids are 0 to 1.')
  })
})

describe('byteTokenizer', () => {
  it('has bytes for ids and knows every text', () => {
    const t = byteTokenizer()
    expect([...t.encode('é\n')]).toEqual([0xc3, 0xa9, 10])
    expect(t.decode(t.encode(MIXED))).toBe(MIXED)
    expect(t.decode(t.encode('\ufeffa'))).toBe('\ufeffa')
  })

  it('keeps incomplete characters visible', () => {
    const t = byteTokenizer()
    expect(t.decode([97, 0xc3])).toBe('a\ufffd')
    expect([97, 10, 32, 0xc3, 0].map(t.label)).toEqual(['a', '⏎', '␣', '0xC3', '0x00'])
    expect(() => t.decode([256])).toThrow('Token 256 is outside the vocabulary: its ids are 0 to 255.')
  })
})

describe('wordsTokenizer', () => {
  it('reads words at any white space and writes them with one space', () => {
    const t = wordsTokenizer(['0', '1', '10', '='])
    expect([...t.encode('  10 1\n= 0 ')]).toEqual([2, 1, 3, 0])
    expect(t.decode([2, 1, 3])).toBe('10 1 =')
    expect(t.label(3)).toBe('=')
  })

  it('names an unknown word and lists the known ones', () => {
    expect(() => wordsTokenizer(['0', '1', '=']).encode('0 01')).toThrow(
      '"01" (U+0030 U+0031) is not a symbol of this vocabulary. Write symbols separated by spaces, out of: 0 1 =',
    )
    const many = wordsTokenizer(Array.from({ length: 100 }, (_, i) => String(i)))
    expect(() => many.encode('x')).toThrow('out of: 0 1 2 3 4 5 6 7 8 9 10 11 … 88 89')
  })

  it('refuses words that could not be read back', () => {
    expect(() => wordsTokenizer(['a', 'b c'])).toThrow('cannot hold "b c"')
    expect(() => wordsTokenizer(['a', 'a'])).toThrow('each only once')
    expect(() => wordsTokenizer([])).toThrow('at least one word')
  })
})

describe('tokenizer.json', () => {
  const common = { version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: null, post_processor: null }

  it('has the Hugging Face form', () => {
    expect(charTokenizer('ba').toJSON()).toEqual({
      ...common,
      pre_tokenizer: { type: 'Split', pattern: { Regex: '[\\s\\S]' }, behavior: 'Isolated', invert: false },
      decoder: { type: 'Fuse' },
      model: { type: 'WordLevel', vocab: { a: 0, b: 1 }, unk_token: '[UNK]' },
    })
    expect(wordsTokenizer(['1', '0', '__proto__']).toJSON()).toEqual({
      ...common,
      pre_tokenizer: { type: 'WhitespaceSplit' },
      decoder: null,
      model: {
        type: 'WordLevel',
        vocab: Object.fromEntries([
          ['1', 0],
          ['0', 1],
          ['__proto__', 2],
        ]),
        unk_token: '[UNK]',
      },
    })
    expect(byteTokenizer().toJSON()).toMatchObject({
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false },
      decoder: { type: 'ByteLevel' },
      // GPT-2's alphabet: A for itself, Ġ for the space, Ċ for the newline, ł for 0xA0, Ń for the soft hyphen, the last stand-in.
      model: { type: 'BPE', merges: [], vocab: { A: 65, Ġ: 32, Ċ: 10, '\u0142': 0xa0, '\u0143': 0xad, ÿ: 255 } },
    })
  })

  const kinds: [string, Tokenizer, string][] = [
    ['char', charTokenizer(MIXED + '0123'), MIXED],
    ['byte', byteTokenizer(), MIXED],
    ['words', wordsTokenizer(['7', '3', 'a', '=', '~', '__proto__']), '3 7 = a __proto__'],
  ]
  it.each(kinds)('is read back: %s', (kind, before, text) => {
    const after = tokenizerFromJSON(saved(before))
    expect(after.kind).toBe(kind)
    expect(after.vocabSize).toBe(before.vocabSize)
    expect([...after.encode(text)]).toEqual([...before.encode(text)])
    expect(after.toJSON()).toEqual(before.toJSON())
  })

  it('of another kind gets one line that says which kinds are read', () => {
    const bytes = saved(byteTokenizer())
    const merged = { ...bytes, model: { ...bytes.model, merges: [['a', 'b']] } }
    const lower = { ...bytes, normalizer: { type: 'Lowercase' } }
    const permuted = {
      ...bytes,
      model: { ...bytes.model, vocab: { ...z.record(z.string(), z.number()).parse(bytes.model.vocab), A: 66, B: 65 } },
    }
    const added = { ...saved(charTokenizer('ab')), added_tokens: [{ id: 2, content: '<s>' }] }
    for (const value of [null, 3, {}, { model: { type: 'Unigram' } }, merged, lower, permuted, added])
      expect(() => tokenizerFromJSON(value)).toThrow(
        /^tokenizer\.json is of another kind than Skipscope reads: characters .*, bytes .* and words .*\. Use a model that Skipscope exported, or give only ids\.$/,
      )
  })

  it('with gaps in its ids or long characters is refused', () => {
    const file = (vocab: unknown) => ({ ...saved(charTokenizer('a')), model: { type: 'WordLevel', vocab } })
    for (const vocab of [{}, { a: 0, b: 2 }, { a: 0, b: 0 }])
      expect(() => tokenizerFromJSON(file(vocab))).toThrow('must run from 0 without gaps')
    expect(() => tokenizerFromJSON(file({ a: 0, bc: 1 }))).toThrow('"bc" is not one character')
  })
})
