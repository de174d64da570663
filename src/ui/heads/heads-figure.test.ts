import { describe, expect, it } from 'vitest'
import type { CutResult } from '../../io/recording.ts'
import type { HeadRow } from '../../store/reads-back.ts'
import { readsBackRows, squaresSvg } from './heads-figure.ts'

const ROWS: HeadRow[] = [
  { kind: 'own', layer: 0, head: 0, slots: [[0, 0]] },
  {
    kind: 'measured',
    layer: 1,
    head: 0,
    slots: [
      [1, 1],
      [0, 0],
    ],
    earlier: 0.75,
    chance: 0.5,
    start: 0.5,
    first: 0.1,
    sources: [{ slot: [0, 0], label: 'layer 0', mass: 0.75 }],
  },
  {
    kind: 'wired',
    layer: 1,
    head: 1,
    slots: [[1, 0]],
    share: 0.4,
    chance: 0.5,
    start: null,
    badge: 'keys from 1, values from 0, by design',
  },
]
const CUT: CutResult = { layer: 1, head: 0, step: 200, changes: [], loss: 2, difference: 0.03, interval: 0.01, sequences: 32 }

describe('readsBackRows', () => {
  it('keeps the kinds apart, with the cut of a head beside it', () => {
    const [own, measured, wired] = readsBackRows(ROWS, [CUT], 250)
    expect(own).toMatchObject({ kind: 'own', reads: '[0, 0]', earlier: null, share: null, chance: null, cut_difference: null })
    expect(measured).toEqual({
      step: 250,
      layer: 1,
      head: 0,
      kind: 'measured',
      reads: '[1, 1] [0, 0]',
      earlier: 0.75,
      share: null,
      chance: 0.5,
      at_start: 0.5,
      first_token: 0.1,
      cut_difference: 0.03,
      cut_interval: 0.01,
      cut_sequences: 32,
      cut_step: 200,
    })
    expect(wired).toMatchObject({ kind: 'wired', earlier: null, share: 0.4, at_start: null, first_token: null })
  })
})

describe('squaresSvg', () => {
  it('fills a measured head from below, with a line at chance, and draws the top layer first', () => {
    const svg = squaresSvg(ROWS, 250)
    // The square of layer 1, head 0 begins at (72, 72) and is 56 high: three quarters are 42.
    expect(svg).toContain('<rect x="72" y="86" width="56" height="42" fill="#8cc4ea"/>')
    expect(svg).toContain('<line x1="72" x2="128" y1="100" y2="100"')
    expect(svg).toContain('>↓0<')
    expect(svg).toContain('>own<')
    expect(svg).toContain('Filled: the part of its attention paid to an earlier layer. Line: what chance would give.')
  })
})
