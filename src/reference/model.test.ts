import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { elements, parameterShapes, parseConfig, type ModelConfig } from '../model/config.ts'
import type { Reads } from '../model/wiring.ts'
import { dot, randomValues, relativeError } from './differences.ts'
import { referenceModel, type ReferenceParameters } from './model.ts'
import { adamwStep } from './optimizer.ts'

const GOLDEN = new URL('../../e2e/golden/', import.meta.url)

const headerSchema = z.record(z.string(), z.unknown())
const tensorSchema = z.object({ dtype: z.literal('F32'), shape: z.array(z.int()), data_offsets: z.tuple([z.int(), z.int()]) })
const batchesSchema = z.array(z.object({ tokens: z.array(z.array(z.int())), targets: z.array(z.array(z.int())) }))

/** The F32 tensors of a file, widened. */
function readTensors(path: string): ReferenceParameters {
  const file = readFileSync(new URL(path, GOLDEN))
  const start = 8 + Number(file.readBigUInt64LE(0))
  const header = headerSchema.parse(JSON.parse(file.toString('utf8', 8, start)))
  const tensors: ReferenceParameters = new Map()
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue
    const { shape, data_offsets } = tensorSchema.parse(entry)
    const data = Float64Array.from({ length: elements(shape) }, (_, i) => file.readFloatLE(start + data_offsets[0] + 4 * i))
    tensors.set(name, { shape, data })
  }
  return tensors
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(new URL(path, GOLDEN), 'utf8'))

function readBatches(name: string): { tokens: Uint32Array; targets: Int32Array; B: number; T: number }[] {
  const batches = batchesSchema.parse(readJson(`${name}/batches.json`))
  return batches.map(({ tokens, targets }) => ({
    tokens: Uint32Array.from(tokens.flat()),
    targets: Int32Array.from(targets.flat()),
    B: tokens.length,
    T: tokens[0].length,
  }))
}

describe.each(['standard', 'skip-split', 'joint', 'llama-gqa-shared', 'values-from-first'])('the golden case %s', (name) => {
  // The cases were computed in float64 and stored in float32, whose rounding is at most 2^-24 = 6e-8 of each value.
  const ROUNDING = 1e-7
  const config = parseConfig(readJson(`${name}/config.json`))
  const golden = readTensors(`${name}/golden.safetensors`)
  const goldenData = (key: string) => {
    const tensor = golden.get(key)
    if (!tensor) throw new Error(`${name} has no ${key}.`)
    return tensor.data
  }
  const batches = readBatches(name)

  it('has the same loss, logits, patterns and gradients', () => {
    const params = readTensors(`${name}/model.safetensors`)
    const { tokens, targets, B, T } = batches[0]
    const result = referenceModel(config, params, tokens, targets, B, T)
    expect(relativeError(Float64Array.of(result.loss), goldenData('loss'))).toBeLessThan(ROUNDING)
    expect(relativeError(result.logits, goldenData('logits'))).toBeLessThan(ROUNDING)
    result.patterns.forEach((patterns, l) =>
      patterns(0).forEach((pattern, h) => expect(relativeError(pattern, goldenData(`pattern.${l}.${h}`))).toBeLessThan(ROUNDING)),
    )
    expect([...result.grads.keys()]).toEqual([...parameterShapes(config).keys()])
    for (const [key, gradient] of result.grads) {
      const expected = goldenData(`grad.${key}`)
      // A key bias shifts all scores of a slot alike: with one slot its gradient is zero but for float64 rounding.
      if (key.endsWith('attn.k.bias') && Math.max(...expected.map(Math.abs)) < 1e-12)
        expect(Math.max(...gradient.map(Math.abs)), key).toBeLessThan(1e-12)
      else expect(relativeError(gradient, expected), key).toBeLessThan(ROUNDING)
    }
  })

  it('goes the same way through five steps of AdamW', () => {
    const params = readTensors(`${name}/model.safetensors`)
    const state = new Map(
      [...params].map(([key, { data }]) => [key, { m: new Float64Array(data.length), v: new Float64Array(data.length) }]),
    )
    const settings = { lr: 3e-3, beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0.1, clip: 1 }
    const curve = batches.map(({ tokens, targets, B, T }, i) => {
      const { loss, grads } = referenceModel(config, params, tokens, targets, B, T)
      const tensors = [...params].map(([key, { shape, data }]) => {
        const g = grads.get(key)
        const moments = state.get(key)
        if (!g || !moments) throw new Error(`${key} has no gradient.`)
        return { p: data, g, ...moments, decay: shape.length >= 2 }
      })
      adamwStep(tensors, settings, i + 1)
      return loss
    })
    expect(relativeError(Float64Array.from(curve), goldenData('curve'))).toBeLessThan(ROUNDING)
    for (const [key, { data }] of params) expect(relativeError(data, goldenData(`after.${key}`)), key).toBeLessThan(ROUNDING)
  })
})

