import { describe, expect, test } from 'vitest'
import type { Slot } from '../../model/wiring.ts'
import { idleProjections } from '../../model/wiring-cost.ts'
import { namedWiring } from '../../model/wiring.ts'
import { cellLabel, cellText, idleLines, listed, ranges } from './labels.ts'

test.each<[Slot[], string]>([
  [[[3, 3]], '3'],
  [
    [
      [3, 3],
      [2, 2],
    ],
    '3 2',
  ],
  [
    [
      [11, 11],
      [10, 10],
    ],
    '11 10',
  ],
  [
    [
      [3, 3],
      [2, 2],
      [1, 1],
    ],
    '3–1',
  ],
  [
    [
      [5, 5],
      [3, 3],
      [1, 1],
    ],
    '5 3 1',
  ],
  [
    [
      [11, 11],
      [9, 9],
      [1, 1],
    ],
    '11 +2',
  ],
  [[[3, 0]], '3/0'],
  [[[11, 10]], '11/10'],
  [
    [
      [3, 0],
      [3, 3],
      [2, 2],
    ],
    '3/0 +2',
  ],
])('%j is shown as "%s"', (slots, due) => expect(cellText(slots)).toBe(due))

test('lists and ranges', () => {
  expect([[], [1], [1, 0], [3, 2, 1]].map(listed)).toEqual(['', '1', '1 and 0', '3, 2 and 1'])
  expect([[4], [0, 1], [0, 1, 2, 5], [0, 2, 3, 4]].map(ranges)).toEqual(['4', '0 and 1', '0–2 and 5', '0 and 2–4'])
})

describe('a cell in words', () => {
  test.each<[number, Slot[], string]>([
    [1, [[1, 1]], 'Layer 1, head 2: keys and values from its own layer 1. Own layer: reads its own layer alone.'],
    [
      2,
      [
        [2, 2],
        [0, 0],
      ],
      'Layer 2, head 2: keys and values from its own layer 2; keys and values from layer 0. Measured: has a choice between its own layer and earlier ones.',
    ],
    [3, [[3, 0]], 'Layer 3, head 2: keys from its own layer 3 with values from layer 0. Wired: reads earlier layers by design.'],
  ])('of layer %i with %j', (layer, slots, due) => expect(cellLabel(layer, 2, slots)).toBe(due))
})

describe('what nobody reads', () => {
  const size = { n_layers: 4, n_heads: 4 }
  const linesOf = (name: string, options: object, kv = 4): string[] =>
    idleLines(idleProjections(namedWiring(name, size, options), { n_heads: 4, n_kv_heads: kv }), { kv, query: 4 })

  test('layers that are alike share a line', () => {
    expect(linesOf('skip', {})).toEqual(['Layers 2 and 3: keys and values of heads 2 and 3'])
    expect(linesOf('values-from-first', { heads: 1 })).toEqual(['Layers 1–3: values of head 3'])
    expect(linesOf('shared', { group: 3 })).toEqual(['Layers 1 and 2: keys and values of all heads'])
    expect(linesOf('standard', {})).toEqual([])
  })

  test('key/value heads are called so where query heads share them', () => {
    expect(linesOf('skip', {}, 2)).toEqual(['Layers 2 and 3: keys and values of key/value head 1'])
  })

  test('keys and values apart', () => {
    const idle = [
      { layer: 1, kvHead: 0, part: 'keys' as const },
      { layer: 1, kvHead: 3, part: 'values' as const },
    ]
    expect(idleLines(idle, { kv: 4, query: 4 })).toEqual(['Layer 1: keys of head 0 and values of head 3'])
  })
})
