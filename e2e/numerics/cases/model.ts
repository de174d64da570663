/** Whole models, at shapes that the golden cases do not have: loss, norm and every gradient after one training step. */
import { whole } from '../../../src/gpu/launch.ts'
import { checkFits } from '../../../src/gpu/plan.ts'
import { parameterShapes, parseConfig, parseSettings, type ModelConfig } from '../../../src/model/config.ts'
import { createPacks, createWeights, layoutOf, placeOf, type Pack, type Packs } from '../../../src/model/parameters.ts'
import { namedWiring, type Reads } from '../../../src/model/wiring.ts'
import { referenceModel, type ReferenceParameters } from '../../../src/reference/model.ts'
import { globalNorm } from '../../../src/reference/optimizer.ts'
import { countTargets, createInputs } from '../../../src/tensor/inputs.ts'
import { METRICS_STRIDE } from '../../../src/tensor/optimizer.ts'
import { count, createRecording, type Dtype } from '../../../src/tensor/recording.ts'
import { recordTraining } from '../../../src/train/program.ts'
import type { Case } from '../case.ts'
import { errorOf, filled, SEED, STEP, values, type Errors, type Harness } from '../harness.ts'

/** The contract's, for gradients. */
const MODEL = 5e-4

interface Shape extends Partial<Omit<ModelConfig, 'reads'>> {
  reads?: Reads | string
  B?: number
  /** Tokens a sequence; fewer than the context. */
  T?: number
  /** Bytes that a binding may have, where the case means packs and stores in chunks. */
  binding?: number
  /** Micro-batches; the second has no target. */
  accumulate?: number
  recompute?: boolean
  /** Of the first parameter; the others follow. */
  seed?: number
}

function configOf(shape: Shape): ModelConfig {
  const { reads = 'joint', B: _b, T: _t, binding: _, accumulate: _a, recompute: _r, seed: _s, ...given } = shape
  const base = { vocab_size: 13, context_length: 11, n_layers: 3, n_heads: 4, n_kv_heads: 2, d_model: 16, d_ff: 29, dropout: 0.3, ...given }
  return parseConfig({ model_type: 'skipscope', ...base, reads: typeof reads === 'string' ? namedWiring(reads, base) : reads })
}

function parametersOf(config: ModelConfig, first = 1): ReferenceParameters {
  const parameters: ReferenceParameters = new Map()
  let seed = first
  for (const [name, shape] of parameterShapes(config)) {
    const n = count(shape)
    const isNormWeight = name.endsWith('norm.weight')
    const spread = shape.length === 1 ? 0.3 : name.includes('emb') ? 1 : 1.5 / Math.sqrt(shape[1])
    const data = values(seed++, n, spread)
    parameters.set(name, { shape, data: isNormWeight ? data.map((value) => Math.fround(1 + value)) : data })
  }
  return parameters
}

/** Fills a pack: with parameters, or with one wrong number wherever there is a parameter. */
function fill(packs: Packs, pack: Pack, parameters: ReferenceParameters, value?: number): void {
  const chunks = packs.chunks.map((c) => new Float32Array(c.elements))
  for (const [name, { data }] of parameters) {
    const { chunk, offset } = placeOf(packs, name)
    if (value === undefined) chunks[chunk].set(data, offset)
    else chunks[chunk].fill(value, offset, offset + data.length)
  }
  packs.chunks.forEach((c, i) => (c[pack].data = chunks[i]))
}

/** The contract's measure: 1 % of the rms of all gradient entries is added under the root, since key biases cancel to rounding. */
function gradientErrors(got: Map<string, Float64Array>, expected: Map<string, Float64Array>): Errors {
  const all = [...expected.values()]
  const n = all.reduce((sum, g) => sum + g.length, 0)
  const floor = (0.01 * globalNorm(all)) ** 2 / n
  const errors: Errors = {}
  for (const [name, want] of expected) {
    const data = got.get(name)
    if (!data) throw new Error(`The model has no gradient of ${name}.`)
    let difference = 0
    for (let i = 0; i < want.length; i++) difference += (data[i] - want[i]) ** 2
    const error = Math.sqrt(difference / (globalNorm([want]) ** 2 + floor * want.length))
    errors[`gradient of ${name}`] = Number.isFinite(error) ? error : Infinity
  }
  return errors
}

