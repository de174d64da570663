import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../gpu/device.ts'
import { tileBytes, tileConstants, tileFor, tilesOf, type TiledPass } from './attention-tiles.ts'

const PASSES: TiledPass[] = ['forward', 'backward_q', 'backward_kv', 'gather_q']
const WIDTHS = [1, 4, 8, 16, 20, 32, 33, 64, 80, 128, 256]
const { workgroupBytes } = DEFAULT_LIMITS

describe('tiles of attention', () => {
  test('what a device has decides: subgroups first, then workgroup memory', () => {
    const of = (limits: { workgroupBytes: number; subgroup?: number }) => tileFor('forward', 64, limits)
    expect(of({ workgroupBytes: 49152, subgroup: 32 })).toMatchObject({ subgroups: true, rows: 64, columns: 64 })
    expect(of({ workgroupBytes, subgroup: 32 })).toEqual(of({ workgroupBytes: 49152, subgroup: 32 }))
    expect(of({ workgroupBytes: 49152, subgroup: 0 })).toMatchObject({ subgroups: false, rows: 64, columns: 64 })
    expect(of({ workgroupBytes })).toMatchObject({ subgroups: false, rows: 32, columns: 16 })
    // Two rows of eight do not fit a subgroup of eight lanes, two of four do.
    expect(of({ workgroupBytes, subgroup: 8 })).toMatchObject({ subgroups: false })
    expect(tileFor('forward', 32, { workgroupBytes, subgroup: 8 })).toMatchObject({ subgroups: true, across: 4 })
    expect(tileFor('backward_q', 64, { workgroupBytes, subgroup: 32 })).toMatchObject({ subgroups: false })
    expect(tilesOf('forward', 257, { workgroupBytes, subgroup: 32 })).toEqual([])
  })

  test('every device has one for each pass, with at most 256 invocations and its rows within subgroups', () => {
    for (const pass of PASSES)
      for (const E of WIDTHS)
        for (const subgroup of [0, 4, 8, 16, 32, 64])
          for (const bytes of [workgroupBytes, 32768, 49152]) {
            const limits = { workgroupBytes: bytes, subgroup }
            expect(tileFor(pass, E, limits), `${pass} ${E} ${subgroup} ${bytes}`).toBeDefined()
            for (const tile of tilesOf(pass, E, limits)) {
              expect(tile.across * tile.down).toBeLessThanOrEqual(256)
              const { DOT_STEP, SPAN, ACROSS } = tileConstants(pass, E, tile)
              expect((SPAN * ACROSS) % DOT_STEP).toBe(0)
              if (!tile.subgroups) continue
              expect(2 * tile.across).toBeLessThanOrEqual(subgroup)
              expect(tile.across % tile.gatherStep).toBe(0)
              expect(tileBytes(pass, E, tile)).toBeLessThanOrEqual(workgroupBytes)
            }
          }
  })
})
