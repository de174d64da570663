import { describe, expect, it } from 'vitest'
import { dropChanges, dropOrder } from './drops.ts'

const scores = [
  { layer: 0, attn: 0.5, mlp: 0.9, block: 1 },
  { layer: 1, attn: 0.1, mlp: 0.1, block: 0.2 },
  { layer: 2, attn: 0.3, mlp: 0.2, block: 0.2 },
]
const named = (order: 'attn' | 'mlp' | 'joint' | 'block') => dropOrder(scores, order).map(({ what, layer }) => `${what} ${layer}`)

describe('dropOrder', () => {
  it('goes from the lowest score up', () => {
    expect(named('attn')).toEqual(['attn 1', 'attn 2', 'attn 0'])
    expect(named('mlp')).toEqual(['mlp 1', 'mlp 2', 'mlp 0'])
    expect(named('block')).toEqual(['block 1', 'block 2', 'block 0'])
    expect(named('joint')).toEqual(['attn 1', 'mlp 1', 'mlp 2', 'attn 2', 'attn 0', 'mlp 0'])
  })
})

it('a block is both of its sublayers', () => {
  expect(dropChanges(dropOrder(scores, 'block').slice(0, 1))).toEqual([{ drop: ['attn', 1] }, { drop: ['mlp', 1] }])
  expect(dropChanges(dropOrder(scores, 'joint').slice(0, 2))).toEqual([{ drop: ['attn', 1] }, { drop: ['mlp', 1] }])
})