async function step(harness: Harness, shape: Shape): Promise<Errors> {
  const config = configOf(shape)
  const { B = 3, T = 7, binding = harness.gpu.limits.binding, accumulate = 1, recompute = false } = shape
  const packs = createPacks(layoutOf(config, binding))
  if (shape.binding && packs.chunks.length < 2)
    throw new Error(`A binding of ${binding} bytes holds all parameters: the case means several packs.`)
  const weights = createWeights(packs, config)
  const parameters = parametersOf(config, shape.seed)
  fill(packs, 'parameters', parameters)
  fill(packs, 'gradients', parameters, 7.5)
  const metrics = whole(filled('metrics', 4 * METRICS_STRIDE, 7.5))
  const record = (training: boolean, dtype?: Dtype) => createRecording(training, harness.variants, weights.gradients, dtype)
  const micro = B / accumulate
  const inputs = createInputs(micro * T, config.vocab_size, accumulate)
  const model = { config, packs, weights, metrics, record }
  const launches = recordTraining(model, { B: micro, T, inputs, bindingLimit: binding }, parseSettings({ recompute, dtype: harness.dtype }))
  checkFits(launches, { ...harness.gpu.limits, binding })
  const added = launches.filter(({ kernel }) => kernel.name === 'reduce.reduce')
  if (B >= 100 && !added.some(({ params }) => params.products > 1))
    throw new Error('No parts wait for others: the case means some that do.')
  const compiled = await harness.compile(launches, inputs)

  const random = values(78, 2 * B * T)
  const token = (i: number) => Math.floor(((random[i] + 1) / 2) * config.vocab_size)
  const tokens = Uint32Array.from({ length: B * T }, (_, i) => token(i))
  const targets = Int32Array.from({ length: B * T }, (_, i) =>
    i % 5 === 2 || (accumulate > 1 && Math.floor(i / (micro * T)) === 1) ? -1 : token(B * T + i),
  )
  compiled.run({ ring: 2, inverse_count: 1 / countTargets(targets) }, { tokens, targets })
  const [loss, norm] = await compiled.readRegion(metrics, 2 * METRICS_STRIDE, 2)
  const gradients = new Map<string, Float64Array>()
  for (const [name, { data }] of parameters) {
    const { chunk, offset } = placeOf(packs, name)
    gradients.set(name, await compiled.readRegion(whole(packs.chunks[chunk].gradients), offset, data.length))
  }
  compiled.dispose()
  const expected = referenceModel(config, parameters, tokens, targets, B, T, { seed: SEED, step: STEP })
  return {
    loss: errorOf(Float64Array.of(loss), Float64Array.of(expected.loss)),
    norm: errorOf(Float64Array.of(norm), Float64Array.of(globalNorm(expected.grads.values()))),
    ...gradientErrors(gradients, expected.grads),
  }
}

const mixed: Reads = [
  [[[0, 0]], [[0, 0]], [[0, 0]], [[0, 0]]],
  [
    [[1, 1]],
    [[0, 0]],
    [
      [1, 1],
      [0, 0],
    ],
    [[1, 0]],
  ],
  [
    [
      [2, 2],
      [0, 1],
    ],
    [[1, 1]],
    [[2, 0]],
    [
      [1, 1],
      [1, 1],
    ],
  ],
]

