import { describe, expect, it } from 'vitest'
import type { HeadMeasures } from '../io/recording.ts'
import type { Reads } from '../model/wiring.ts'
import { depthMove, depthReaders, depthRows, effectReach, sortReaders, tellingPart, type DepthReader } from './depth-map.ts'
import { depthSummary, tellMark, tellReader } from './depth-words.ts'
import { labRows } from './lab-rows.ts'

const measures = (layer: number, head: number, more: Partial<HeadMeasures>): HeadMeasures => ({
  layer,
  head,
  mass: { [layer]: 1 },
  mass_values: { [layer]: 1 },
  slots: [],
  earlier: 0,
  first: 0,
  entropy: 0,
  contribution: 0,
  share: 0.5,
  ...more,
})

/** Of each layer two heads: own alone; a choice of two, keys of its own with values from 0; a choice of three of which two slots are of one layer, wired to 1. */
const READS: Reads = [
  [[[0, 0]], [[0, 0]]],
  [
    [
      [1, 1],
      [0, 0],
    ],
    [[1, 0]],
  ],
  [
    [
      [2, 2],
      [0, 0],
      [0, 1],
    ],
    [[1, 1]],
  ],
]
const HEADS = [
  measures(0, 0, {}),
  measures(0, 1, {}),
  measures(1, 0, { mass: { '0': 0.3, '1': 0.7 }, mass_values: { '0': 0.3, '1': 0.7 }, earlier: 0.3, share: 0.25 }),
  measures(1, 1, { mass: { '1': 1 }, mass_values: { '0': 1 }, earlier: 1, share: 0.75 }),
  measures(2, 0, { mass: { '0': 0.88, '2': 0.12 }, mass_values: { '0': 0.48, '1': 0.4, '2': 0.12 }, earlier: 0.88, share: 0.4 }),
  measures(2, 1, { mass: { '1': 1 }, mass_values: { '1': 1 }, earlier: 1, share: 0.6 }),
]
const effect = (layer: number, head: number, difference: number) => ({
  layer,
  head,
  step: 3,
  changes: [],
  loss: 2,
  difference,
  interval: 0.05,
  sequences: 32,
})
const rows = labRows(READS, HEADS, null, { about: 'sweep', sweep: 'mean', heads: [effect(2, 0, 0.31), effect(1, 0, -0.4)] })
const unswept = labRows(READS, HEADS, null, null)
const readers = depthReaders(rows, 'keys', 'mass')
const names = (all: DepthReader[]) => all.map(({ row }) => `${row.layer}.${row.head}`)

describe('the marks of the depth map', () => {
  it('are one for each layer that is read, with chance only where there is a choice', () => {
    expect(readers[4].marks).toEqual([
      { source: 0, mass: 0.88, chance: 2 / 3, amount: 0.88, chanceAmount: 2 / 3, closed: null },
      { source: 2, mass: 0.12, chance: 1 / 3, amount: 0.12, chanceAmount: 1 / 3, closed: null },
    ])
    expect(readers[5].marks).toEqual([{ source: 1, mass: 1, chance: null, amount: 1, chanceAmount: null, closed: null }])
    expect(readers[3].marks.map(({ source }) => source)).toEqual([1])
  })

  it('are of values, and weighed by the share of the output, where that is asked for', () => {
    const values = depthReaders(rows, 'values', 'output')
    expect(values[3].marks).toEqual([{ source: 0, mass: 1, chance: null, amount: 0.75, chanceAmount: null, closed: null }])
    expect(values[4].marks.map(({ source }) => source)).toEqual([0, 1, 2])
    expect(values[4].marks[1]).toMatchObject({ mass: 0.4, amount: 0.4 * 0.4, chanceAmount: (1 / 3) * 0.4 })
  })

  it('know what closing their one source does', () => {
    const closed = [0, 1, 2].map((slot) => ({ ...effect(2, 0, 0.1 * (slot + 1)), slot }))
    const [own, two] = [2, 0].map((source) => depthReaders(rows, 'keys', 'mass', closed)[4].marks.find((mark) => mark.source === source))
    expect(own?.closed).toBe(closed[0])
    // Keys of layer 0 come with two slots: neither alone is what the mark stands for.
    expect(two?.closed).toBeNull()
    const byValues = depthReaders(rows, 'values', 'mass', closed)
    expect(byValues[4].marks.map((mark) => mark.closed)).toEqual([closed[1], closed[2], closed[0]])
    expect(effectReach(byValues, 'source')).toBeCloseTo(0.3, 12)
    expect(effectReach(byValues, 'head')).toBe(0.4)
    expect(tellMark(byValues[4], byValues[4].marks[0])).toMatch(/; with this source alone closed the loss rises by 0.20 ± 0.05 nats$/)
  })

  it('are of values by themselves where keys tell nothing', () => {
    expect(tellingPart(rows)).toBe('keys')
    expect(tellingPart(rows.filter(({ kind }) => kind === 'own'))).toBe('keys')
    expect(tellingPart(rows.filter(({ layer, head }) => layer === 0 || (layer === 1 && head === 1)))).toBe('values')
  })

  it('are a row each of the table', () => {
    const table = depthRows(readers, 40, 'keys')
    expect(table).toHaveLength(8)
    expect(table[5]).toMatchObject({
      layer: 2,
      head: 0,
      source_layer: 0,
      wired: 0,
      mass: 0.88,
      mass_times_share: 0.88 * 0.4,
      loss_change: 0.31,
    })
    expect(table[7]).toMatchObject({ layer: 2, head: 1, source_layer: 1, wired: 1, chance: null, loss_change: null })
  })
})

