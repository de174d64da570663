import { expect, it } from 'vitest'
import { configOf } from '../model/config.ts'
import type { Reads } from '../model/wiring.ts'
import { headMeasures } from './measures.ts'

const shape = { n_layers: 2, n_heads: 2, n_kv_heads: 2, d_model: 2, d_ff: 2, context_length: 2 }
const own = [1, 0, 0.25, 0.75]
const norms = [Float64Array.of(1, 3, 2, 2), Float64Array.of(1, 1, 1, 3)]

it('keeps what earlier slots take apart from what the own layer takes, by key or by value', () => {
  const reads: Reads = [
    [[[0, 0]], [[0, 0]]],
    [
      [
        [1, 1],
        [0, 0],
      ],
      [[1, 0]],
    ],
  ]
  // Rows of [own layer | layer 0], two tokens each.
  const joint = [0.75, 0, 0.25, 0, 0.5, 0.25, 0.125, 0.125]
  const patterns = [
    [Float32Array.from(own), Float32Array.from(own)],
    [Float32Array.from(joint), Float32Array.from(own)],
  ]
  const [, , measured, values] = headMeasures({ B: 1, T: 2, config: configOf({ ...shape, reads }, 3), patterns, norms })
  expect(measured).toMatchObject({ layer: 1, head: 0, slots: [0.75, 0.25], earlier: 0.25, mass: { 0: 0.25, 1: 0.75 } })
  expect(measured.first).toBeCloseTo((1 + 0.625) / 2, 12)
  expect(values).toMatchObject({ layer: 1, head: 1, slots: [1], earlier: 1, mass: { 1: 1 }, mass_values: { 0: 1 } })
  expect(measured).toMatchObject({ contribution: 1, share: (0.5 + 0.25) / 2 })
  expect(values).toMatchObject({ contribution: 2, share: (0.5 + 0.75) / 2 })
})
