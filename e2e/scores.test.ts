/** Scores of heads: against float64 on every golden wiring, and on weights whose scores are known. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { rng } from '../src/data/random.ts'
import { copyingScores, eigenvalueRatio, MOST_TOKENS } from '../src/lab/copying.ts'
import { headMeasures } from '../src/lab/measures.ts'
import { observe } from '../src/lab/observe.ts'
import { repeatedSequences, scoreHeads } from '../src/lab/scores.ts'
import { parameterShapes, parseConfig, type ModelConfig } from '../src/model/config.ts'
import type { Parameters } from '../src/model/initialise.ts'
import { referenceModel } from '../src/reference/model.ts'
import { prefixOfFour, scoresOfTwo } from '../src/reference/scores.ts'
import { createForward } from '../src/train/forward.ts'
import { join } from 'node:path'
import { goldenModel } from './engine.ts'
import { caseFolder, CASES } from './golden-check.mjs'
import { machineOf } from './machines.ts'
import { jsonLines, skipscope } from './skipscope.ts'

describe.each(CASES)('%s', (name) => {
  test('has the scores of the float64 oracle', async () => {
    const { config, parameters } = goldenModel(name)
    const V = config.vocab_size
    const { scores, block, quarter, sequences: B } = await scoreHeads(await machineOf(config, parameters), V)
    const T = 2 * block
    const doubles = new Map([...parameters].map(([key, { shape, data }]) => [key, { shape, data: Float64Array.from(data) }]))
    const seen = (copies: number) => {
      const tokens = repeatedSequences(1, V, B, T / copies, copies)
      const { patterns } = referenceModel(config, doubles, tokens, new Int32Array(B * T).fill(0), B, T)
      const rows = Array.from({ length: B }, (_, b) => tokens.subarray(b * T, (b + 1) * T))
      return { rows, of: (l: number, h: number) => Array.from({ length: B }, (_, b) => patterns[l](b)[h]) }
    }
    const [twice, fourfold] = [seen(2), seen(4)]
    expect(quarter).toBe(T / 4)
    expect(scores).toHaveLength(config.n_layers * config.n_heads)
    for (const { layer, head, prefix, ...rest } of scores) {
      const due = scoresOfTwo(twice.of(layer, head), T)
      for (const key of ['previous', 'duplicate', 'induction'] as const) expect(Math.abs(rest[key] - due[key])).toBeLessThan(1e-4)
      expect(Math.abs(prefix - prefixOfFour(fourfold.of(layer, head), fourfold.rows, T))).toBeLessThan(1e-4)
    }
    for (const { layer, head, copying } of scores) {
      const slots = config.reads[layer][head]
      expect(copying).toHaveLength(slots.length)
      slots.forEach(([, source], s) => expect(Math.abs(copying[s] - copyingOf(config, parameters, layer, head, source))).toBeLessThan(1e-4))
    }
    // They are not all one and the same.
    expect(new Set(scores.map(({ induction }) => induction.toFixed(4))).size).toBeGreaterThan(3)
  })
})

/** Σ λ / Σ |λ| of the whole circuit from tokens to logits, [V, V], put together column by column as its definition reads. */
function copyingOf(config: ModelConfig, parameters: Parameters, layer: number, head: number, source: number): number {
  const { vocab_size: V, d_model: D, n_heads: H, n_kv_heads: G } = config
  const E = D / H
  const at = (name: string, row: number, column: number): number => {
    const found = parameters.get(name)
    if (!found) throw new Error(`There is no ${name}.`)
    return found.data[row * (found.shape[1] ?? 1) + column]
  }
  const each = (n: number, of: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => of(i))
  const sum = (n: number, of: (i: number) => number): number => each(n, of).reduce((a, b) => a + b, 0)
  const centred = (x: number[]): number[] => (config.norm === 'layernorm' ? x.map((value) => value - sum(D, (d) => x[d]) / D) : x)
  const group = Math.floor(head / (H / G))
  const columns = each(V, (v) => v).map((token) => {
    const x = centred(each(D, (d) => at('tok_emb.weight', token, d))).map(
      (value, d) => value * at(`blocks.${source}.attn_norm.weight`, d, 0),
    )
    const z = each(E, (e) => sum(D, (d) => at(`blocks.${source}.attn.v.weight`, group * E + e, d) * x[d]))
    const given = each(D, (d) => sum(E, (e) => at(`blocks.${layer}.attn.o.weight`, d, head * E + e) * z[e]))
    const y = centred(given).map((value, d) => value * at('final_norm.weight', d, 0))
    return each(V, (v) => sum(D, (d) => at(config.tie_embeddings ? 'tok_emb.weight' : 'lm_head.weight', v, d) * y[d]))
  })
  const { realEigenvalues, imaginaryEigenvalues } = new EigenvalueDecomposition(new Matrix(columns))
  const sizes = realEigenvalues.map((real, i) => Math.hypot(real, imaginaryEigenvalues[i]))
  // The sum of the eigenvalues is the trace, whoever finds them.
  return sum(V, (v) => columns[v][v]) / sum(V, (i) => sizes[i])
}

