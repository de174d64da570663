import { describe, expect, it } from 'vitest'
import {
  attentionIndex,
  attentionOutputSite,
  bits,
  dropoutKeys,
  dropoutScale,
  EMBEDDING_SITE,
  mix,
  mlpOutputSite,
  probabilitySite,
} from './random.ts'

const DRAWS = 100_000

function mask(seed: number, step: number, site: number, p: number): Float64Array {
  return Float64Array.from({ length: DRAWS }, (_, i) => (dropoutScale(seed, step, site, p, i) === 0 ? 0 : 1))
}

function correlation(x: Float64Array, y: Float64Array): number {
  const mean = (v: Float64Array) => v.reduce((sum, value) => sum + value, 0) / v.length
  const mx = mean(x)
  const my = mean(y)
  let xy = 0
  let xx = 0
  let yy = 0
  for (let i = 0; i < x.length; i++) {
    xy += (x[i] - mx) * (y[i] - my)
    xx += (x[i] - mx) ** 2
    yy += (y[i] - my) ** 2
  }
  return xy / Math.sqrt(xx * yy)
}

describe('the dropout generator', () => {
  it('computes in u32 what exact integer arithmetic computes', () => {
    const u32 = (x: bigint) => x & 0xffffffffn
    const exactMix = (x: bigint) => {
      x = u32((x ^ (x >> 16n)) * 0x7feb352dn)
      x = u32((x ^ (x >> 15n)) * 0x846ca68bn)
      return x ^ (x >> 16n)
    }
    for (const [seed, step, site, i] of [
      [1, 0, 0, 0],
      [1337, 2, 7, 123456],
      [0xffffffff, 0xfffffffe, 36, 0xfffffff0],
    ]) {
      const a = exactMix(u32(exactMix(BigInt(seed)) + BigInt(step)))
      const b = exactMix(a ^ u32(BigInt(site + 1) * 0x9e3779b9n))
      expect(dropoutKeys(seed, step, site)).toEqual([Number(a), Number(b)])
      expect(bits(Number(a), Number(b), i)).toBe(Number(exactMix(exactMix(u32(BigInt(i) + a)) ^ b)))
    }
  })

  it('keeps 1 - p of the elements within 1 % and scales them by 1/(1-p)', () => {
    for (const [seed, step, site] of [
      [1, 0, 0],
      [1, 1, 0],
      [2, 0, 5],
    ]) {
      const scales = Array.from({ length: DRAWS }, (_, i) => dropoutScale(seed, step, site, 0.2, i))
      expect(new Set(scales)).toEqual(new Set([0, 1.25]))
      const kept = scales.filter((scale) => scale !== 0).length
      expect(Math.abs(kept / DRAWS / 0.8 - 1)).toBeLessThan(0.01)
    }
  })

  it('keeps everything at p = 0', () => {
    for (let i = 0; i < 1000; i++) expect(dropoutScale(3, 4, 5, 0, i)).toBe(1)
  })

  it.each([
    ['sites', [1, 0, 0], [1, 0, 1]],
    ['steps', [1, 0, 0], [1, 1, 0]],
    ['seeds', [1, 0, 0], [2, 0, 0]],
  ])('gives uncorrelated masks to two %s', (_, x, y) => {
    // Five standard deviations of the correlation of independent draws.
    expect(Math.abs(correlation(mask(x[0], x[1], x[2], 0.2), mask(y[0], y[1], y[2], 0.2)))).toBeLessThan(5 / Math.sqrt(DRAWS))
  })

  it('gives uncorrelated masks to neighbouring elements', () => {
    const m = mask(1, 0, 0, 0.2)
    for (const lag of [1, 2, 64, 128])
      expect(Math.abs(correlation(m.subarray(0, -lag), m.subarray(lag)))).toBeLessThan(5 / Math.sqrt(DRAWS))
  })

  it('numbers the sites 0, then three a layer', () => {
    const sites = [EMBEDDING_SITE, ...[0, 1].flatMap((l) => [probabilitySite(l), attentionOutputSite(l), mlpOutputSite(l)])]
    expect(sites).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it('never maps two inputs of mix to one output', () => {
    const seen = new Set<number>()
    for (let i = 0; i < DRAWS; i++) seen.add(mix(i * 42949))
    expect(seen.size).toBe(DRAWS)
  })

  it('wraps attention indices modulo 2^32', () => {
    expect(attentionIndex({ b: 1, h: 2, t: 3, slot: 1, j: 4 }, { H: 4, T: 5, S: 2 })).toBe((((1 * 4 + 2) * 5 + 3) * 2 + 1) * 5 + 4)
    const exact = BigInt.asUintN(32, (((63n * 16n + 15n) * 4096n + 4095n) * 12n + 11n) * 4096n + 4095n)
    expect(attentionIndex({ b: 63, h: 15, t: 4095, slot: 11, j: 4095 }, { H: 16, T: 4096, S: 12 })).toBe(Number(exact))
  })
})