const base = { vocab_size: 7, context_length: 6, n_layers: 3, n_heads: 2, n_kv_heads: 2, d_model: 8, d_ff: 10 }
const mixed: Reads = [
  [[[0, 0]], [[0, 0]]],
  [
    [
      [1, 1],
      [0, 0],
    ],
    [[1, 0]],
  ],
  [
    [
      [0, 0],
      [0, 0],
    ],
    [
      [2, 2],
      [1, 0],
      [0, 1],
    ],
  ],
]
/** Layers 1 and 2 read only layer 0, so their keys and values are read by no one. */
const firstOnly: Reads = Array.from({ length: 3 }, () => [[[0, 0]], [[0, 0]]])
const cases: [string, object][] = [
  ['gelu, layernorm, learned, bias', { reads: mixed }],
  ['relu, layernorm without bias, none', { activation: 'relu', bias: false, positions: 'none', reads: mixed }],
  ['relu2, rmsnorm with bias, rope, tied', { activation: 'relu2', norm: 'rmsnorm', positions: 'rope', tie_embeddings: true, reads: mixed }],
  ['silu, rmsnorm, learned, grouped heads', { activation: 'silu', norm: 'rmsnorm', bias: false, n_kv_heads: 1, reads: mixed }],
  ['swiglu with bias, layernorm, rope, grouped heads', { activation: 'swiglu', positions: 'rope', n_kv_heads: 1, reads: mixed }],
  [
    'swiglu without bias, tied, everything reads the first layer',
    { activation: 'swiglu', bias: false, tie_embeddings: true, reads: firstOnly },
  ],
  ['dropout', { dropout: 0.2, reads: mixed }],
  [
    'dropout, swiglu, rmsnorm, rope, tied, grouped heads',
    { dropout: 0.3, activation: 'swiglu', norm: 'rmsnorm', positions: 'rope', tie_embeddings: true, n_kv_heads: 1, reads: mixed },
  ],
]

function randomParameters(config: ModelConfig): ReferenceParameters {
  let seed = 100
  return new Map(
    [...parameterShapes(config)].map(([name, shape]) => {
      const centre = name.endsWith('norm.weight') ? 1 : 0
      return [name, { shape, data: randomValues(seed++, elements(shape), 0.6).map((value) => value + centre) }]
    }),
  )
}

describe('the whole model', () => {
  const [B, T] = [2, 5]
  const tokens = randomValues(1, B * T).reduce((ids, value, i) => ids.fill(Math.floor((value + 1) * 3.5), i, i + 1), new Uint32Array(B * T))
  const targets = Int32Array.of(-1, 3, 6, 0, 1, 2, 2, -1, 5, 4)
  const dropout = { seed: 7, step: 3 }

  it.each(cases)('agrees with central differences along random directions: %s', (_, change) => {
    const config = parseConfig({ ...base, ...change })
    const params = randomParameters(config)
    const loss = () => referenceModel(config, params, tokens, targets, B, T, dropout).loss
    const { grads } = referenceModel(config, params, tokens, targets, B, T, dropout)
    let seed = 1000
    for (const [name, { data }] of params) {
      const gradient = grads.get(name) ?? new Float64Array()
      // The gradient itself is one of the directions: the derivative along it is its norm, so no error hides at right angles.
      const norm = Math.sqrt(dot(gradient, gradient))
      const directions = [randomValues(seed++, data.length), ...(norm > 1e-9 ? [gradient.map((g) => g / norm)] : [])]
      for (const direction of directions) {
        const h = 1e-5
        const at = data.slice()
        data.forEach((__, i) => (data[i] = at[i] + h * direction[i]))
        const above = loss()
        data.forEach((__, i) => (data[i] = at[i] - h * direction[i]))
        const below = loss()
        data.set(at)
        const numeric = (above - below) / (2 * h)
        // The difference of two losses near 2 carries rounding of about 1e-11 of its own.
        expect(Math.abs(numeric - dot(gradient, direction)), name).toBeLessThan(1e-6 * norm + 2e-10)
      }
    }
  })

  it('gives projections that no head reads a gradient of exactly zero', () => {
    const config = parseConfig({ ...base, reads: firstOnly })
    const { grads } = referenceModel(config, randomParameters(config), tokens, targets, B, T)
    for (const name of ['blocks.1.attn.k.weight', 'blocks.2.attn.v.weight', 'blocks.2.attn.v.bias'])
      expect(
        grads.get(name)?.every((g) => g === 0),
        name,
      ).toBe(true)
    expect(grads.get('blocks.2.attn.q.weight')?.some((g) => g !== 0)).toBe(true)
  })

  it('drops something else in another step, and nothing where no dropout is asked for', () => {
    const config = parseConfig({ ...base, dropout: 0.2, reads: mixed })
    const params = randomParameters(config)
    const lossOf = (state?: { seed: number; step: number }) => referenceModel(config, params, tokens, targets, B, T, state).loss
    const plain = referenceModel({ ...config, dropout: 0 }, params, tokens, targets, B, T, dropout).loss
    expect(lossOf(dropout)).toBe(lossOf(dropout))
    expect(lossOf(dropout)).not.toBe(lossOf({ ...dropout, step: 4 }))
    expect(lossOf()).toBe(plain)
  })

  it('has loss 0 and gradients of 0 without any target', () => {
    const config = parseConfig({ ...base, reads: mixed })
    const { loss, grads } = referenceModel(config, randomParameters(config), tokens, new Int32Array(B * T).fill(-1), B, T)
    expect(loss).toBe(0)
    expect([...grads.values()].every((g) => g.every((value) => value === 0))).toBe(true)
  })

  it('names what is wrong with its input', () => {
    const config = parseConfig({ ...base, reads: mixed })
    const params = randomParameters(config)
    params.delete('final_norm.weight')
    expect(() => referenceModel(config, params, tokens, targets, B, T)).toThrow('final_norm.weight is missing')
    expect(() => referenceModel(config, params, tokens, targets, B, 7)).toThrow('B*T is 14')
  })
})
