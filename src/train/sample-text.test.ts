import { describe, expect, it } from 'vitest'
import { byteTokenizer, charTokenizer } from '../data/tokenizer.ts'
import { likeliest, probabilityOf, sampleToken } from '../model/sample.ts'
import { encodePrompt, sampleText, sampleTokens, type GeneratedPiece, type Sampling, type Writer } from './sample-text.ts'

/** A model that holds each next id of a list far likelier than all others. */
function reciter(ids: number[], vocabulary: number): Writer {
  return {
    write: async function* (_prompt, { tokens, known, draw, ...how }) {
      for (let i = 0; i < tokens; i++) {
        const logits = new Float32Array(vocabulary)
        logits[ids[i]] = 2
        const among = logits.subarray(0, known)
        const id = sampleToken(among, how, draw(i))
        yield { id, probability: probabilityOf(among, id), likeliest: likeliest(among, 5) }
      }
    },
  }
}

const greedy = (tokens: number): Sampling => ({ tokens, temperature: 0, topK: 0, topP: 1, seed: 1 })

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

describe('sampleText', () => {
  it('gives a piece a character, with the plain probability and the likeliest five', async () => {
    const tokenizer = charTokenizer('abcdefg')
    const pieces = await collect(sampleText(reciter([2, 0, 3], 7), tokenizer, 'ba', greedy(3)))
    expect(pieces.map(({ text }) => text)).toEqual(['c', 'a', 'd'])
    const likely = Math.exp(2) / (Math.exp(2) + 6)
    expect(pieces[0].probability).toBeCloseTo(likely, 6)
    expect(pieces[0].alternatives.map(({ label }) => label)).toEqual(['c', 'a', 'b', 'd', 'e'])
    expect(pieces[0].alternatives[0].probability).toBeCloseTo(likely, 6)
  })

  it('holds back bytes that are no whole character yet', async () => {
    const bytes = Array.from(new TextEncoder().encode('é€x'))
    const texts = (pieces: GeneratedPiece[]) => pieces.map(({ text }) => text)
    expect(texts(await collect(sampleText(reciter(bytes, 256), byteTokenizer(), 'a', greedy(6))))).toEqual(['é', '€', 'x'])
    // Cut in the middle of a character, the rest is shown as what it is.
    expect(texts(await collect(sampleText(reciter(bytes, 256), byteTokenizer(), 'a', greedy(4))))).toEqual(['é', '\uFFFD'])
  })

  it('never chooses what the tokenizer cannot write', async () => {
    const pieces = await collect(sampleText(reciter([8, 8], 9), charTokenizer('ab'), 'a', greedy(2)))
    expect(pieces.map(({ text, alternatives }) => [text, alternatives.length])).toEqual([
      ['a', 2],
      ['a', 2],
    ])
  })
})

it('a seed gives the same tokens, another seed others', async () => {
  const run = (seed: number) => {
    return collect(
      sampleTokens(reciter(new Array<number>(20).fill(0), 50), [1], 50, { tokens: 20, temperature: 1, topK: 0, topP: 1, seed }),
    )
  }
  const ids = async (seed: number) => (await run(seed)).map(({ id }) => id)
  expect(await ids(1)).toEqual(await ids(1))
  expect(await ids(1)).not.toEqual(await ids(2))
})

it('an empty prompt is refused', () => {
  expect(() => encodePrompt(byteTokenizer(), '')).toThrow('The prompt is empty')
})
