import { describe, expect, it } from 'vitest'
import { dot, gradientError, randomValues } from './differences.ts'
import { embeddingBackward, embeddingForward } from './embedding.ts'
import { gateBackward, gateForward } from './gate.ts'
import { linearBackward, linearForward, type LinearActivation } from './linear.ts'
import { lossBackward, lossForward } from './loss.ts'
import { layernormBackward, layernormForward, rmsnormBackward, rmsnormForward } from './norm.ts'
import { adamwStep, clipScale, globalNorm } from './optimizer.ts'
import { ropeBackward, ropeForward } from './rope.ts'

const LIMIT = 1e-6

/** A dropout mask at p = 0.25 made of reproducible values. */
const randomMask = (seed: number, n: number) => randomValues(seed, n).map((v) => (v < -0.5 ? 0 : 1 / 0.75))

describe('linear', () => {
  const [M, N, K] = [5, 7, 3]
  const acts: LinearActivation[] = ['none', 'gelu', 'relu', 'relu2', 'silu']
  it.each(acts)('agrees with central differences: %s, with bias, mask and residual', (act) => {
    const x = randomValues(1, M * K, 2)
    const w = randomValues(2, N * K)
    const b = randomValues(3, N)
    const residual = randomValues(4, M * N)
    const input = { M, N, K, x, w, b, act, mask: randomMask(5, M * N), residual }
    const dy = randomValues(6, M * N)
    const f = () => dot(linearForward(input).y, dy)
    const { dx, dw, db, dresidual } = linearBackward(input, linearForward(input), dy)
    expect(gradientError(f, x, dx)).toBeLessThan(LIMIT)
    expect(gradientError(f, w, dw)).toBeLessThan(LIMIT)
    expect(gradientError(f, b, db)).toBeLessThan(LIMIT)
    expect(gradientError(f, residual, dresidual)).toBeLessThan(LIMIT)
  })

  it('agrees with central differences without bias, mask or residual', () => {
    const input = { M, N, K, x: randomValues(1, M * K), w: randomValues(2, N * K) }
    const dy = randomValues(3, M * N)
    const f = () => dot(linearForward(input).y, dy)
    const { dx, dw } = linearBackward(input, linearForward(input), dy)
    expect(gradientError(f, input.x, dx)).toBeLessThan(LIMIT)
    expect(gradientError(f, input.w, dw)).toBeLessThan(LIMIT)
  })

  it('multiplies by the transposed weight, activates, masks, then adds the residual', () => {
    const input = { M: 1, N: 2, K: 2, x: Float64Array.of(1, 2), w: Float64Array.of(3, 4, -5, -6), b: Float64Array.of(1, 1) }
    const { y, pre } = linearForward({ ...input, act: 'relu2', mask: Float64Array.of(2, 2), residual: Float64Array.of(0.5, 7) })
    expect([...pre]).toEqual([12, -16])
    expect([...y]).toEqual([288.5, 7])
  })
})

describe('gate', () => {
  it('agrees with central differences', () => {
    const input = { a: randomValues(1, 35, 3), b: randomValues(2, 35) }
    const dy = randomValues(3, 35)
    const f = () => dot(gateForward(input).y, dy)
    const { da, db } = gateBackward(input, dy)
    expect(gradientError(f, input.a, da)).toBeLessThan(LIMIT)
    expect(gradientError(f, input.b, db)).toBeLessThan(LIMIT)
  })
})

describe('norm', () => {
  const [M, D] = [5, 7]
  it.each([
    ['layernorm with bias', layernormForward, layernormBackward, true],
    ['layernorm without bias', layernormForward, layernormBackward, false],
    ['rmsnorm', rmsnormForward, rmsnormBackward, false],
  ])('agrees with central differences: %s', (_, forward, backward, biased) => {
    const x = randomValues(1, M * D, 2)
    const weight = randomValues(2, D)
    const bias = randomValues(3, D)
    const input = { M, D, x, weight, bias: biased ? bias : undefined, eps: 1e-5 }
    const dy = randomValues(4, M * D)
    const f = () => dot(forward(input).y, dy)
    const { dx, dweight, dbias } = backward(input, forward(input), dy)
    expect(gradientError(f, x, dx)).toBeLessThan(LIMIT)
    expect(gradientError(f, weight, dweight)).toBeLessThan(LIMIT)
    if (biased) expect(gradientError(f, bias, dbias)).toBeLessThan(LIMIT)
  })

  it('centres and scales as defined', () => {
    const input = { M: 1, D: 4, x: Float64Array.of(1, 3, 5, 7), weight: Float64Array.of(1, 1, 1, 1), eps: 0 }
    const layer = layernormForward(input)
    expect(layer.mean[0]).toBe(4)
    expect(layer.rstd[0]).toBeCloseTo(1 / Math.sqrt(5), 15)
    expect(rmsnormForward(input).y[3]).toBeCloseTo(7 / Math.sqrt(21), 15)
  })

  it('refuses a bias for rmsnorm', () => {
    const ones = Float64Array.of(1)
    expect(() => rmsnormForward({ M: 1, D: 1, x: ones, weight: ones, bias: ones, eps: 1e-5 })).toThrow(/rmsnorm has no bias/)
  })
})

