import { describe, expect, it, test } from 'vitest'
import { H200_LIMITS } from '../gpu/device.ts'
import { configOf, parseSettings, presetNamed } from '../model/config.ts'
import { fittingTiles } from '../tensor/tiles.ts'
import { launchesOfRun } from './planned.ts'
import { candidate, productsOf, tilesFor } from './tune.ts'

const EPILOGUES = ['ROW_SUMS', 'RESIDUAL', 'BIAS', 'ACTIVATION', 'DERIVATIVE', 'AGAIN', 'DROPOUT', 'ACCUMULATE'] as const

test('what is timed does all that the run does', () => {
  const seen = new Set<string>()
  // Products are so long in no smaller preset that some are not split.
  const { model, train } = presetNamed('gpt2s')
  for (const [dropout, accumulate, dtype] of [
    [0.2, 1, 'f32'],
    [0, 2, 'f32'],
    [0, 1, 'f16'],
  ] as const) {
    const config = configOf({ ...model, n_layers: 2, dropout }, 8192)
    const launches = launchesOfRun(config, parseSettings({ ...train, accumulate, dtype }), H200_LIMITS)
    const products = productsOf(launches)
    expect(products.size).toBeGreaterThan(10)
    for (const [key, shape] of products) {
      const [launch] = candidate(shape, { [key]: '32×32' })
      expect(launch.constants, key).toEqual(shape.constants)
      expect(launch.params, key).toMatchObject({ M: shape.M, N: shape.N, K: shape.K, splits: shape.splits })
      for (const [name, region] of Object.entries(launch.regions))
        expect(region?.storage.f16 ?? false, `${key} ${name}`).toBe(shape.halves[name])
      // In the tile that was asked for, so its key is that of the run's.
      expect(launch.workgroups, key).toBe(Math.ceil(shape.M / 32) * Math.ceil(shape.N / 32) * shape.splits)
      for (const name of EPILOGUES) if (shape.constants[name]) seen.add(name)
      if (shape.halves.extra) seen.add('f16')
    }
  }
  expect([...seen].sort()).toEqual([...EPILOGUES, 'f16'].sort())
})

describe('the tiles that are tried', () => {
  const large = fittingTiles(H200_LIMITS)

  it('are all that fit where there is enough to do', () => {
    expect(tilesFor({ M: 16384, N: 1152, splits: 1 }, H200_LIMITS)).toEqual(large)
  })

  it('are none that would leave a GPU idle, but the small ones always', () => {
    const some = tilesFor({ M: 2048, N: 128, splits: 1 }, H200_LIMITS)
    expect(large.filter((tile) => !some.includes(tile))).toEqual(['96×128', '128×128', '64×128'])
    expect(tilesFor({ M: 4, N: 8, splits: 1 }, H200_LIMITS)).toEqual(['64×64', '64×64 halves', '32×32', 'registers'])
    // Split, it is enough again.
    expect(tilesFor({ M: 2048, N: 128, splits: 8 }, H200_LIMITS)).toEqual(large)
  })
})
