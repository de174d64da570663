import { expect, test } from 'vitest'
import { storage } from '../gpu/launch.ts'
import { createRecording } from './recording.ts'
import {
  createStore,
  createStores,
  gradientPlaces,
  gradientRegion,
  keyColumn,
  layerRegion,
  storeBytes,
  valueColumn,
  type Sources,
} from './store.ts'

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
  const store = createStore(recording, dims, reads, { bindingLimit: two + 100 })
  const { chunks, width } = store
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
      const { offset, bytes } = layerRegion(store, chunk, l)
      expect(offset % 256).toBe(0)
      expect(bytes).toBeGreaterThanOrEqual(4 * chunk.sequences * dims.T * width)
      expect(offset + bytes).toBeLessThanOrEqual(chunk.storage.bytes)
    }
  }
})

test('one sequence is never cut: what does not fit then is refused elsewhere', () => {
  const { chunks } = createStore(createRecording(true, { parallel: false }), dims, reads, { bindingLimit: 16 })
  expect(chunks.map((c) => c.sequences)).toEqual([1, 1, 1, 1, 1])
})

test('without training there are no gradients', () => {
  const store = createStore(createRecording(false, { parallel: false }), dims, reads, { bindingLimit: 2 ** 30 })
  expect(() => gradientRegion(store, store.chunks[0], 0)).toThrow('This store was not made for training.')
})

test('rows that nobody needs any more are written over', () => {
  // Layer 2 reads layer 0 as well, layer 3 layer 1.
  const skip = wiring(4, (l) => [[l, l], ...(l > 1 ? [[l - 2, l - 2] as [number, number]] : [])])
  const placesOf = (training: boolean, owned: boolean, recompute: boolean, wires = skip) => {
    const size = { ...dims, L: 4 }
    const cache = owned ? { storage: storage('cache', storeBytes(dims.B, 4, size), 'owned'), rows: dims.B * dims.T } : undefined
    const store = createStore(createRecording(training, { parallel: false }), size, wires, {
      bindingLimit: 2 ** 30,
      owned: cache,
      recompute,
    })
    expect(store.chunks[0].storage.bytes).toBe(storeBytes(dims.B, Math.max(...store.rowPlace) + 1, size))
    return store.rowPlace
  }
  // All are needed on the way back; a cache holds all.
  expect(placesOf(true, false, false)).toEqual([0, 1, 2, 3])
  expect(placesOf(false, true, false)).toEqual([0, 1, 2, 3])
  // On the way there alone: each until its topmost reader.
  expect(Math.max(...placesOf(false, false, false))).toBe(2)
  // Layers 0 and 1 stay for their readers, 2 and 3 write theirs again.
  expect(placesOf(true, false, true)).toEqual([0, 1, 2, 2])
  const standard = wiring(4, (l) => [[l, l]])
  expect(placesOf(true, false, true, standard)).toEqual([0, 0, 0, 0])
  expect(placesOf(false, false, false, standard)).toEqual([0, 0, 0, 0])
})

test('layers that read others or are read have one store, a layer by itself a new one whenever it is asked for', () => {
  // Layer 2 reads layer 0, layer 4 layer 2; 1 and 3 read themselves alone.
  const some = wiring(5, (l) => (l % 2 === 0 && l > 0 ? [[l - 2, l]] : [[l, l]]))
  const storeOf = createStores(createRecording(true, { parallel: false }), { ...dims, L: 5 }, some, { bindingLimit: 2 ** 30 })
  expect(storeOf(2)).toBe(storeOf(0))
  expect(storeOf(4)).toBe(storeOf(0))
  expect(storeOf(0).chunks[0].storage.bytes).toBe(storeBytes(dims.B, 3, dims))
  expect([0, 2, 4].map((l) => storeOf(0).rowPlace[l])).toEqual([0, 1, 2])
  const [one, again] = [storeOf(1), storeOf(1)]
  expect(one.chunks[0].storage).not.toBe(again.chunks[0].storage)
  expect(one.chunks[0].storage.bytes).toBe(storeBytes(dims.B, 1, dims))
  expect(one.chunks[0].gradients?.bytes).toBe(storeBytes(dims.B, 1, dims))
})

test('a row holds queries, keys and values in this order', () => {
  expect([keyColumn(dims, 0), keyColumn(dims, 1), valueColumn(dims, 0), valueColumn(dims, 1)]).toEqual([24, 30, 36, 42])
})
