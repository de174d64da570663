import { expect, test } from 'vitest'
import { invocationsOf, PART_STEP, TILES } from './tiles.ts'

test('a part of a split sum is whole slices of every tile', () => {
  for (const [name, tile] of Object.entries(TILES)) if (tile) expect(PART_STEP % tile.depth, name).toBe(0)
})

test('the invocations of a tile read a slice in whole vectors, as many each', () => {
  for (const [name, tile] of Object.entries(TILES)) {
    if (!tile) continue
    const invocations = invocationsOf(tile)
    // Vectors of one k that are read at once: WIDE in shaders/product_tiled.wgsl.
    const wide = invocations / tile.depth
    expect([wide % 1, (invocations / (tile.depth / 4)) % 1], name).toEqual([0, 0])
    for (const length of [tile.rows, tile.columns]) {
      expect((length / 4) % wide, name).toBe(0)
      expect(((length * tile.depth) / 4) % invocations, name).toBe(0)
    }
  }
})
