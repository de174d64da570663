import { describe, expect, it } from 'vitest'
import { namedWiring } from '../model/wiring.ts'
import { afterWords, byWeight, depthName, partName, pushes, signed, type Contribution } from './lens-words.ts'

const reads = namedWiring('joint', { n_layers: 2, n_heads: 1 })
const contributions: Contribution[] = [
  { part: 'embedding', layer: 0, value: 0.1 },
  { part: 'values', layer: 0, head: 0, slot: 0, value: 0.2 },
  { part: 'mlp', layer: 0, value: -1 },
  ...reads[1][0].map((_, slot): Contribution => ({ part: 'values', layer: 1, head: 0, slot, value: 0.5 + slot })),
  { part: 'mlp', layer: 1, value: 0.25 },
]

describe('the lens in words', () => {
  it('names depths and parts', () => {
    expect(depthName({ after: 'embedding', layer: 0 })).toBe('Embedding')
    expect(depthName({ after: 'attn', layer: 1 })).toBe('Layer 1: attention')
    const back = reads[1][0].findIndex(([, source]) => source === 0)
    const own = reads[1][0].findIndex(([, source]) => source === 1)
    const names = contributions.map((one) => partName(one, reads))
    expect(names[3 + back]).toBe('Layer 1, head 0: values of layer 0')
    expect(names[3 + own]).toBe('Layer 1, head 0: values of its own layer')
    expect(names[2]).toBe('Layer 0: MLP')
  })

  it('takes parts together, and leaves out what there is none of', () => {
    const back = reads[1][0].findIndex(([, source]) => source === 0)
    expect(pushes({ contributions }, reads)).toEqual([
      { title: 'heads through values of earlier layers', value: 0.5 + back },
      { title: 'heads through values of their own layer', value: 0.2 + 0.5 + (1 - back) },
      { title: 'MLPs', value: -0.75 },
      { title: 'the embedding', value: 0.1 },
    ])
  })

  it('puts what pushed most first, either way', () =>
    expect(byWeight(contributions).map(({ value }) => value)).toEqual([1.5, -1, 0.5, 0.25, 0.2, 0.1]))

  it('writes signs, and no sign where nothing is left', () => expect([1.234, -0.5, -0.001].map(signed)).toEqual(['+1.23', '−0.50', '0.00']))

  it('keeps ends of lines in the line', () => expect(afterWords('…one\ntwo')).toBe('after “…one⏎two”'))
})