/** Two layers of one head whose stream holds, one after another: the token, the position, the token before. */
function inductionCircuit(V: number, T: number): { config: ModelConfig; parameters: Parameters } {
  const D = 2 * V + T
  const config = parseConfig({
    vocab_size: V,
    context_length: T,
    n_layers: 2,
    n_heads: 1,
    n_kv_heads: 1,
    d_model: D,
    d_ff: 4,
    norm: 'rmsnorm',
    activation: 'relu',
    bias: false,
    reads: [[[[0, 0]]], [[[1, 1]]]],
  })
  const parameters: Parameters = new Map(
    [...parameterShapes(config)].map(([name, shape]) => {
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1))
      if (name.includes('norm')) data.fill(1)
      return [name, { shape: [...shape], data }]
    }),
  )
  const set = (name: string, row: number, column: number, value: number): void => {
    const parameter = parameters.get(name)
    if (!parameter) throw new Error(`There is no ${name}.`)
    parameter.data[row * parameter.shape[1] + column] = value
  }
  const SHARP = 10
  for (let v = 0; v < V; v++) {
    set('tok_emb.weight', v, v, 1)
    // The first head moves the token that it looks at to the third place.
    set('blocks.0.attn.v.weight', v, v, 1)
    set('blocks.0.attn.o.weight', V + T + v, v, 1)
    // The second looks for the token where it is the one before.
    set('blocks.1.attn.q.weight', v, v, SHARP)
    set('blocks.1.attn.k.weight', v, V + T + v, SHARP)
  }
  for (let t = 0; t < T; t++) {
    set('pos_emb.weight', t, V + t, 1)
    set('blocks.0.attn.q.weight', t, V + t, SHARP)
    if (t + 1 < T) set('blocks.0.attn.k.weight', t + 1, V + t, SHARP)
  }
  return { config, parameters }
}

