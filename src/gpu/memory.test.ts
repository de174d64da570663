import { describe, expect, test } from 'vitest'
import { defineKernel } from './kernel.ts'
import { align, grid, storage, whole, type Launch, type Storage } from './launch.ts'
import { planMemory, sharedSizes, type MemoryPlan } from './memory.ts'

const kernel = defineKernel('example', 'main', ['@compute @workgroup_size(1)\nfn main() {}'])
const uses = (...storages: Storage[]): Launch => ({
  kernel,
  constants: {},
  params: {},
  regions: { none: null, ...Object.fromEntries(storages.map((s, i) => [`binding ${i}`, whole(s)])) },
  workgroups: 1,
})
const planned = (label: string, bytes: number): Storage => storage(label, bytes, 'planned')

/** Every two storages that share a buffer, and whether they are ever alive at once. */
function check(launches: Launch[], { place, sizes }: MemoryPlan): void {
  const used = (s: Storage): number[] =>
    launches.flatMap((launch, i) => (Object.values(launch.regions).some((r) => r?.storage === s) ? [i] : []))
  const life = (s: Storage) => ({ first: used(s)[0], last: s.keep ? launches.length : (used(s).at(-1) ?? -1) })
  for (const [s, at] of place) {
    expect(sizes[at]).toBeGreaterThanOrEqual(s.bytes)
    for (const [other, otherAt] of place) {
      if (s === other || at !== otherAt) continue
      const [a, b] = [life(s), life(other)]
      expect(a.last < b.first || b.last < a.first, `${s.label} and ${other.label}`).toBe(true)
    }
  }
}

describe('the memory plan', () => {
  test('storages share a buffer one after the other, never within one dispatch', () => {
    const [a, b, c] = [planned('a', 1000), planned('b', 900), planned('c', 800)]
    const launches = [uses(a), uses(a, b), uses(b, c), uses(c)]
    const plan = planMemory(launches)
    check(launches, plan)
    expect(plan.sizes).toEqual([1024, 1024])
    expect(plan.place.get(a)).toBe(plan.place.get(c))
    expect(plan.place.get(a)).not.toBe(plan.place.get(b))
  })

  test('a life has no gaps: what is used again later stays', () => {
    const [a, b] = [planned('a', 1000), planned('b', 1000)]
    const launches = [uses(a), uses(b), uses(a)]
    expect(planMemory(launches).sizes).toHaveLength(2)
  })

  test('what is kept is overwritten by nothing after it, though it may follow others', () => {
    const [a, b, c] = [planned('a', 1000), planned('b', 1000), planned('c', 1000)]
    b.keep = true
    const launches = [uses(a), uses(b), uses(c)]
    const plan = planMemory(launches)
    check(launches, plan)
    expect(plan.place.get(a)).toBe(plan.place.get(b))
    expect(plan.place.get(c)).not.toBe(plan.place.get(b))
  })

  test('owned storages are not placed', () => {
    const own = storage('own', 100, 'owned')
    expect(planMemory([uses(own)])).toEqual({ sizes: [], place: new Map() })
  })

  test('no two that are alive at once share, in a thousand random plans', () => {
    let seed = 1
    const below = (n: number): number => (seed = (seed * 48271) % 2147483647) % n
    for (let round = 0; round < 1000; round++) {
      const storages = Array.from({ length: 1 + below(12) }, (_, i) => planned(String(i), 1 + below(5000)))
      for (const s of storages) s.keep = below(6) === 0
      const launches = Array.from({ length: 1 + below(15) }, () => uses(...storages.filter(() => below(4) === 0)))
      check(launches, planMemory(launches))
    }
  })
})

test('shared sizes serve each plan', () => {
  const plan = (...sizes: number[]): MemoryPlan => ({ sizes, place: new Map() })
  expect(sharedSizes([plan(512, 256), plan(1024), plan()])).toEqual([1024, 256])
  expect(sharedSizes([])).toEqual([])
})

test('storages are whole multiples of an alignment, and at least one', () => {
  expect([0, 1, 256, 257].map((bytes) => planned('s', bytes).bytes)).toEqual([256, 256, 256, 512])
  expect(align(513)).toBe(768)
})

test.each([1, 65_535, 65_536, 131_071, 1_000_003, 4_294_836_225])('a grid of %d workgroups has them all and little more', (workgroups) => {
  const [x, y] = grid(workgroups, 65_535)
  expect(Math.max(x, y)).toBeLessThanOrEqual(65_535)
  expect(x * y).toBeGreaterThanOrEqual(workgroups)
  expect(x * y - workgroups).toBeLessThan(y)
})
