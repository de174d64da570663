import { expect, test } from 'vitest'
import { createRecording } from './recording.ts'
import { createStore, gradientPlaces, gradientRegion, keyColumn, layerRegion, storeBytes, valueColumn, type Sources } from './store.ts'

const wiring = (layers: number, slots: (layer: number) => [number, number][]): Sources =>
  Array.from({ length: layers }, (_, l) => [[[l, l]], slots(l)])

/** From the topmost layer that reads layer s down to s itself. */
function lives(reads: Sources): [number, number][] {
  return reads.map((_, s) => [Math.max(s, ...reads.flatMap((heads, l) => (heads.flat(2).includes(s) ? [l] : []))), s])
}

test.each<[string, Sources, number]>([
  ['standard', wiring(12, (l) => [[l, l]]), 1],
  ['adjacent skip', wiring(12, (l) => [[Math.max(0, l - 1), Math.max(0, l - 1)]]), 2],
  ['skip of two', wiring(12, (l) => [[l < 2 ? l : l - 2, l < 2 ? l : l - 2]]), 3],
  ['values from the first', wiring(12, (l) => [[l, 0]]), 2],
  ['groups of three', wiring(12, (l) => [[l - (l % 3), l - (l % 3)]]), 2],
  ['all earlier', wiring(5, (l) => Array.from({ length: l + 1 }, (_, i) => [i, i])), 5],
  ['one layer', wiring(1, () => [[0, 0]]), 1],
])('gradient places of %s: no two layers that live together share, and as few as that allows', (_, reads, places) => {
  const place = gradientPlaces(reads)
  expect(place).toHaveLength(reads.length)
  const spans = lives(reads)
  spans.forEach(([top, bottom], a) =>
    spans.forEach(([otherTop, otherBottom], b) => {
      if (a < b && bottom <= otherTop && otherBottom <= top) expect(place[a], `layers ${a} and ${b}`).not.toBe(place[b])
    }),
  )
  expect(Math.max(...place) + 1).toBe(places)
})

const dims = { B: 5, T: 7, L: 3, H: 4, G: 2, E: 6 }
const reads = wiring(3, (l) => [[l, l]])

test('a batch beyond a binding is cut into chunks of sequences that hold all layers', () => {
  const recording = createRecording(true, { parallel: false })
  const two = storeBytes(2, 3, dims)
  const { chunks, width } = createStore(recording, dims, reads, two + 100)
  expect(width).toBe((4 + 2 * 2) * 6)
  expect(chunks.map((c) => [c.first, c.sequences])).toEqual([
    [0, 2],
    [2, 2],
    [4, 1],
  ])
  for (const chunk of chunks) {
    expect(chunk.storage.bytes).toBeLessThanOrEqual(two + 256)
    // Layers begin where a binding may begin, and end within the store.
    for (let l = 0; l < 3; l++) {
      const { offset, bytes } = layerRegion(chunk, l)
      expect(offset % 256).toBe(0)
      expect(bytes).toBeGreaterThanOrEqual(4 * chunk.sequences * dims.T * width)
      expect(offset + bytes).toBeLessThanOrEqual(chunk.storage.bytes)
    }
  }
})

test('one sequence is never cut: what does not fit then is refused elsewhere', () => {
  const { chunks } = createStore(createRecording(true, { parallel: false }), dims, reads, 16)
  expect(chunks.map((c) => c.sequences)).toEqual([1, 1, 1, 1, 1])
})

test('without training there are no gradients', () => {
  const store = createStore(createRecording(false, { parallel: false }), dims, reads, 2 ** 30)
  expect(() => gradientRegion(store, store.chunks[0], 0)).toThrow('This store was not made for training.')
})

test('a row holds queries, keys and values in this order', () => {
  expect([keyColumn(dims, 0), keyColumn(dims, 1), valueColumn(dims, 0), valueColumn(dims, 1)]).toEqual([24, 30, 36, 42])
})