/** Every activation, norm, kind of positions, with and without bias, tied and not, grouped and not, over different wirings. */
const shapes: [string, Shape][] = [
  ['gelu, layer norm, learned, joint', {}],
  [
    'relu, rms norm, rope, no bias, tied, mixed',
    { activation: 'relu', norm: 'rmsnorm', positions: 'rope', bias: false, tie_embeddings: true, reads: mixed },
  ],
  [
    'relu2, layer norm, no positions, tied, skip',
    { activation: 'relu2', positions: 'none', tie_embeddings: true, reads: 'skip', n_kv_heads: 4 },
  ],
  [
    'silu, rms norm, learned, one group, values from the first',
    { activation: 'silu', norm: 'rmsnorm', n_kv_heads: 1, reads: 'values-from-first' },
  ],
  ['swiglu, layer norm, rope, no bias, shared', { activation: 'swiglu', positions: 'rope', bias: false, reads: 'shared' }],
  [
    'swiglu, rms norm, learned, bias, tied, all earlier',
    { activation: 'swiglu', norm: 'rmsnorm', tie_embeddings: true, reads: 'all-earlier' },
  ],
  ['gelu, layer norm, rope, tied, mixed', { positions: 'rope', tie_embeddings: true, reads: mixed }],
  // The derivative of relu jumps at 0: with this seed no value before it is so near to 0 that f16 rounding takes it across.
  [
    'relu, layer norm, no positions, no bias, standard',
    { activation: 'relu', positions: 'none', bias: false, reads: 'standard', seed: 101 },
  ],
  ['silu, layer norm, rope, one group, joint, no dropout', { activation: 'silu', positions: 'rope', n_kv_heads: 1, dropout: 0 }],
  [
    'relu2, rms norm, learned, no bias, all earlier',
    { activation: 'relu2', norm: 'rmsnorm', bias: false, reads: 'all-earlier', n_kv_heads: 4 },
  ],
]

const chunks: [string, Shape][] = [
  [
    'gelu, rms norm, mixed, tied, packs and store in chunks',
    { norm: 'rmsnorm', reads: mixed, tie_embeddings: true, n_kv_heads: 4, B: 4, binding: 19_456 },
  ],
  ['one layer of one head', { n_layers: 1, n_heads: 1, n_kv_heads: 1, d_model: 5, d_ff: 3, vocab_size: 3, reads: 'standard', B: 1, T: 1 }],
]

/** Batches so large that weight gradients are sums of parts, which wait for one another. */
const large: [string, Shape][] = [
  ['gelu, layer norm, learned, tied, joint, 1050 rows', { tie_embeddings: true, B: 150 }],
  [
    'swiglu, rms norm, rope, skip, 1050 rows in 2 micro-batches',
    { activation: 'swiglu', norm: 'rmsnorm', positions: 'rope', reads: 'skip', B: 150, accumulate: 2 },
  ],
]

/** Less memory, the same numbers. */
const frugal: [string, Shape][] = [
  ['gelu, layer norm, learned, joint, computed again', { recompute: true }],
  [
    'swiglu, rms norm, rope, skip, tied, computed again',
    { activation: 'swiglu', norm: 'rmsnorm', positions: 'rope', reads: 'skip', tie_embeddings: true, recompute: true },
  ],
  ['gelu, layer norm, learned, tied, mixed, in 4 micro-batches', { reads: mixed, tie_embeddings: true, B: 8, accumulate: 4 }],
  [
    'relu2, rms norm, rope, no bias, standard, in 3 micro-batches, computed again',
    { activation: 'relu2', norm: 'rmsnorm', positions: 'rope', bias: false, reads: 'standard', accumulate: 3, recompute: true },
  ],
  [
    'gelu, mixed, in 2 micro-batches, computed again, packs and store in chunks',
    { norm: 'rmsnorm', reads: mixed, tie_embeddings: true, n_kv_heads: 4, B: 8, accumulate: 2, recompute: true, binding: 19_456 },
  ],
]

/** Those that processors also run through workgroup memory: its kernels are those that other cases compile. */
const PARALLEL = [10]

export const modelCases: Case[] = [...shapes, ...chunks, ...frugal, ...large].map(([title, shape], i) => ({
  name: `model: ${title}`,
  tolerance: MODEL,
  parallelOnGpuOnly: !PARALLEL.includes(i),
  byDefaultLimits: 'serial',
  f16: 'everywhere',
  run: (harness) => step(harness, shape),
}))
