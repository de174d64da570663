import { describe, expect, test } from 'vitest'
import { namedWiring, WIRINGS, type Reads, type Slot } from '../model/wiring.ts'
import { describeReads, optionsInUse } from '../model/wiring-names.ts'
import {
  applyCell,
  carriedSlots,
  decodeReads,
  encodeReads,
  nextSource,
  parseReads,
  printReads,
  record,
  redo,
  setCell,
  startHistory,
  undo,
} from './wiring-edit.ts'

const size = { n_layers: 4, n_heads: 3 }
const standard = namedWiring('standard', size)
const joint = namedWiring('joint', size)
const lines = (reads: Reads): string[] => encodeReads(reads).split('_')

const sources = (text: string): Slot[] =>
  text.split('-').map((source): Slot => {
    const [key, value = key] = source.split('v').map(Number)
    return [key, value]
  })
const sourceText = (slots: Slot[]): string => encodeReads([[slots]])

/** Repeatable numbers from 0 to `below` - 1. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** A wiring that has no name: 1 to 4 sources a head, keys and values often apart, some twice. */
function tangled(seed: number): { reads: Reads; size: { n_layers: number; n_heads: number } } {
  const random = randomOf(seed)
  const [n_layers, n_heads] = [1 + random(12), 1 + random(12)]
  const source = (l: number): Slot => [random(l + 1), random(l + 1)]
  const reads = Array.from({ length: n_layers }, (_, l) =>
    Array.from({ length: n_heads }, () => Array.from({ length: 1 + random(4) }, () => source(l))),
  )
  return { reads, size: { n_layers, n_heads } }
}

describe('cells', () => {
  test('one cell is set, the wiring before stays as it was', () => {
    const before = JSON.stringify(standard)
    const after = setCell(standard, 2, 1, [[2, 0]])
    expect(lines(after)).toEqual(['0*3', '1*3', '2.2v0.2', '3*3'])
    expect(JSON.stringify(standard)).toBe(before)
  })

  test.each<[string, number, number, string]>([
    // Own stays own, two back stays two back.
    ['3-1', 3, 2, '2-0'],
    ['2v0', 2, 3, '3v1'],
    ['2-2', 2, 0, '0-0'],
    // What falls below layer 0 becomes the own layer, once.
    ['3-1', 3, 1, '1'],
    ['3-2-1-0', 3, 1, '1-0'],
    ['1-0', 3, 2, '0-2'],
    ['2v0', 2, 1, '1'],
  ])('%s of layer %i, by layers back, is for layer %i %s', (slots, from, to, due) => {
    expect(sourceText(carriedSlots(sources(slots), from, to, 'layers back'))).toBe(due)
  })

  test.each<[string, number, number, string]>([
    ['3-1', 3, 2, '2-1'],
    ['2v0', 2, 3, '3v0'],
    ['0', 2, 3, '0'],
    ['2-0', 3, 2, '2-0'],
    // What does not lie below the reader becomes its own layer, once.
    ['3-1', 3, 1, '1'],
    ['3-2', 3, 1, '1'],
    ['2v0', 2, 0, '0'],
  ])('%s of layer %i, the same layers, is for layer %i %s', (slots, from, to, due) => {
    expect(sourceText(carriedSlots(sources(slots), from, to, 'layer'))).toBe(due)
  })

  test('a cell is applied to its head, its layer, or all', () => {
    const reads = setCell(standard, 2, 1, sources('2-0'))
    expect(lines(applyCell(reads, 2, 1, 'head', 'layers back'))).toEqual(['0*3', '1*3', '2.2-0.2', '3.3-1.3'])
    expect(lines(applyCell(reads, 2, 1, 'layer', 'layers back'))).toEqual(['0*3', '1*3', '2-0*3', '3*3'])
    expect(lines(applyCell(reads, 2, 1, 'all', 'layers back'))).toEqual(['0*3', '1*3', '2-0*3', '3-1*3'])
    expect(lines(applyCell(reads, 2, 1, 'all', 'layer'))).toEqual(['0*3', '1-0*3', '2-0*3', '3-0*3'])
  })

  test('the next source is the highest layer that is not one yet', () => {
    expect(nextSource(3, sources('3'))).toEqual([2, 2])
    expect(nextSource(3, sources('1-3v2'))).toEqual([3, 3])
    expect(nextSource(1, sources('1-0'))).toBeNull()
  })
})

describe('history', () => {
  test('back and forth, and a new change forgets what was undone', () => {
    let history = record(record(startHistory(standard), joint), setCell(joint, 1, 0, [[1, 1]]))
    history = undo(history)
    expect(history.present).toEqual(joint)
    history = undo(undo(history))
    expect(history).toMatchObject({ past: [], present: standard })
    history = redo(history)
    expect(history.present).toEqual(joint)
    expect(record(history, standard)).toEqual({ past: [standard, joint], present: standard, future: [] })
    expect(redo(redo(redo(history))).future).toEqual([])
  })

  test('an equal wiring is no change, one of another size begins anew', () => {
    const history = record(startHistory(standard), joint)
    expect(record(history, namedWiring('joint', size))).toEqual(history)
    const larger = namedWiring('standard', { n_layers: 5, n_heads: 3 })
    expect(record(history, larger)).toEqual(startHistory(larger))
  })
})

