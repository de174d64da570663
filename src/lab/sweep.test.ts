import { describe, expect, it } from 'vitest'
import { namedWiring } from '../model/wiring.ts'
import { closeChanges, controlOf, sweepChanges } from './sweep.ts'

const reads = namedWiring('joint', { n_layers: 4, n_heads: 2 })

describe('sweepChanges', () => {
  it('takes every head in turn', () => {
    expect(sweepChanges({ reads }, 'zero')).toHaveLength(8)
    expect(sweepChanges({ reads }, 'zero')[3]).toEqual({ layer: 1, head: 1, changes: [{ ablate: [1, 1], with: 'zero' }] })
    expect(sweepChanges({ reads }, 'cut')[3].changes).toEqual([{ close: [1, 1, 1] }])
    expect(sweepChanges({ reads }, 'cut')[0].changes).toEqual([{ ablate: [0, 0], with: 'mean' }])
  })
})

describe('closeChanges', () => {
  it('takes every source of the heads that have more than one', () => {
    // Layer 0 reads itself alone; three layers of two heads have two sources.
    const closed = closeChanges(reads)
    expect(closed).toHaveLength(12)
    expect(closed[3]).toEqual({ layer: 1, head: 1, slot: 1, changes: [{ close: [1, 1, 1] }] })
  })
})

describe('controlOf', () => {
  it('swaps to the nearest layer that neither reads', () => {
    // Layer 3 reads 3 and 2; it is given 0: 1 is left.
    expect(controlOf([{ swap: [3, 0], reads: [[0, 0]] }], reads)).toEqual([{ swap: [3, 0], reads: [[1, 1]] }])
  })

  it('keeps what is the head’s own, and the other changes', () => {
    const changes = [{ drop: ['mlp', 0] as ['mlp', number] }, { swap: [3, 1] as [number, number], reads: [[3, 0] as [number, number]] }]
    expect(controlOf(changes, reads)).toEqual([{ drop: ['mlp', 0] }, { swap: [3, 1], reads: [[3, 1]] }])
  })

  it('is none where no layer is left, and where nothing is swapped', () => {
    expect(controlOf([{ swap: [1, 0], reads: [[0, 0]] }], reads)).toBeUndefined()
    expect(controlOf([{ ablate: [1, 0], with: 'zero' }], reads)).toBeUndefined()
  })
})