describe('embedding', () => {
  it.each([true, false])('agrees with central differences (positions and mask: %s)', (full) => {
    const [B, T, D, V, C] = [2, 3, 5, 4, 6]
    const tok = randomValues(1, V * D)
    const pos = randomValues(2, C * D)
    // Token 3 never occurs and 1 occurs three times.
    const input = {
      B,
      T,
      D,
      tokens: Uint32Array.of(1, 0, 1, 2, 1, 0),
      tok,
      pos: full ? pos : undefined,
      mask: full ? randomMask(3, B * T * D) : undefined,
    }
    const dy = randomValues(4, B * T * D)
    const f = () => dot(embeddingForward(input).y, dy)
    const { dtok, dpos } = embeddingBackward(input, dy)
    expect(gradientError(f, tok, dtok)).toBeLessThan(LIMIT)
    expect([...dtok.subarray(3 * D)]).toEqual(new Array(D).fill(0))
    if (full) {
      expect(gradientError(f, pos, dpos)).toBeLessThan(LIMIT)
      expect([...dpos.subarray(T * D)]).toEqual(new Array((C - T) * D).fill(0))
    } else expect(dpos.length).toBe(0)
  })
})

describe('rope', () => {
  const input = { rows: 5, heads: 3, E: 6, theta: 100, positions: Uint32Array.of(0, 1, 2, 7, 1), stride: 20 }
  const n = input.rows * input.stride
  const turned = (x: Float64Array) => {
    const y = x.slice()
    ropeForward(input, y)
    return y
  }

  it('agrees with central differences, and leaves what lies between the heads of two rows alone', () => {
    const x = randomValues(1, n)
    const dy = randomValues(2, n)
    const dx = dy.slice()
    ropeBackward(input, dx)
    expect(gradientError(() => dot(turned(x), dy), x, dx)).toBeLessThan(LIMIT)
    const y = turned(x)
    for (let row = 0; row < input.rows; row++) for (const i of [18, 19]) expect(y[row * 20 + i]).toBe(x[row * 20 + i])
  })

  it('is undone by its backward pass', () => {
    const x = randomValues(1, n)
    const y = turned(x)
    ropeBackward(input, y)
    x.forEach((value, i) => expect(y[i]).toBeCloseTo(value, 14))
  })

  it('turns the pair (i, i + E/2) by t theta^(-2i/E)', () => {
    const x = Float64Array.of(0, 1, 0, 0)
    ropeForward({ rows: 1, heads: 1, E: 4, theta: 100, positions: Uint32Array.of(3) }, x)
    expect(x[1]).toBeCloseTo(Math.cos(0.3), 15)
    expect(x[3]).toBeCloseTo(Math.sin(0.3), 15)
  })
})

describe('loss', () => {
  const [M, V] = [5, 7]
  it('agrees with central differences and skips targets of -1', () => {
    const input = { M, V, logits: randomValues(1, M * V, 3), targets: Int32Array.of(-1, 6, 0, -1, 3) }
    const saved = lossForward(input)
    const dlogits = lossBackward(input, saved, 0.7)
    expect(gradientError(() => 0.7 * lossForward(input).loss, input.logits, dlogits)).toBeLessThan(LIMIT)
    expect(saved.count).toBe(3)
    expect(saved.rows[0]).toBe(0)
    expect([...dlogits.subarray(0, V), ...dlogits.subarray(3 * V, 4 * V)]).toEqual(new Array(2 * V).fill(0))
  })

  it('is log V for equal logits, whose argmax is the lowest index', () => {
    const saved = lossForward({ M: 2, V: 4, logits: new Float64Array(8), targets: Int32Array.of(0, 1) })
    expect(saved.loss).toBeCloseTo(Math.log(4), 15)
    expect([...saved.correct]).toEqual([1, 0])
  })

  it('survives logits whose exponentials overflow', () => {
    const saved = lossForward({ M: 1, V: 2, logits: Float64Array.of(5000, 4000), targets: Int32Array.of(1) })
    expect(saved.loss).toBe(1000)
  })

  it('is 0 with gradients of 0 where every target is -1', () => {
    const input = { M: 2, V: 3, logits: randomValues(1, 6), targets: Int32Array.of(-1, -1) }
    const saved = lossForward(input)
    expect([saved.loss, saved.count]).toEqual([0, 0])
    expect([...lossBackward(input, saved)]).toEqual(new Array(6).fill(0))
  })
})

describe('optimizer', () => {
  const settings = { lr: 0.1, beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0.1, clip: 0 }
  const tensor = (p: number, g: number, decay: boolean) => ({
    p: Float64Array.of(p),
    g: Float64Array.of(g),
    m: new Float64Array(1),
    v: new Float64Array(1),
    decay,
  })

  it('moves by the rate against the sign of the first gradient, decaying only where flagged', () => {
    const tensors = [tensor(2, 3, true), tensor(2, -4, false)]
    expect(adamwStep(tensors, settings, 1)).toBe(5)
    expect(tensors[0].p[0]).toBeCloseTo(2 * 0.99 - 0.1, 8)
    expect(tensors[1].p[0]).toBeCloseTo(2.1, 8)
    expect(tensors[0].m[0]).toBeCloseTo(0.3, 15)
    expect(tensors[0].v[0]).toBeCloseTo(0.45, 15)
  })

  it('clips all gradients to one global norm, and returns the norm before', () => {
    const tensors = [tensor(2, 3, true), tensor(2, -4, false)]
    expect(adamwStep(tensors, { ...settings, clip: 1 }, 1)).toBe(5)
    expect(tensors[0].m[0]).toBeCloseTo((0.1 * 3) / 5.000001, 15)
    expect(tensors[1].m[0]).toBeCloseTo((-0.1 * 4) / 5.000001, 15)
  })

  it('measures the norm over all tensors and leaves small ones alone', () => {
    expect(globalNorm([Float64Array.of(3), Float64Array.of(0, 4)])).toBe(5)
    expect(clipScale(0.5, 1)).toBe(1)
    expect(clipScale(50, 0)).toBe(1)
  })
})
