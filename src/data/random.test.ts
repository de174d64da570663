import { describe, expect, it } from 'vitest'
import { rng } from './random.ts'

describe('rng', () => {
  it('gives the same numbers for the same keys on every machine', () => {
    const draw = (...keys: number[]) => {
      const random = rng(...keys)
      return [random.next(), random.next(), random.next()].map((x) => x * 2 ** 32)
    }
    expect(draw(1, 2)).toEqual(draw(1, 2))
    expect(draw(1, 2)).toMatchInlineSnapshot(`
      [
        1372186152,
        2668211746,
        1693187001,
      ]
    `)
  })

  it('tells order, number and high bits of the keys apart', () => {
    const keys = [[], [0], [0, 0], [1], [1, 0], [0, 1], [2 ** 32], [2 ** 32 + 1], [2 ** 31], [2 ** 53 - 1]]
    expect(new Set(keys.map((some) => rng(...some).next())).size).toBe(keys.length)
  })

  it('is uniform: 256 bins over 65,536 draws, along one stream and across neighbouring keys', () => {
    const stream = rng(7)
    for (const draw of [() => stream.below(256), (i: number) => rng(1, 5, i).below(256), (i: number) => rng(1, i, 5).below(256)]) {
      const bins = new Array<number>(256).fill(0)
      for (let i = 0; i < 65536; i++) bins[draw(i)]++
      const chi2 = bins.reduce((sum, n) => sum + (n - 256) ** 2 / 256, 0)
      // 255 degrees of freedom: mean 255, standard deviation 22.6; the bounds are 5 of them.
      expect(chi2).toBeGreaterThan(142)
      expect(chi2).toBeLessThan(368)
    }
  })

  it('shuffles every element to every place about equally often', () => {
    const counts = new Array<number>(16).fill(0)
    for (let i = 0; i < 8000; i++)
      rng(3, i)
        .shuffle([0, 1, 2, 3])
        .forEach((item, place) => counts[item * 4 + place]++)
    for (const n of counts) expect(Math.abs(n - 2000)).toBeLessThan(200)
  })

  it('refuses what is not a whole number', () => {
    expect(() => rng(0.5)).toThrow('A key of the random generator is 0.5: it must be a whole number of at least 0.')
    expect(() => rng(-1)).toThrow('whole number of at least 0')
    expect(() => rng(1).below(0)).toThrow('below(0): a whole number from 1 to 2^32 is due.')
  })
})
