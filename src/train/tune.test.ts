import { expect, test } from 'vitest'
import { H200_LIMITS } from '../gpu/device.ts'
import { configOf, parseSettings, presetNamed } from '../model/config.ts'
import { launchesOfRun } from './planned.ts'
import { candidate, productsOf } from './tune.ts'

test.each([
  { preset: 'tiny', dropout: 0.2, accumulate: 1 },
  { preset: 'gpt2s', dropout: 0, accumulate: 2 },
])('what is timed does all that the run does: $preset', ({ preset, dropout, accumulate }) => {
  const { model, train } = presetNamed(preset)
  const config = configOf({ ...model, dropout }, 8192)
  const products = productsOf(launchesOfRun(config, parseSettings({ ...train, accumulate }), H200_LIMITS))
  expect(products.size).toBeGreaterThan(10)
  const seen = { ROW_SUMS: 0, RESIDUAL: 0, BIAS: 0, ACTIVATION: 0, DERIVATIVE: 0 }
  for (const [key, shape] of products) {
    const [launch] = candidate(shape, { [key]: '32×32' })
    expect(launch.constants, key).toEqual(shape.constants)
    expect(launch.params, key).toMatchObject({ M: shape.M, N: shape.N, K: shape.K, splits: shape.splits })
    // In the tile that was asked for, which is the key's.
    expect(launch.workgroups, key).toBe(Math.ceil(shape.M / 32) * Math.ceil(shape.N / 32) * shape.splits)
    for (const name of Object.keys(seen) as (keyof typeof seen)[]) seen[name] += Number(shape.constants[name] > 0)
  }
  expect(Object.values(seen).every((count) => count > 0)).toBe(true)
})
