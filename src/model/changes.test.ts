import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { areSwitches, isDropped, parseChanges, replacements, slotsWith } from './changes.ts'
import { configOf, parseConfig } from './config.ts'
import { namedWiring } from './wiring.ts'

const size = { n_layers: 3, n_heads: 2 }
const config = configOf(
  { ...size, n_kv_heads: 2, d_model: 8, d_ff: 32, context_length: 4, reads: namedWiring('joint', size, { distance: 1 }) },
  11,
)
const parse = (value: unknown) => parseChanges(value, config)

test('one change and a list of changes', () => {
  expect(parse({ drop: ['mlp', 2] })).toEqual([{ drop: ['mlp', 2] }])
  expect(parse([{ ablate: [0, 1], with: 'mean' }, { close: [1, 0, 1] }])).toHaveLength(2)
})

test.each<[unknown, string]>([
  [{ mute: [0, 0] }, '{"mute":[0,0]} is not a change. Give {"ablate"'],
  [{ ablate: [0, 0] }, 'is not a change'],
  [{ ablate: [0, 0], with: 'noise' }, 'is not a change'],
  [{ ablate: [0, 0], with: 'zero', also: 1 }, 'is not a change'],
  [{ swap: [0, 0], reads: [] }, 'is not a change'],
  [{ drop: ['norm', 0] }, 'is not a change'],
  [{ drop: ['attn', 0.5] }, 'is not a change'],
  ['ablate', '"ablate" is not a change'],
  [{ drop: ['attn', 3] }, 'the model has layers 0 to 2.'],
  [{ ablate: [0, 2], with: 'zero' }, 'the model has heads 0 to 1.'],
  [{ swap: [1, 0], reads: [[1, 2]] }, 'layer 1 can only read layers 0 to 1.'],
  [{ close: [0, 0, 0] }, 'Closing these slots leaves layer 0, head 0 nothing to read. Close fewer, or ablate the head.'],
  [{ close: [0, 0, 1] }, '{"close":[0,0,1]}: layer 0, head 0 has one slot, 0.'],
  [{ close: [1, 0, 2] }, '{"close":[1,0,2]}: layer 1, head 0 has 2 slots, 0 to 1.'],
  [[{ close: [1, 0, 1] }, { swap: [1, 0], reads: [[1, 0]] }], '{"close":[1,0,1]}: layer 1, head 0 has one slot, 0.'],
  [[{ close: [1, 1, 0] }, { close: [1, 1, 1] }], 'leaves layer 1, head 1 nothing to read'],
])('%j is refused', (value, message) => expect(() => parse(value)).toThrow(message))

describe('slots', () => {
  test('without changes they are the reads', () => expect(slotsWith([], config.reads, 1)).toEqual(config.reads[1]))

  test('a swap replaces those of its head alone', () => {
    expect(slotsWith(parse({ swap: [2, 1], reads: [[0, 1]] }), config.reads, 2)).toEqual([
      [
        [2, 2],
        [1, 1],
      ],
      [[0, 1]],
    ])
  })

  test('a closed number counts in the list after a swap, wherever the swap stands', () => {
    const changes = parse([
      { close: [2, 0, 0] },
      {
        swap: [2, 0],
        reads: [
          [0, 0],
          [1, 2],
        ],
      },
    ])
    expect(slotsWith(changes, config.reads, 2)[0]).toEqual([[1, 2]])
  })

  test('several closed at once count in one list', () => {
    const three = [
      [0, 0],
      [1, 1],
      [2, 2],
    ]
    const changes = parse([{ swap: [2, 0], reads: three }, { close: [2, 0, 0] }, { close: [2, 0, 1] }])
    expect(slotsWith(changes, config.reads, 2)[0]).toEqual([[2, 2]])
  })
})

test('ablations and drops by layer', () => {
  const changes = parse([{ ablate: [1, 0], with: 'zero' }, { ablate: [1, 1], with: 'mean' }, { drop: ['attn', 0] }])
  expect(replacements(changes, 3, 1)).toEqual(['zero', 'mean', 'keep'])
  expect(replacements(changes, 2, 0)).toEqual(['keep', 'keep'])
  expect(areSwitches(changes)).toBe(false)
  expect(areSwitches(changes.slice(0, 2))).toBe(true)
  expect([isDropped(changes, 'attn', 0), isDropped(changes, 'mlp', 0), isDropped(changes, 'attn', 1)]).toEqual([true, false, false])
})

const golden = fileURLToPath(new URL('../../e2e/golden/', import.meta.url))
const folders = readdirSync(golden, { withFileTypes: true }).filter((entry) => entry.isDirectory())
const labSchema = z.object({ changes: z.array(z.object({ change: z.unknown() })).min(1) })

test.each(folders.map(({ name }) => name))('the changes of the golden case %s are all possible', (name) => {
  const read = (file: string): unknown => JSON.parse(readFileSync(`${golden}${name}/${file}`, 'utf8'))
  const model = parseConfig(read('config.json'), name)
  for (const { change } of labSchema.parse(read('lab.json')).changes) expect(parseChanges(change, model)).not.toHaveLength(0)
})
