import { describe, expect, test } from 'vitest'
import { namedWiring } from '../../model/wiring.ts'
import { arcPath, arcsOf, dotX, layersRead, rowY, strokeWidth, thickest, wiringRows } from './arcs.ts'

const size = { n_layers: 4, n_heads: 4 }

describe('arcs', () => {
  test('a layer that reads itself has none; heads that read alike are one', () => {
    expect(arcsOf(namedWiring('standard', size))).toEqual([])
    expect(arcsOf(namedWiring('skip', size))).toEqual([
      { reader: 2, source: 0, part: 'both', kind: 'wired', heads: 2 },
      { reader: 3, source: 1, part: 'both', kind: 'wired', heads: 2 },
    ])
    expect(arcsOf(namedWiring('joint', size)).map(({ kind, heads }) => `${kind} ${heads}`)).toEqual([
      'measured 4',
      'measured 4',
      'measured 4',
    ])
  })

  test('keys and values apart are two arcs, and only what is earlier is one; the longest come first', () => {
    const reads = namedWiring('standard', size)
    reads[3][0] = [[2, 0]]
    reads[3][1] = [[3, 1]]
    expect(arcsOf(reads)).toEqual([
      { reader: 3, source: 0, part: 'values', kind: 'wired', heads: 1 },
      { reader: 3, source: 1, part: 'values', kind: 'wired', heads: 1 },
      { reader: 3, source: 2, part: 'keys', kind: 'wired', heads: 1 },
    ])
    expect(arcsOf(reads, { layer: 3, head: 1 })).toHaveLength(1)
    expect(arcsOf(reads, { layer: 2, head: 1 })).toEqual([])
  })

  test('a source that is listed twice is one head', () => {
    const reads = namedWiring('joint', size)
    reads[1][0] = [
      [1, 1],
      [0, 0],
      [0, 0],
    ]
    expect(arcsOf(reads, { layer: 1, head: 0 })).toMatchObject([{ heads: 1 }])
  })

  test('layers that nobody reads', () => {
    expect([...layersRead(namedWiring('shared', size))].sort()).toEqual([0, 2])
  })
})

describe('where they are drawn', () => {
  const space = { layers: 4, heads: 4, width: 80, row: 36 }
  test('the top layer is on top', () => expect([3, 0].map((layer) => rowY(space, layer))).toEqual([18, 126]))

  test.each([2, 4, 12])('every arc of %i layers lies within the drawing', (layers) => {
    const own = { ...space, layers, width: 48 + 8 * layers }
    const outermost: number[] = []
    for (const arc of arcsOf(namedWiring('all-earlier', { n_layers: layers, n_heads: 4 }))) {
      const [x, from, control] =
        arcPath(arc, own)
          .match(/-?[\d.]+/g)
          ?.map(Number) ?? []
      expect([x, from]).toEqual([dotX(own), rowY(own, arc.reader)])
      // Where a cubic between two equal control points lies furthest out.
      outermost.push(x - 0.75 * (x - control))
    }
    expect(Math.min(...outermost)).toBeGreaterThan(3)
  })

  test('more heads are thicker, and many arcs at one layer thinner', () => {
    const few = arcsOf(namedWiring('skip', size))
    expect(thickest(few)).toBe(6)
    expect(strokeWidth(few[0], space, 6)).toBe(3.5)
    expect(thickest(arcsOf(namedWiring('all-earlier', { n_layers: 12, n_heads: 12 })))).toBeLessThan(2)
  })
})

test('the table has a row for each source', () => {
  expect(
    wiringRows([
      [[[0, 0]]],
      [
        [
          [1, 1],
          [1, 0],
        ],
      ],
    ]),
  ).toEqual([
    { layer: 0, head: 0, key_layer: 0, value_layer: 0 },
    { layer: 1, head: 0, key_layer: 1, value_layer: 1 },
    { layer: 1, head: 0, key_layer: 1, value_layer: 0 },
  ])
})