describe('readers', () => {
  it('come by depth, by attention with those by design apart, and by change of loss with the unknown last', () => {
    const mixed = sortReaders(readers, 'effect')
    expect(names(mixed)).toEqual(['2.0', '1.0', '0.0', '0.1', '1.1', '2.1'])
    expect(names(sortReaders(mixed, 'depth'))).toEqual(['0.0', '0.1', '1.0', '1.1', '2.0', '2.1'])
    expect(names(sortReaders(readers, 'earlier'))).toEqual(['2.0', '1.0', '1.1', '2.1', '0.0', '0.1'])
    expect(effectReach(readers, 'head')).toBe(0.4)
    const costly = labRows(READS, HEADS, null, {
      about: 'sweep',
      sweep: 'mean',
      heads: [effect(0, 0, 3), effect(1, 0, 0.2), effect(2, 0, 0.01)],
    })
    expect(effectReach(depthReaders(costly, 'keys', 'mass'), 'head')).toBe(0.2)
    const own = labRows(READS, HEADS, null, { about: 'sweep', sweep: 'mean', heads: [effect(0, 0, 3), effect(1, 0, 0.01)] })
    expect(effectReach(depthReaders(own, 'keys', 'mass'), 'head')).toBe(3)
    expect(effectReach(depthReaders(unswept, 'keys', 'mass'), 'head')).toBeNull()
  })

  it('are gone through by keyboard, to the nearest source of the next', () => {
    expect(depthMove(readers, { reader: 4, mark: 1 }, 'ArrowDown')).toEqual({ reader: 5, mark: 0 })
    expect(depthMove(readers, { reader: 5, mark: 0 }, 'ArrowDown')).toEqual({ reader: 5, mark: 0 })
    expect(depthMove(readers, { reader: 3, mark: 0 }, 'ArrowUp')).toEqual({ reader: 2, mark: 1 })
    expect(depthMove(readers, { reader: 2, mark: 0 }, 'ArrowLeft')).toEqual({ reader: 2, mark: 0 })
    expect(depthMove(readers, { reader: 2, mark: 0 }, 'End')).toEqual({ reader: 2, mark: 1 })
    expect(depthMove(readers, { reader: 2, mark: 0 }, 'x')).toBeUndefined()
  })
})

describe('the words of the depth map', () => {
  it('sum it up by the head that costs most, and before that by the one that reads back most', () => {
    expect(depthSummary(readers)).toBe(
      'Layer 2, head 0 reads 88 % of its attention from layer 0 (chance 67 %); without the head the loss rises by 0.31 ± 0.05 nats.',
    )
    expect(depthSummary(depthReaders(unswept, 'keys', 'mass'))).toMatch(/^Layer 2, head 0 reads 88 % .*has not been measured yet\.$/)
    const harmless = labRows(READS, HEADS, null, { about: 'sweep', sweep: 'mean', heads: [effect(1, 0, 0.04), effect(2, 0, -0.2)] })
    expect(depthSummary(depthReaders(harmless, 'keys', 'mass'))).toMatch(
      /^Layer 2, head 0 .*without the head the loss falls by 0.20 ± 0.05 nats\.$/,
    )
    expect(depthSummary(depthReaders(unswept.slice(0, 2), 'keys', 'mass'))).toMatch(/^Every head reads its own layer alone/)
    expect(depthSummary(depthReaders(unswept.slice(5), 'keys', 'mass'))).toMatch(
      /^Layer 2, head 1 reads layer 1 and nothing else, by design/,
    )
  })

  it('tell a mark and a reader', () => {
    expect(tellMark(readers[2], readers[2].marks[0])).toBe(
      'Layer 1, head 0: 30 % from layer 0 (chance 50 %); it gives 25 % of its layer’s output; without the head the loss falls by 0.40 ± 0.05 nats',
    )
    expect(tellReader(readers[5])).toBe(
      'Layer 2, head 1: all from layer 1, by design; it gives 60 % of its layer’s output; what it is worth has not been measured yet',
    )
  })
})
