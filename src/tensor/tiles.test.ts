import { expect, test } from 'vitest'
import { PART_STEP, TILES } from './tiles.ts'

test('a part of a split sum is whole slices of every tile', () => {
  for (const [name, tile] of Object.entries(TILES)) if (tile) expect(PART_STEP % tile.depth, name).toBe(0)
})
