/** The logit lens and direct logit attribution: against the float64 oracle of shorter models, and against models whose other parts are silent. */
import { describe, expect, test } from 'vitest'
import { dot } from '../src/lab/directions.ts'
import { lensAfter, probabilityAfter, type Contribution, type Lens } from '../src/lab/lens.ts'
import { observe } from '../src/lab/observe.ts'
import type { ModelConfig } from '../src/model/config.ts'
import type { Parameters } from '../src/model/initialise.ts'
import { referenceModel } from '../src/reference/model.ts'
import { createForward } from '../src/train/forward.ts'
import { goldenModel, randomTokens } from './engine.ts'
import { CASES } from './golden-check.mjs'
import { machineOf } from './machines.ts'

/** With parameters of these names changed by `of`. */
const changed = (parameters: Parameters, names: RegExp, of: (value: number, i: number) => number): Parameters =>
  new Map([...parameters].map(([name, { shape, data }]) => [name, { shape, data: names.test(name) ? data.map(of) : data }]))

/** Probabilities that the first layers give the last position, the MLP of the last of them included or not. */
function shortened(config: ModelConfig, parameters: Parameters, tokens: Uint32Array, layers: number, mlp: boolean): Float64Array {
  const T = tokens.length
  const short = { ...config, n_layers: layers, reads: config.reads.slice(0, layers) }
  const silent = changed(parameters, new RegExp(`^blocks\\.${layers - 1}\\.mlp\\.down`), (value) => (mlp ? value : 0))
  const doubles = new Map([...silent].map(([name, { shape, data }]) => [name, { shape, data: Float64Array.from(data) }]))
  const { logits } = referenceModel(short, doubles, tokens, new Int32Array(T).fill(0), 1, T)
  const last = logits.subarray((T - 1) * config.vocab_size)
  const most = Math.max(...last)
  const powers = last.map((logit) => Math.exp(logit - most))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((power) => power / sum)
}

const total = (contributions: readonly Contribution[]): number => contributions.reduce((sum, { value }) => sum + value, 0)

