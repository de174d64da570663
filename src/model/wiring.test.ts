import { describe, expect, test } from 'vitest'
import { checkReads, namedWiring, WIRINGS, type Reads } from './wiring.ts'

const size = { n_layers: 4, n_heads: 3 }
/** Reads as text, a line a layer: "0 0 0" is three heads that read keys and values of layer 0; "1+0" is joint, "1/0" keys of 1 and values of 0. */
const text = (reads: Reads): string[] =>
  reads.map((heads) => heads.map((slots) => slots.map(([k, v]) => (k === v ? `${k}` : `${k}/${v}`)).join('+')).join(' '))

test.each<[string, object, string[]]>([
  ['standard', {}, ['0 0 0', '1 1 1', '2 2 2', '3 3 3']],
  // Half of three heads, rounded down; two layers back.
  ['skip', {}, ['0 0 0', '1 1 1', '2 2 0', '3 3 1']],
  ['skip', { distance: 1, heads: 2 }, ['0 0 0', '1 0 0', '2 1 1', '3 2 2']],
  ['skip', { heads: 0 }, ['0 0 0', '1 1 1', '2 2 2', '3 3 3']],
  ['skip', { distance: 1, first: 3 }, ['0 0 0', '1 1 1', '2 2 2', '3 3 2']],
  ['joint', {}, ['0 0 0', '1+0 1+0 1+0', '2+1 2+1 2+1', '3+2 3+2 3+2']],
  ['joint', { distance: 3, heads: 1 }, ['0 0 0', '1 1 1', '2 2 2', '3 3 3+0']],
  ['joint', { first: 2, heads: 2 }, ['0 0 0', '1 1 1', '2 2+1 2+1', '3 3+2 3+2']],
  ['shared', {}, ['0 0 0', '0 0 0', '2 2 2', '2 2 2']],
  ['shared', { group: 3 }, ['0 0 0', '0 0 0', '0 0 0', '3 3 3']],
  ['values-from-first', { heads: 1 }, ['0 0 0', '1 1 1/0', '2 2 2/0', '3 3 3/0']],
  ['all-earlier', {}, ['0 0 0', '1+0 1+0 1+0', '2+1+0 2+1+0 2+1+0', '3+2+1+0 3+2+1+0 3+2+1+0']],
])('%s %j', (name, options, due) => expect(text(namedWiring(name, size, options))).toEqual(due))

test('skip with one head lets that one read back, and with two layers the adjacent one', () => {
  expect(text(namedWiring('skip', { n_layers: 2, n_heads: 1 }))).toEqual(['0', '0'])
})

test('every wiring is one that a model accepts', () => {
  for (const { name } of WIRINGS)
    for (const n_layers of [2, 3, 5])
      for (const n_heads of [1, 4]) {
        const reads: unknown = namedWiring(name, { n_layers, n_heads })
        expect(() => checkReads(reads, { n_layers, n_heads })).not.toThrow()
      }
})

describe('what cannot be', () => {
  test.each<[string, object, string]>([
    ['tangled', {}, 'There is no wiring called "tangled". Choose one of: standard, skip, joint, '],
    ['skip', { distance: 4 }, "The wiring's distance is 4: it must be a whole number from 1 to 3."],
    ['skip', { distance: 0 }, 'from 1 to 3'],
    ['skip', { first: 1 }, "The wiring's first is 1: it must be a whole number from 2 to 3."],
    ['joint', { first: 4 }, "The wiring's first is 4: it must be a whole number from 1 to 3."],
    ['joint', { heads: 4 }, "The wiring's heads is 4: it must be a whole number from 0 to 3."],
    ['shared', { group: 1.5 }, "The wiring's group is 1.5"],
  ])('%s %j', (name, options, message) => expect(() => namedWiring(name, size, options)).toThrow(message))

  test('one layer has nothing earlier to read', () => {
    expect(() => namedWiring('skip', { n_layers: 1, n_heads: 2 })).toThrow('needs at least 2 layers. Raise n_layers or choose "standard".')
  })

  const own = [[0, 0]]
  test.each<[unknown, string]>([
    [undefined, 'reads must list 2 layers, as n_layers says; it lists none.'],
    [[[own]], 'reads must list 2 layers, as n_layers says; it lists 1.'],
    [[[own], [own, own]], 'reads[1] must list 1 heads, as n_heads says; it lists 2.'],
    [[[own], 'all'], 'reads[1] must list 1 heads, as n_heads says; it lists none.'],
    [[[own], [[]]], 'reads[1][0] must list at least one [key layer, value layer].'],
    [[[own], [[[1]]]], 'reads[1][0] has [1], where two layer numbers [key layer, value layer] are due.'],
    [[[own], [[[1, -1]]]], 'reads[1][0] has [1,-1], where two layer numbers'],
    [[[own], [[[0.5, 0]]]], 'reads[1][0] has [0.5,0], where two layer numbers'],
    [[[own], [[[1, 2]]]], 'reads[1][0] has [1,2]: layer 1 can only read layers 0 to 1. Lower the number.'],
  ])('reads of %j', (reads, message) => expect(() => checkReads(reads, { n_layers: 2, n_heads: 1 })).toThrow(message))
})
