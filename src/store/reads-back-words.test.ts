import { describe, expect, it } from 'vitest'
import type { MeasuredHead } from './reads-back.ts'
import { chanceWords, cutNumbers, cutWords, leadingWords, tellHead, verdictOf } from './reads-back-words.ts'

const HEAD: MeasuredHead = {
  kind: 'measured',
  layer: 2,
  head: 1,
  slots: [
    [2, 2],
    [1, 1],
  ],
  earlier: 0.7149,
  chance: 0.5,
  start: 0.52,
  first: 0.1,
  sources: [{ slot: [1, 1], label: 'layer 1', mass: 0.7149 }],
}

describe('sentences on a head', () => {
  it('tell a head with one earlier source', () => {
    expect(leadingWords(HEAD)).toBe('71 % to layer 1 (chance 50 %)')
    expect(tellHead(HEAD)).toBe('Layer 2, head 1: 71 % to layer 1 (chance 50 %; 52 % at step 0)')
    expect(tellHead(HEAD, 200)).toContain('52 % at step 200')
    expect(tellHead({ ...HEAD, start: null })).toBe('Layer 2, head 1: 71 % to layer 1 (chance 50 %)')
  })

  it('part the sum over several sources', () => {
    const sources: MeasuredHead['sources'] = [
      { slot: [1, 1], label: 'layer 1', mass: 0.4 },
      { slot: [2, 0], label: 'values from layer 0', mass: 0.3149 },
    ]
    expect(leadingWords({ ...HEAD, sources, chance: 2 / 3 })).toBe(
      '71 % to earlier layers (40 % to layer 1, 31 % to values from layer 0) (chance 67 %)',
    )
  })

  it('name the heaviest of many sources', () => {
    const masses = [0.1, 0.25, 0.05, 0.3]
    const sources = masses.map((mass, i): MeasuredHead['sources'][number] => ({ slot: [3 - i, 3 - i], label: `layer ${3 - i}`, mass }))
    expect(leadingWords({ ...HEAD, layer: 4, sources, earlier: 0.7, chance: 0.8 })).toBe(
      '70 % to earlier layers (30 % to layer 0, 25 % to layer 2, 15 % to 2 others) (chance 80 %)',
    )
  })

  it('tell the other kinds apart', () => {
    expect(tellHead({ kind: 'own', layer: 0, head: 3, slots: [[0, 0]] })).toBe('Layer 0, head 3: reads its own layer only')
    const wired = {
      kind: 'wired',
      layer: 2,
      head: 3,
      slots: [],
      share: 0.31,
      chance: 0.25,
      start: 0.25,
      badge: 'keys from 0, values from 0, by design',
    } as const
    expect(tellHead({ ...wired, slots: [[0, 0]] })).toBe(
      'Layer 2, head 3: keys from 0, values from 0, by design. Gives 31 % of its layer’s output (chance 25 %; 25 % at step 0)',
    )
  })
})

describe('chanceWords', () => {
  it('agrees with the rounded numbers beside it', () => {
    expect(chanceWords({ earlier: 0.714, chance: 0.5 })).toBe('21 points above chance')
    expect(chanceWords({ earlier: 0.494, chance: 0.5 })).toBe('1 point below chance')
    expect(chanceWords({ earlier: 0.503, chance: 0.5 })).toBe('As much as chance')
  })
})

describe('a cut', () => {
  it('shows as many decimals as its interval bears', () => {
    expect(cutNumbers({ difference: 0.0312, interval: 0.0104 })).toBe('+0.03 ± 0.01 nats')
    expect(cutNumbers({ difference: -0.00123, interval: 0.0004 })).toBe('−0.0012 ± 0.0004 nats')
    expect(cutNumbers({ difference: 0.5, interval: 0.2 })).toBe('+0.50 ± 0.20 nats')
    expect(cutNumbers({ difference: 0.000001, interval: 0.001 })).toBe('0.000 ± 0.001 nats')
    expect(cutNumbers({ difference: 0, interval: 0 })).toBe('0.0000 ± 0.0000 nats')
  })

  it('matters only when its interval leaves out zero', () => {
    expect(verdictOf({ difference: 0.03, interval: 0.01 })).toBe('hurts')
    expect(verdictOf({ difference: -0.03, interval: 0.01 })).toBe('helps')
    expect(verdictOf({ difference: 0.01, interval: 0.01 })).toBe('unclear')
    expect(cutWords({ difference: 0.0312, interval: 0.0104 })).toBe(
      'Cutting it hurts: held-out loss rises by 0.03 ± 0.01 nats, so this model relies on it.',
    )
    expect(cutWords({ difference: -0.0312, interval: 0.0104 })).toBe('Cutting it helps: held-out loss falls by 0.03 ± 0.01 nats.')
    expect(cutWords({ difference: 0.001, interval: 0.01 })).toBe('Cutting it changes nothing that can be told from no change.')
  })
})
