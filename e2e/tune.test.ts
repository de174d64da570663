/** The tune-up: what it measures, what it leaves, and what is measured again. On a processor, which takes part in none by itself. */
import { expect, test } from 'vitest'
import type { Gpu } from '../src/gpu/device.ts'
import type { Launch } from '../src/gpu/launch.ts'
import { storage, whole } from '../src/gpu/launch.ts'
import { productKey, productParts } from '../src/tensor/linear.ts'
import { createRecording } from '../src/tensor/recording.ts'
import { fittingTiles } from '../src/tensor/tiles.ts'
import { productsOf, tuneFor, tuneProducts, type Tuned, type TunedStore } from '../src/train/tune.ts'
import { gpuOfTests } from './engine.ts'

const SHAPES = [
  { M: 8, N: 12, K: 16, aTransposed: false, bTransposed: true },
  { M: 4, N: 8, K: 20, aTransposed: true, bTransposed: false },
  { M: 5, N: 7, K: 3, aTransposed: false, bTransposed: false },
]
const KEYS = SHAPES.map((shape) => productKey(shape, 1))

/** Launches of these products, as a run records them. */
function launches(): Launch[] {
  const recording = createRecording(false, { parallel: true })
  for (const shape of SHAPES) {
    const [a, b] = [recording.tensor('a', [shape.M, shape.K]), recording.tensor('b', [shape.K, shape.N])]
    productParts(
      recording,
      { ...shape, a, b, c: recording.tensor('c', [1, shape.M, shape.N]), state: whole(storage('state', 32, 'owned')) },
      1,
    )
  }
  return recording.launches
}

/** A store that notes what is saved. */
function notingStore(): TunedStore & { kept: Map<string, Tuned>; saves: number } {
  const store = {
    kept: new Map<string, Tuned>(),
    saves: 0,
    load: (adapter: string) => Promise.resolve(store.kept.get(adapter) ?? {}),
    save: (adapter: string, tuned: Tuned) => {
      store.saves++
      store.kept.set(adapter, tuned)
      return Promise.resolve()
    },
  }
  return store
}

/** The adapter of the tests, taken for a GPU; of its tiles only the two smallest fit, since a processor takes minutes to compile the large ones. */
async function asGpu(): Promise<Gpu> {
  const gpu = await gpuOfTests()
  return { ...gpu, software: false, parallel: true, limits: { ...gpu.limits, workgroupBytes: 4096 } }
}

test('every product is measured once, what is known is not, and stopping keeps what was found', async () => {
  const gpu = await asGpu()
  const products = productsOf(launches())
  expect([...products.keys()]).toEqual(KEYS)
  const told: string[] = []
  let done = 0
  const options = {
    progress: (of: number, total: number) => {
      done = of
      told.push(`${of}/${total}`)
    },
  }
  const some = await tuneProducts(gpu, products, { [KEYS[0]]: 'registers' }, { ...options, stop: () => done === 1 })
  expect(told).toEqual(['0/2', '1/2'])
  expect(Object.keys(some)).toEqual(KEYS.slice(0, 2))
  expect(some[KEYS[0]]).toBe('registers')
  expect(fittingTiles(gpu.limits)).toEqual(['32×32', 'registers'])
  expect(['32×32', 'registers']).toContain(some[KEYS[1]])

  told.length = 0
  const all = await tuneProducts(gpu, products, some, options)
  expect(told).toEqual(['0/1', '1/1'])
  expect(all).toMatchObject(some)
  expect(Object.keys(all)).toEqual(KEYS)

  told.length = 0
  expect(await tuneProducts(gpu, products, all, options)).toEqual(all)
  expect(told).toEqual([])
})

test('without timestamps the wall clock times them', async () => {
  const gpu = await asGpu()
  const all = await tuneProducts(gpu, productsOf(launches()), {}, { clock: 'wall clock' })
  expect(Object.keys(all)).toEqual(KEYS)
  for (const tile of Object.values(all)) expect(fittingTiles(gpu.limits)).toContain(tile)
})

test('what was found is remembered by adapter, and measured again once it is forgotten', async () => {
  const [gpu, store] = [await asGpu(), notingStore()]
  let measured = 0
  const progress = (of: number) => {
    measured = of
  }
  const first = await tuneFor(gpu, launches, store, { progress, stop: () => measured === 1 })
  expect(Object.keys(first)).toEqual([KEYS[0]])
  expect(store.kept.get(gpu.description)).toEqual(first)
  measured = 0
  const second = await tuneFor(gpu, launches, store, { progress })
  expect([measured, store.saves]).toEqual([2, 2])
  expect(second).toMatchObject(first)
  measured = 0
  expect(await tuneFor(gpu, launches, store, { progress })).toEqual(second)
  expect([measured, store.saves]).toEqual([0, 2])
  store.kept.clear()
  expect(Object.keys(await tuneFor(gpu, launches, store, { progress }))).toEqual(KEYS)
  expect([measured, store.saves]).toEqual([3, 3])
})

test('a run that goes on keeps its tiles whatever is remembered, and a processor chooses nothing', async () => {
  const [gpu, store] = [await asGpu(), notingStore()]
  const known = Object.fromEntries(KEYS.map((key) => [key, '32×32']))
  store.kept.set(gpu.description, Object.fromEntries(KEYS.map((key) => [key, '64×64'])))
  expect(await tuneFor(gpu, launches, store, { known })).toEqual(known)
  expect(await tuneFor(await gpuOfTests(), launches, store, {})).toEqual({})
  expect(store.saves).toBe(0)
})
