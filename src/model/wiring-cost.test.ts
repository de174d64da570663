import { describe, expect, test } from 'vitest'
import { configOf, presetNamed } from './config.ts'
import { idleProjections, wiringCost } from './wiring-cost.ts'
import { namedWiring, type Reads } from './wiring.ts'

const tiny = configOf(presetNamed('tiny').model, 65)
const cost = (name: string, options = {}) => wiringCost(namedWiring(name, tiny, options), tiny, 16)
/** Queries, keys and values of a layer: 16 sequences of 128 tokens, 3 · 128 numbers of 4 bytes each. */
const LAYER_BYTES = 16 * 128 * 3 * 128 * 4

test.each<[string, object, number, number]>([
  // Sources, and layers whose gradients are held at one time.
  ['standard', {}, 16, 1],
  ['skip', {}, 16, 3],
  ['skip', { distance: 1 }, 16, 2],
  ['joint', {}, 28, 2],
  ['joint', { first: 3 }, 20, 2],
  ['shared', {}, 16, 2],
  ['values-from-first', {}, 16, 2],
  ['all-earlier', {}, 40, 4],
])('%s %j', (name, options, slots, layersHeld) => {
  expect(cost(name, options)).toMatchObject({
    slots,
    attention: slots / 16,
    layersHeld,
    trainingBytes: (layersHeld - 1) * LAYER_BYTES,
  })
})

describe('projections that nobody reads', () => {
  test('the standard wiring has none, nor has one that reads back beside its own layer', () => {
    for (const name of ['standard', 'joint', 'all-earlier']) expect(cost(name)).toMatchObject({ idle: [], idleParameters: 0 })
  })

  test('the last heads of the upper layers, where these only read back', () => {
    const { idle, idleParameters } = cost('skip')
    const due = [2, 3].flatMap((layer) =>
      ['keys', 'values'].flatMap((part) => [
        { layer, kvHead: 2, part },
        { layer, kvHead: 3, part },
      ]),
    )
    expect(idle).toEqual(due)
    // A head's keys or values: 32 rows of 128 weights and a bias.
    expect(idleParameters).toBe(8 * 32 * (128 + 1))
    expect(wiringCost(namedWiring('skip', tiny), { ...tiny, bias: false }, 16).idleParameters).toBe(8 * 32 * 128)
  })

  test('values alone, where only these come from elsewhere', () => {
    expect(cost('values-from-first', { heads: 1 }).idle).toEqual([1, 2, 3].map((layer) => ({ layer, kvHead: 3, part: 'values' })))
  })

  test('heads that share keys and values idle only together', () => {
    const size = { n_layers: 2, n_heads: 4 }
    const reads: Reads = namedWiring('skip', size, { heads: 2 })
    expect(idleProjections(reads, { n_heads: 4, n_kv_heads: 1 })).toEqual([])
    expect(idleProjections(reads, { n_heads: 4, n_kv_heads: 2 })).toEqual([
      { layer: 1, kvHead: 1, part: 'keys' },
      { layer: 1, kvHead: 1, part: 'values' },
    ])
  })
})