describe('names', () => {
  test.each<[string, object]>([
    ['standard', {}],
    ['skip', {}],
    ['skip', { distance: 1 }],
    ['skip', { distance: 1, heads: 3, first: 2 }],
    ['joint', {}],
    ['joint', { distance: 2, heads: 1 }],
    ['joint', { first: 3 }],
    ['shared', {}],
    ['shared', { group: 4 }],
    ['values-from-first', { heads: 2 }],
    ['all-earlier', {}],
  ])('%s %j is found again from its reads', (name, options) => {
    expect(describeReads(namedWiring(name, size, options))).toEqual({ name, options })
  })

  test('of two names the first is told: heads 0, groups of one layer, and two layers', () => {
    expect(describeReads(namedWiring('skip', size, { heads: 0 }))).toEqual({ name: 'standard', options: {} })
    expect(describeReads(namedWiring('shared', size, { group: 1 }))).toEqual({ name: 'standard', options: {} })
    expect(describeReads(namedWiring('all-earlier', { n_layers: 2, n_heads: 2 }))).toEqual({ name: 'joint', options: {} })
    expect(describeReads(namedWiring('standard', { n_layers: 1, n_heads: 1 }))).toEqual({ name: 'standard', options: {} })
  })

  test('other reads are custom', () => {
    expect(describeReads(setCell(joint, 3, 2, [[3, 3]]))).toBeNull()
    expect(describeReads(setCell(joint, 0, 0, sources('0-0')))).toBeNull()
  })

  test('every option has a value', () => {
    expect(optionsInUse({ name: 'skip', options: {} }, size)).toMatchObject({ distance: 2, heads: 1, first: 2 })
    expect(optionsInUse({ name: 'skip', options: { distance: 3, heads: 0 } }, size)).toMatchObject({ distance: 3, heads: 0, first: 3 })
    expect(optionsInUse({ name: 'joint', options: { first: 2 } }, size)).toMatchObject({ distance: 1, heads: 3, first: 2 })
    expect(optionsInUse({ name: 'shared', options: {} }, size)).toMatchObject({ group: 2 })
  })
})

describe('JSON', () => {
  test('a line a layer, read back as it was', () => {
    expect(printReads(namedWiring('skip', { n_layers: 2, n_heads: 2 }))).toBe('[\n  [[[0,0]],[[0,0]]],\n  [[[1,1]],[[0,0]]]\n]')
    expect(parseReads(printReads(joint), size)).toEqual(joint)
    expect(parseReads(JSON.stringify({ model_type: 'skipscope', reads: joint }), size)).toEqual(joint)
  })

  test.each([
    ['[[', /^This is not JSON: .* Look for a bracket or a comma too many or too few\.$/],
    ['[[[[0,0]]]]', /^reads must list 4 layers, as n_layers says; it lists 1\.$/],
    ['{"layers": 4}', /^reads must list 4 layers, as n_layers says; it lists none\.$/],
    [
      printReads(joint).replace('[2,2]', '[2,5]'),
      /^reads\[2\]\[0\] has \[2,5\]: layer 2 can only read layers 0 to 2\. Lower the number\.$/,
    ],
  ])('%s is refused', (text, message) => expect(() => parseReads(text, size)).toThrow(message))
})

describe('in the address', () => {
  test('short', () => {
    expect(encodeReads(joint)).toBe('0*3_1-0*3_2-1*3_3-2*3')
    expect(encodeReads(namedWiring('values-from-first', size))).toBe('0*3_1*2.1v0_2*2.2v0_3*2.3v0')
  })

  test('every wiring by name comes back, and needs no escapes', () => {
    for (const { name } of WIRINGS) {
      const text = encodeReads(namedWiring(name, size))
      expect(new URLSearchParams({ reads: text }).toString()).toBe(`reads=${text}`)
      expect(decodeReads(text, size)).toEqual(namedWiring(name, size))
    }
  })

  test('so do 200 random ones, through the address and through JSON', () => {
    for (let seed = 0; seed < 200; seed++) {
      const { reads, size: own } = tangled(seed)
      expect(decodeReads(encodeReads(reads), own)).toEqual(reads)
      expect(parseReads(printReads(reads), own)).toEqual(reads)
    }
  })

  test.each([
    ['', /^The wiring in the address says "" in layer 0, where sources like .* are due\. Copy the address again\.$/],
    ['0*3_1-*3_2*3_3*3', /says "1-\*3" in layer 1/],
    ['0*3_1v*3_2*3_3*3', /says "1v\*3" in layer 1/],
    ['0*999999999_1*3_2*3_3*3', /says "0\*999999999" in layer 0, more heads than the model's 3\. Choose its preset\.$/],
    ['0*3_1*3_2*3', /^reads must list 4 layers, as n_layers says; it lists 3\.$/],
    ['0*3_1*3_2*3_3*2', /^reads\[3\] must list 3 heads, as n_heads says; it lists 2\.$/],
    ['0*3_1*3_3*3_3*3', /^reads\[2\]\[0\] has \[3,3\]: layer 2 can only read layers 0 to 2\. Lower the number\.$/],
    ['0*3_1*3_2*3_3*0.3*3', /says "3\*0" in layer 3/],
  ])('"%s" is refused', (text, message) => expect(() => decodeReads(text, size)).toThrow(message))
})