describe.each(CASES)('%s', (name) => {
  const { config, parameters } = goldenModel(name)
  const V = config.vocab_size
  const tokens = Uint32Array.from(randomTokens(5, Math.min(config.context_length, 9), V))
  const T = tokens.length
  const token = 3

  test('at every depth it is the prediction of the model that ends there', async () => {
    const { depths } = await lensAfter(await machineOf(config, parameters), tokens, V, token)
    expect(depths).toHaveLength(1 + 2 * config.n_layers)
    for (const { after, layer, probability, rank, top } of depths) {
      const layers = after === 'embedding' ? 0 : layer + 1
      const due = shortened(config, parameters, tokens, layers, after !== 'attn')
      expect(Math.abs(probability - due[token]) / due[token], `${after} ${layer}`).toBeLessThan(1e-4)
      expect(rank).toBe(1 + due.filter((p) => p > due[token]).length)
      expect(top[0].id).toBe(due.indexOf(Math.max(...due)))
    }
    // The layers do something.
    expect(new Set(depths.map(({ probability }) => probability.toFixed(6))).size).toBe(depths.length)
  })

  test('what the parts add sums to the logit above the mean, and without a token the likeliest is followed', async () => {
    const machine = await machineOf(config, parameters)
    const forward = await createForward(machine, 1, T)
    const logits = (await forward.logits({ tokens, targets: new Int32Array(T).fill(-1) })).subarray((T - 1) * V)
    const lens = await lensAfter(machine, tokens, V)
    expect(lens.token).toBe(logits.indexOf(Math.max(...logits)))
    const above = logits[lens.token] - logits.reduce((a, b) => a + b, 0) / V
    expect(Math.abs(lens.logit - above)).toBeLessThan(1e-4)
    expect(Math.abs(total(lens.contributions) - above)).toBeLessThan(1e-4)
  })

  test('tokens that the tokenizer cannot write are neither ranked nor part of the mean', async () => {
    const machine = await machineOf(config, parameters)
    const known = V - 3
    const lens = await lensAfter(machine, tokens, known)
    const forward = await createForward(machine, 1, T)
    const logits = (await forward.logits({ tokens, targets: new Int32Array(T).fill(-1) }, T - 1)).subarray(0, known)
    expect(lens.token).toBe(logits.indexOf(Math.max(...logits)))
    const above = logits[lens.token] - logits.reduce((a, b) => a + b, 0) / known
    expect(Math.abs(total(lens.contributions) - above)).toBeLessThan(1e-4)
    const sum = logits.reduce((a, b) => a + Math.exp(b - logits[lens.token]), 0)
    expect(lens.depths.at(-1)?.probability).toBeCloseTo(1 / sum, 5)
    expect(Math.abs((await probabilityAfter(machine, tokens, known, lens.token, [])) - 1 / sum)).toBeLessThan(1e-5)
    expect(await probabilityAfter(machine, tokens, known, lens.token, [{ drop: ['mlp', 0] }])).not.toBeCloseTo(1 / sum, 3)
  })

  test('what a head adds, and through which values, is what is left when the others are silent', async () => {
    const lens = await lensAfter(await machineOf(config, parameters), tokens, V, token)
    const E = config.d_model / config.n_heads
    const direction = await directionOf(lens)
    const given = async (layer: number, changedParameters: Parameters): Promise<number> => {
      const forward = await createForward(await machineOf(config, changedParameters), 1, T, { observe: 'all' })
      const { stream } = await observe(forward, config, { tokens, targets: new Int32Array(T).fill(-1) }, 1, T)
      const last = (rows: Float32Array[] | undefined) => (rows?.[layer] ?? new Float32Array()).subarray((T - 1) * config.d_model)
      return dot(direction, last(stream?.attnOut)) - dot(direction, last(stream?.attnIn))
    }
    const all = Array.from({ length: config.n_layers * config.n_heads }, (_, i) => [Math.floor(i / config.n_heads), i % config.n_heads])
    for (const [layer, head] of all) {
      const own = lens.contributions.filter((one) => one.part === 'values' && one.layer === layer && one.head === head)
      const noBias = changed(parameters, new RegExp(`^blocks\\.${layer}\\.attn\\.o\\.bias`), () => 0)
      const alone = changed(noBias, new RegExp(`^blocks\\.${layer}\\.attn\\.o\\.weight`), (value, i) =>
        Math.floor((i % config.d_model) / E) === head ? value : 0,
      )
      expect(own).toHaveLength(config.reads[layer][head].length)
      expect(Math.abs(total(own) - (await given(layer, alone)))).toBeLessThan(1e-4)
      // Without the values of its own layer, nothing below changes, and what it adds is that of the other sources.
      const others = own.filter(({ slot = 0 }) => config.reads[layer][head][slot][1] !== layer)
      const back = await given(
        layer,
        changed(alone, new RegExp(`^blocks\\.${layer}\\.attn\\.v\\.`), () => 0),
      )
      expect(Math.abs(total(others) - back)).toBeLessThan(1e-4)
    }
  })

  /** The direction that contributions are measured along: that of the logit above the mean, over the size of the stream's end. */
  async function directionOf(lens: Lens): Promise<Float64Array> {
    const forward = await createForward(await machineOf(config, parameters), 1, T, { observe: 'all' })
    const { stream } = await observe(forward, config, { tokens, targets: new Int32Array(T).fill(-1) }, 1, T)
    const D = config.d_model
    const end = Float64Array.from((stream?.mlpOut[config.n_layers - 1] ?? new Float32Array()).subarray((T - 1) * D))
    const head = parameters.get(config.tie_embeddings ? 'tok_emb.weight' : 'lm_head.weight')?.data ?? new Float32Array()
    const weight = parameters.get('final_norm.weight')?.data ?? new Float32Array()
    const column = (d: number): number[] => Array.from({ length: V }, (_, v) => head[v * D + d])
    const raw = Float64Array.from(
      { length: D },
      (_, d) => (head[lens.token * D + d] - column(d).reduce((a, b) => a + b, 0) / V) * weight[d],
    )
    const mean = (x: Float64Array): number => (config.norm === 'layernorm' ? x.reduce((a, b) => a + b, 0) / D : 0)
    const centre = mean(end)
    const size = Math.sqrt(end.reduce((sum, x) => sum + (x - centre) ** 2, 0) / D + config.norm_eps)
    const shift = mean(raw)
    return raw.map((value) => (value - shift) / size)
  }
})
