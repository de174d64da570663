import { describe, expect, it } from 'vitest'
import { thin } from './thin.ts'

const count = (n: number) => Array.from({ length: n }, (_, i) => i)

describe('thin', () => {
  it('gives a short series back whole', () => {
    expect(thin([1, 2, 5], [3, 1, 2])).toEqual({ x: [1, 2, 5], y: [3, 1, 2] })
    expect(thin([], [])).toEqual({ x: [], y: [] })
    expect(thin([7], [1])).toEqual({ x: [7], y: [1] })
  })

  it('keeps the ends, every spike and the order, within the limit', () => {
    const x = count(10_001)
    const y = x.map((i) => Math.sin(i / 300))
    y[1234] = 9
    y[8765] = -9
    const thinned = thin(x, y, 600)
    expect(thinned.x.length).toBeLessThanOrEqual(600)
    expect(thinned.x.length).toBeGreaterThan(500)
    expect(thinned.x[0]).toBe(0)
    expect(thinned.x.at(-1)).toBe(10_000)
    expect(thinned.y[thinned.x.indexOf(1234)]).toBe(9)
    expect(thinned.y[thinned.x.indexOf(8765)]).toBe(-9)
    expect(thinned.x).toEqual([...thinned.x].sort((a, b) => a - b))
    expect(new Set(thinned.x).size).toBe(thinned.x.length)
  })

  it('keeps one point of a flat stretch', () => {
    const thinned = thin(count(1000), new Array<number>(1000).fill(2), 22)
    expect(thinned.x.length).toBe(12)
  })

  it('leaves out what is not finite', () => {
    expect(thin([1, 2, 3, 4], [1, NaN, Infinity, 2])).toEqual({ x: [1, 4], y: [1, 2] })
  })
})
