import { describe, expect, it } from 'vitest'
import { decodeTextFile, textDataset } from './text.ts'

/** 1,000 characters that are all different, so that a token is its own position. */
const TEXT = Array.from({ length: 1000 }, (_, i) => String.fromCodePoint(0x4e00 + i)).join('')
const CHAR = { tokenizer: 'char', valFraction: 0.1 } as const
const encode = (text: string) => new TextEncoder().encode(text)

describe('textDataset', () => {
  const data = textDataset('counted', TEXT, CHAR, 8)

  it('splits by position as nanoGPT does', () => {
    expect([...data.heldOutSample(3)]).toEqual([900, 901, 902])
    expect(data).toMatchObject({ name: 'counted', kind: 'text' })
    expect(data.contextLength).toBeUndefined()
    expect(data.tokenizer.vocabSize).toBe(1000)
  })

  it('trains on windows of the first part, targets one further, and reaches both its ends', () => {
    const seen = new Set<number>()
    for (let step = 0; step < 200; step++) {
      const { tokens, targets } = data.trainBatch(1, step, 16, 8)
      expect(tokens).toHaveLength(128)
      for (let i = 0; i < 128; i++) {
        expect(targets[i]).toBe(tokens[i] + 1)
        if (i % 8 > 0) expect(tokens[i]).toBe(tokens[i - 1] + 1)
        seen.add(targets[i])
      }
      seen.add(tokens[0])
    }
    expect(Math.max(...seen)).toBe(899)
    expect(seen.size).toBeGreaterThan(890)
  })

  it('draws as a pure function of seed and step', () => {
    const first = data.trainBatch(1, 5, 4, 8)
    data.trainBatch(2, 9, 4, 8)
    expect(data.trainBatch(1, 5, 4, 8)).toEqual(first)
    expect(textDataset('again', TEXT, CHAR).trainBatch(1, 5, 4, 8)).toEqual(first)
    expect(data.trainBatch(1, 6, 4, 8)).not.toEqual(first)
    expect(data.trainBatch(2, 5, 4, 8)).not.toEqual(first)
  })

  it('deals out the held-out windows, spread, each once before any again', () => {
    // 100 held-out tokens: 12 windows of 8 that have a next token.
    const starts = [0, 1, 2].flatMap((index) => {
      const { tokens, targets } = data.heldOutBatch(index, 4, 8)
      expect(targets[31]).toBe(tokens[31] + 1)
      return [0, 1, 2, 3].map((b) => tokens[b * 8])
    })
    expect([...starts].sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, w) => 900 + 8 * w))
    expect(Math.max(...starts.slice(0, 4)) - Math.min(...starts.slice(0, 4))).toBeGreaterThan(40)
    expect(data.heldOutBatch(3, 4, 8)).toEqual(data.heldOutBatch(0, 4, 8))
  })

  it('repeats the one window of a small part', () => {
    const { tokens } = data.heldOutBatch(0, 3, 99)
    expect([tokens[0], tokens[99], tokens[198]]).toEqual([900, 900, 900])
  })

  it('cuts bytes when asked', () => {
    const bytes = textDataset('bytes', 'é'.repeat(100), { tokenizer: 'byte', valFraction: 0.5 }, 10)
    expect(bytes.tokenizer.kind).toBe('byte')
    expect([...bytes.heldOutSample(2)]).toEqual([0xc3, 0xa9])
  })

  it('reads CRLF as LF', () => {
    expect(textDataset('dos', 'a\r\nb'.repeat(50), CHAR).tokenizer.vocabSize).toBe(3)
  })

  it('refuses an empty text and one without room for a window in both parts', () => {
    expect(() => textDataset('none', '', CHAR)).toThrow('"none" is empty. Bring a text with at least a few thousand characters.')
    const message =
      '"counted" is too short for context_length 256: with val_fraction 0.1, 2561 characters are needed and there are 1000. Lower context_length to 99 or less, or bring more text.'
    expect(() => textDataset('counted', TEXT, CHAR, 256)).toThrow(message)
    expect(() => data.trainBatch(1, 0, 1, 256)).toThrow(message)
    expect(() => data.heldOutBatch(0, 1, 256)).toThrow(message)
    expect(() => data.heldOutSample(256)).toThrow(message)
    expect(() => textDataset('mini', 'abcdef', { tokenizer: 'byte', valFraction: 0.1 }, 8)).toThrow(/there are 6\. Bring more text\.$/)
    expect(() => textDataset('late', TEXT, { tokenizer: 'char', valFraction: 0.9 }, 120)).toThrow('Lower context_length to 98 or less')
  })

  it('names the number of characters that is just enough', () => {
    const enough = 'x'.repeat(2561)
    expect(textDataset('enough', enough, CHAR, 256).heldOutBatch(0, 1, 256).tokens).toHaveLength(256)
    expect(() => textDataset('one less', enough.slice(1), CHAR, 256)).toThrow('2561 characters are needed and there are 2560')
  })

  it('refuses settings that split nothing', () => {
    for (const valFraction of [0, 1, -1, NaN])
      expect(() => textDataset('t', TEXT, { tokenizer: 'char', valFraction })).toThrow(
        `val_fraction is ${valFraction}: it must be over 0 and under 1`,
      )
    expect(() => textDataset('t', TEXT, CHAR, 0)).toThrow('context_length is 0: it must be a whole number of at least 1.')
  })
})

describe('decodeTextFile', () => {
  it('strips the byte order mark and turns CR and CRLF into LF', () => {
    expect(decodeTextFile('a.txt', encode('\ufeffé\r\nb\rc\n'))).toBe('é\nb\nc\n')
  })

  it('refuses binary files and other encodings by name', () => {
    expect(() => decodeTextFile('a.png', Uint8Array.of(137, 80, 0, 1))).toThrow(
      '"a.png" is not a text file: byte 2 is NUL, as in a binary file, not text. Choose a plain text file (.txt, .md, source code). Is it UTF-16? Save it as UTF-8 text and choose it again.',
    )
    for (const mark of [
      [0xff, 0xfe],
      [0xfe, 0xff],
    ])
      expect(() => decodeTextFile('wide.txt', Uint8Array.of(...mark, 97, 98))).toThrow(
        '"wide.txt" is UTF-16 text. Save it as UTF-8 text and choose it again.',
      )
    expect(() => decodeTextFile('latin.txt', Uint8Array.of(99, 233, 10))).toThrow(
      '"latin.txt" is not UTF-8 text. Save it as UTF-8 text and choose it again.',
    )
  })

  it('refuses a text without characters', () => {
    expect(() => decodeTextFile('a', encode('\ufeff'))).toThrow('"a" is empty. Bring a text with at least a few thousand characters.')
    expect(() => decodeTextFile('a', encode(' \n\t'))).toThrow(
      '"a" holds only blanks. Bring a text with at least a few thousand characters.',
    )
  })
})
