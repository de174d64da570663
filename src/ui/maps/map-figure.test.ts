import { describe, expect, it } from 'vitest'
import type { ShownMaps } from '../../store/reads-back.ts'
import { entryHex } from './heatmap.ts'
import { mapRows, mapSvg } from './map-figure.ts'

// T = 2, two parts: each row is [own, own, earlier, earlier].
const PATTERN = new Float32Array([0.75, 0, 0.25, 0, 0.25, 0.25, 0.5, 0])
const MAPS: ShownMaps = {
  step: 250,
  labels: ['<', 'b'],
  reads: [
    [[[0, 0]]],
    [
      [
        [1, 1],
        [1, 0],
      ],
    ],
  ],
  patterns: [[new Float32Array([1, 0, 0.5, 0.5])], [PATTERN]],
}

describe('mapRows', () => {
  it('has a row for each pair that can be read, part after part', () => {
    const rows = mapRows(MAPS, 1, 0)
    expect(rows.map((row) => row.probability)).toEqual([0.75, 0.25, 0.25, 0.25, 0.5, 0])
    expect(rows[4]).toEqual({
      step: 250,
      layer: 1,
      head: 0,
      query_position: 1,
      query: 'b',
      key_position: 0,
      key: '<',
      key_layer: 1,
      value_layer: 0,
      probability: 0.5,
    })
  })

  it('turns bytes back', () => {
    const rows = mapRows({ ...MAPS, patterns: [[Uint8Array.from([255, 0, 128, 128])]] }, 0, 0)
    expect(rows.map((row) => row.probability)).toEqual([1, (128 / 255) ** 2, (128 / 255) ** 2])
  })
})

describe('mapSvg', () => {
  it('draws equal neighbours as one run, names its parts with their totals, and escapes tokens', () => {
    const svg = mapSvg(MAPS, 1, 0)
    expect(svg).toContain('Layer 1, head 0, after 250 steps')
    // The mean of 0.75 and 0.5, of 0.25 and 0.5.
    expect(svg).toContain('>this layer 63 %<')
    expect(svg).toContain('>values from layer 0 38 %<')
    expect(svg).toContain('>&lt;<')
    // Cells are 16 pixels; the second row's two of a quarter are one run of 32, in the colour that also the first row's second part has.
    expect(svg).toContain(`<path fill="${entryHex(128, 'light')}" d="M60 80h32v16h-32zM102 64h16v16h-16z"/>`)
  })
})
