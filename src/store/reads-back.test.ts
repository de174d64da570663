import { describe, expect, it } from 'vitest'
import type { CutResult, HeadMeasures } from '../io/recording.ts'
import type { Reads } from '../model/wiring.ts'
import { badgeOf, costliest, cutOf, headRows, headSeries, layerSummaries, measuredHeads, wiredHeads } from './reads-back.ts'

// Layer 0: own. Layer 1: own beside layer 0; wired to layer 0. Layer 2: own beside values from 0 beside layer 1; wired by value.
const READS: Reads = [
  [[[0, 0]], [[0, 0]]],
  [
    [
      [1, 1],
      [0, 0],
    ],
    [[0, 0]],
  ],
  [
    [
      [2, 2],
      [2, 0],
      [1, 1],
    ],
    [[2, 0]],
  ],
]

const measures = (layer: number, head: number, slots: number[], earlier: number, share: number): HeadMeasures => ({
  layer,
  head,
  slots,
  earlier,
  share,
  first: 0.125,
  mass: {},
  mass_values: {},
  entropy: 0.5,
  contribution: 1,
})

const HEADS = [
  measures(0, 0, [1], 0, 0.5),
  measures(0, 1, [1], 0, 0.5),
  measures(1, 0, [0.75, 0.25], 0.25, 0.7),
  measures(1, 1, [1], 1, 0.3),
  measures(2, 0, [0.25, 0.5, 0.25], 0.75, 0.4),
  measures(2, 1, [1], 1, 0.6),
]
const START = [measures(2, 0, [0.3, 0.4, 0.3], 0.7, 0.5), measures(2, 1, [1], 1, 0.45)]
const ROWS = headRows(READS, HEADS, START)

describe('headRows', () => {
  it('tells measured heads by their earlier sources beside chance', () => {
    expect(ROWS[4]).toEqual({
      kind: 'measured',
      layer: 2,
      head: 0,
      slots: READS[2][0],
      earlier: 0.75,
      chance: 2 / 3,
      start: 0.7,
      first: 0.125,
      sources: [
        { slot: [2, 0], label: 'values from layer 0', mass: 0.5 },
        { slot: [1, 1], label: 'layer 1', mass: 0.25 },
      ],
    })
    expect(ROWS[2]).toMatchObject({ kind: 'measured', chance: 0.5, start: null })
  })

  it('tells wired heads by what they give, also where only the values are earlier', () => {
    expect(ROWS[5]).toEqual({
      kind: 'wired',
      layer: 2,
      head: 1,
      slots: [[2, 0]],
      share: 0.6,
      chance: 0.5,
      start: 0.45,
      badge: 'keys from 2, values from 0, by design',
    })
    expect(ROWS[3]).toMatchObject({ kind: 'wired', share: 0.3, start: null })
  })

  it('has nothing to measure in a head that reads its own layer, nor in one that the wiring lacks', () => {
    expect(ROWS[0]).toEqual({ kind: 'own', layer: 0, head: 0, slots: [[0, 0]] })
    expect(headRows([[[[0, 0]]]], HEADS, null).map((row) => row.head)).toEqual([0])
  })
})

describe('ranking', () => {
  it('stays within a kind', () => {
    expect(measuredHeads(ROWS).map(({ layer, head }) => [layer, head])).toEqual([
      [2, 0],
      [1, 0],
    ])
    expect(wiredHeads(ROWS).map(({ layer, head }) => [layer, head])).toEqual([
      [2, 1],
      [1, 1],
    ])
  })

  it('puts equals in the order of the model', () => {
    const equal = headRows(READS, [measures(2, 0, [0.75, 0.25, 0], 0.25, 0.5), HEADS[2]], null)
    expect(measuredHeads(equal).map(({ layer }) => layer)).toEqual([1, 2])
  })
})

describe('badgeOf', () => {
  it('names every source', () => {
    expect(
      badgeOf([
        [1, 1],
        [0, 2],
      ]),
    ).toBe('keys from 1, values from 1; keys from 0, values from 2, by design')
  })
})

describe('layerSummaries', () => {
  it('is the mean of the measured heads of each layer', () => {
    const both = headRows(
      [
        [
          [
            [1, 1],
            [0, 0],
          ],
          [
            [1, 1],
            [1, 0],
          ],
        ],
      ].flatMap((layer) => [[[[0, 0]]], layer]) as Reads,
      [measures(1, 0, [0.75, 0.25], 0.25, 0.5), measures(1, 1, [0.25, 0.75], 0.75, 0.5)],
      null,
    )
    expect(layerSummaries(both)).toEqual([{ layer: 1, heads: 2, earlier: 0.5, chance: 0.5 }])
    expect(layerSummaries(ROWS).map(({ layer }) => layer)).toEqual([1, 2])
  })
})

describe('headSeries', () => {
  const snapshots = [
    { step: 0, heads: START },
    { step: 10, heads: HEADS },
  ]

  it('follows what the kind is ranked by', () => {
    expect(headSeries(snapshots, ROWS[4])).toEqual({ steps: [0, 10], values: [0.7, 0.75] })
    expect(headSeries(snapshots, ROWS[5])).toEqual({ steps: [0, 10], values: [0.45, 0.6] })
  })

  it('leaves out snapshots without the head, and heads with nothing to follow', () => {
    expect(headSeries(snapshots, ROWS[2])).toEqual({ steps: [10], values: [0.25] })
    expect(headSeries(snapshots, ROWS[0])).toEqual({ steps: [], values: [] })
  })
})

describe('cutOf', () => {
  it('is the latest of the head', () => {
    const cut = (layer: number, head: number, step: number): CutResult => ({
      layer,
      head,
      step,
      changes: [],
      loss: 2,
      difference: 0.03,
      interval: 0.01,
      sequences: 32,
    })
    expect(cutOf([cut(2, 0, 10), cut(2, 1, 20), cut(2, 0, 30)], { layer: 2, head: 0 })?.step).toBe(30)
    expect(cutOf([cut(2, 0, 10)], { layer: 1, head: 0 })).toBeNull()
  })
})

describe('costliest', () => {
  const cut = (layer: number, head: number, step: number, difference: number): CutResult => ({
    layer,
    head,
    step,
    changes: [],
    loss: 1,
    difference,
    interval: 0.01,
    sequences: 32,
  })

  it('names the head whose cut cost most, of those that were cut at the newest step', () => {
    const cuts = [cut(1, 0, 20, 0.3), cut(2, 0, 20, 0.1)]
    expect(costliest(measuredHeads(ROWS), cuts)).toMatchObject({ row: { layer: 1, head: 0 }, cut: { difference: 0.3 } })
    expect(costliest(measuredHeads(ROWS), [cut(1, 0, 10, 0.3), cut(2, 0, 20, 0.1)])).toBeNull()
    expect(costliest(measuredHeads(ROWS), [])).toBeNull()
  })

  it('never compares kinds', () => {
    expect(costliest(wiredHeads(ROWS), [cut(1, 0, 20, 0.3), cut(1, 1, 20, 0.1)])).toBeNull()
  })
})
