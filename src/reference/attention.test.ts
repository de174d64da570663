import { describe, expect, it } from 'vitest'
import type { Slot } from '../model/wiring.ts'
import { attentionBackward, attentionForward, type AttentionInput } from './attention.ts'
import { dot, gradientError, randomValues, relativeError } from './differences.ts'

const dims = { B: 2, T: 5, H: 4, G: 2, E: 3 }
const WIDTH = (dims.H + 2 * dims.G) * dims.E
const LAYERS = 3

const makeStore = () => Array.from({ length: LAYERS }, (_, l) => randomValues(10 + l, dims.B * dims.T * WIDTH, 1.5))
const everyHead = (slots: Slot[]) => Array.from({ length: dims.H }, () => slots)
const keepSome: AttentionInput['mask'] = (b, h, t, slot, j) => ((b * 31 + h * 17 + t * 7 + slot * 5 + j * 3) % 4 === 0 ? 0 : 1 / 0.75)

const wirings: [string, Slot[][]][] = [
  ['own layer', everyHead([[2, 2]])],
  ['an earlier layer', everyHead([[0, 0]])],
  [
    'both under one softmax',
    everyHead([
      [2, 2],
      [1, 1],
    ]),
  ],
  ['values from the first', everyHead([[2, 0]])],
  [
    'one source twice',
    everyHead([
      [1, 1],
      [1, 1],
    ]),
  ],
  [
    'every head otherwise',
    [
      [[2, 2]],
      [
        [0, 1],
        [2, 0],
      ],
      [[1, 1]],
      [
        [2, 2],
        [1, 1],
        [0, 0],
      ],
    ],
  ],
]

describe('attention', () => {
  it.each(wirings.flatMap(([name, reads]) => [false, true].map((dropped) => ({ name, reads, dropped }))))(
    'agrees with central differences and adds: $name, dropout $dropped',
    ({ reads, dropped }) => {
      const store = makeStore()
      const input = { dims, layer: 2, reads, store, mask: dropped ? keepSome : undefined }
      const dOut = randomValues(20, dims.B * dims.T * dims.H * dims.E)
      const before = store.map((s, l) => randomValues(30 + l, s.length))
      const dStore = before.map((d) => d.slice())
      attentionBackward(input, attentionForward(input), dOut, dStore)
      const f = () => dot(attentionForward(input).out, dOut)
      store.forEach((s, l) => {
        const added = dStore[l].map((d, i) => d - before[l][i])
        expect(gradientError(f, s, added)).toBeLessThan(1e-6)
      })
    },
  )

  it('leaves layers that no slot reads alone', () => {
    const store = makeStore()
    const input = { dims, layer: 2, reads: everyHead([[2, 2]]), store }
    const dStore = store.map((s) => new Float64Array(s.length))
    attentionBackward(input, attentionForward(input), randomValues(20, dims.B * dims.T * dims.H * dims.E), dStore)
    expect(dStore.map((d) => d.some((value) => value !== 0))).toEqual([false, false, true])
  })

  it('gives causal patterns whose rows sum to 1, and a log-sum-exp that matches the scores', () => {
    const [, reads] = wirings[5]
    const store = makeStore()
    const saved = attentionForward({ dims, layer: 2, reads, store })
    const { T, H, G, E } = dims
    for (const b of [0, 1]) {
      saved.patterns(b).forEach((pattern, h) => {
        const S = reads[h].length
        expect(pattern.length).toBe(T * S * T)
        for (let t = 0; t < T; t++) {
          let total = 0
          for (let slot = 0; slot < S; slot++) {
            for (let j = 0; j < T; j++) {
              const p = pattern[(t * S + slot) * T + j]
              total += p
              if (j > t) expect(p).toBe(0)
              else {
                let score = 0
                const key = H + Math.floor(h / (H / G))
                for (let e = 0; e < E; e++)
                  score += store[2][(b * T + t) * WIDTH + h * E + e] * store[reads[h][slot][0]][(b * T + j) * WIDTH + key * E + e]
                expect(Math.log(p) + saved.lse[(b * T + t) * H + h]).toBeCloseTo(score / Math.sqrt(E), 12)
              }
            }
          }
          expect(total).toBeCloseTo(1, 12)
        }
      })
    }
  })

  it('reads the same from a source listed twice as from it listed once', () => {
    const store = makeStore()
    const once = attentionForward({ dims, layer: 2, reads: everyHead([[1, 1]]), store }).out
    const twice = attentionForward({
      dims,
      layer: 2,
      reads: everyHead([
        [1, 1],
        [1, 1],
      ]),
      store,
    }).out
    expect(relativeError(twice, once)).toBeLessThan(1e-14)
  })

  it('stays finite where scores overflow an exponential', () => {
    const store = makeStore().map((s) => s.map((value) => value * 100))
    expect(attentionForward({ dims, layer: 2, reads: everyHead([[2, 2]]), store }).out.every(Number.isFinite)).toBe(true)
  })
})