describe('weights built by hand', () => {
  test('a previous-token head and an induction head score above 0.95, each in its own column alone', async () => {
    const { config, parameters } = inductionCircuit(16, 32)
    const { scores } = await scoreHeads(await machineOf(config, parameters), 16)
    const [previous, induction] = scores
    expect(previous.previous).toBeGreaterThan(0.95)
    expect(previous.induction).toBeLessThan(0.1)
    expect(induction.induction).toBeGreaterThan(0.95)
    expect(induction.prefix).toBeGreaterThan(0.95)
    expect(induction.duplicate).toBeLessThan(0.05)
  })

  test('a head that passes on what it sees copies, one that takes it away does the opposite, and one that moves every token on does neither', async () => {
    const V = 8
    const { config, parameters } = inductionCircuit(V, 16)
    const D = config.d_model
    const circuit = async (to: (token: number) => number, sign: (token: number) => number): Promise<number> => {
      const changed: Parameters = new Map([...parameters].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]))
      for (const name of ['blocks.0.attn.v.weight', 'blocks.0.attn.o.weight', 'lm_head.weight']) changed.get(name)?.data.fill(0)
      for (let v = 0; v < V; v++) {
        for (const name of ['blocks.0.attn.v.weight', 'lm_head.weight']) changed.get(name)?.data.fill(1, v * D + v, v * D + v + 1)
        const moved = to(v) * D + v
        changed.get('blocks.0.attn.o.weight')?.data.fill(sign(v), moved, moved + 1)
      }
      return (await copyingScores(config, changed, V))[0][0][0]
    }
    const stays = (v: number): number => v
    expect(await circuit(stays, () => 1)).toBeCloseTo(1, 6)
    expect(await circuit(stays, () => -1)).toBeCloseTo(-1, 6)
    // A shift's eigenvalues are the roots of unity.
    expect(
      await circuit(
        (v) => (v + 1) % V,
        () => 1,
      ),
    ).toBeCloseTo(0, 6)
    // Two of eight tokens are lowered three times as much as six are raised: (6 − 2 · 3) / (6 + 2 · 3), and (7 − 3) / (7 + 3).
    expect(await circuit(stays, (v) => (v < 2 ? -3 : 1))).toBeCloseTo(0, 6)
    expect(await circuit(stays, (v) => (v < 1 ? -3 : 1))).toBeCloseTo(0.4, 6)
  })

  test('of a large vocabulary the copying score is that of tokens spread over it', async () => {
    const { config, parameters } = inductionCircuit(8, 16)
    const large = { ...config, vocab_size: MOST_TOKENS + 700 }
    const known = large.vocab_size - 100
    const D = config.d_model
    const random = rng(3)
    const drawn = (names: RegExp, rows: number): Parameters =>
      new Map(
        [...parameters].flatMap(([name, { shape, data }]) =>
          names.test(name)
            ? [
                [
                  name,
                  {
                    shape: rows ? [rows, D] : shape,
                    data: Float32Array.from({ length: rows ? rows * D : data.length }, () => random.next() - 0.5),
                  },
                ],
              ]
            : [],
        ),
      )
    const weights: Parameters = new Map([...parameters, ...drawn(/attn\.[vo]\.weight/, 0), ...drawn(/tok_emb|lm_head/, large.vocab_size)])
    const rowsOf = (name: string): Float32Array =>
      Float32Array.from({ length: MOST_TOKENS * D }, (_, i) => {
        const id = Math.floor((Math.floor(i / D) * known) / MOST_TOKENS)
        return weights.get(name)?.data[id * D + (i % D)] ?? NaN
      })
    const small: Parameters = new Map(
      [...weights].map(([name, one]) => [name, /tok_emb|lm_head/.test(name) ? { shape: [MOST_TOKENS, D], data: rowsOf(name) } : one]),
    )
    expect(await copyingScores(large, weights, known)).toEqual(
      await copyingScores({ ...config, vocab_size: MOST_TOKENS }, small, MOST_TOKENS),
    )
    expect(await copyingScores(large, weights, known)).not.toEqual(await copyingScores(large, weights, known - 50))
  })

  test('eigenvalues: the sum over sizes of complex pairs, any scale, and weights that are no numbers', () => {
    // 3 ± 4i and 2: (3 + 3 + 2) / (5 + 5 + 2).
    const matrix = (scale: number) =>
      new Matrix([
        [3, 4, 1],
        [-4, 3, 7],
        [0, 0, 2],
      ]).mul(scale)
    for (const scale of [1, 1e-200, 1e200]) expect(eigenvalueRatio(matrix(scale))).toBeCloseTo(8 / 12, 9)
    expect(eigenvalueRatio(matrix(0))).toBe(0)
    for (const bad of [NaN, Infinity]) expect(() => eigenvalueRatio(matrix(1).set(1, 1, bad))).toThrow('training has diverged')
  })

  test('attention that is uniform has a normalised entropy of 1', async () => {
    const { config, parameters } = inductionCircuit(16, 32)
    for (const [name, { data }] of parameters) if (name.endsWith('attn.q.weight')) data.fill(0)
    const forward = await createForward(await machineOf(config, parameters), 1, 32, { observe: 'heads' })
    const tokens = repeatedSequences(1, 16, 1, 8, 4)
    const measured = headMeasures(await observe(forward, config, { tokens, targets: new Int32Array(32).fill(-1) }, 1, 32))
    for (const { entropy } of measured) expect(Math.abs(entropy - 1)).toBeLessThan(1e-5)
    forward.dispose()
  })
})

test('heads --scores adds them to its lines', async () => {
  const folder = caseFolder('joint')
  const { status, stdout, stderr } = await skipscope(['heads', '--model', folder, '--batches', join(folder, 'batches.json'), '--scores'])
  expect(status, stderr).toBe(0)
  const lines = z
    .array(
      z.looseObject({
        layer: z.int(),
        head: z.int(),
        entropy: z.number(),
        induction: z.number(),
        previous: z.number(),
        copying: z.array(z.number()).min(1),
      }),
    )
    .parse(jsonLines(stdout))
  const { config } = goldenModel('joint')
  expect(lines).toHaveLength(config.n_layers * config.n_heads)
})
