/** One row through products with their norm, and the choice of a token: what generation does besides attention. */
import { STATE_WORDS } from '../../../src/tensor/inputs.ts'
import { rng } from '../../../src/data/random.ts'
import { likeliest, probabilityOf, sampleToken } from '../../../src/model/sample.ts'
import { gateForward } from '../../../src/reference/gate.ts'
import { linearForward, type LinearActivation } from '../../../src/reference/linear.ts'
import { layernormForward, rmsnormForward } from '../../../src/reference/norm.ts'
import { rowGated, rowLinear, type RowNorm } from '../../../src/tensor/decode-product.ts'
import { createWalk, readChoices, resultBytes, sample, settingWords, slideTokens, type SampleOptions } from '../../../src/tensor/sample.ts'
import { SHORT, type Case } from '../case.ts'
import { values, type Errors, type Harness, type Trial } from '../harness.ts'
import { withAndWithoutSubgroups } from './subgroups.ts'

type NormForm = 'none' | 'layernorm' | 'layernorm, bias' | 'rmsnorm'

const ROWS = 3
const ROW = 1
const EPS = 1e-5

/** A norm, and what it makes of a row. */
function rowNorm(t: Trial, form: NormForm, K: number): { norm?: RowNorm; of: (x: Float64Array) => Float64Array } {
  if (form === 'none') return { of: (x) => x }
  const weight64 = values(40, K).map((w) => Math.fround(w + 1))
  const bias64 = form === 'layernorm, bias' ? values(41, K) : undefined
  const centred = form !== 'rmsnorm'
  return {
    norm: {
      label: 'norm',
      weight: t.data('weight of the norm', [K], weight64),
      bias: bias64 && t.data('bias of the norm', [K], bias64),
      norms: { centred, eps: EPS, count: 1, D: K, stride: K, biasAt: K, hasBias: bias64 !== undefined },
      index: 0,
    },
    of: (x) => (centred ? layernormForward : rmsnormForward)({ M: 1, D: K, x, weight: weight64, bias: bias64, eps: EPS }).y,
  }
}

interface RowForm {
  norm: NormForm
  act: LinearActivation
  bias: boolean
  residual: boolean
  /** Of three rows the second, which the state says. */
  at: boolean
}

async function row(harness: Harness, N: number, K: number, form: RowForm): Promise<Errors> {
  const t = harness.trial({ training: false })
  // Far from 0, so that a variance taken from sums of squares would have lost its digits.
  const x64 = values(1, ROWS * K).map((value) => Math.fround(value + 4 * Number(form.norm.startsWith('layernorm'))))
  const [w64, b64, r64] = [values(2, N * K), values(3, N), values(4, N)]
  const { norm, of } = rowNorm(t, form.norm, K)
  const y = rowLinear(t.recording, {
    label: 'y',
    x: t.data('x', [ROWS, K], x64),
    norm,
    weight: t.data('W', [N, K], w64),
    bias: form.bias ? t.data('b', [N], b64) : undefined,
    activation: form.act,
    residual: form.residual ? t.data('r', [1, N], r64) : undefined,
    at: form.at ? t.inputs.state : undefined,
  })
  const first = form.at ? ROW * K : 0
  const expected = linearForward({
    M: 1,
    N,
    K,
    x: of(x64.slice(first, first + K)),
    w: w64,
    b: form.bias ? b64 : undefined,
    act: form.act,
    residual: form.residual ? r64 : undefined,
  }).y
  const ready = await t.compile()
  ready.run({ position: ROW })
  const errors = { y: await ready.error(y, expected) }
  ready.dispose()
  return errors
}

async function gatedRow(harness: Harness, N: number, K: number, norm: NormForm, bias: boolean): Promise<Errors> {
  const t = harness.trial({ training: false })
  const v = { x: values(1, K), gate: values(2, N * K), up: values(3, N * K), gateBias: values(4, N), upBias: values(5, N) }
  const { norm: before, of } = rowNorm(t, norm, K)
  const layer = (w: Float64Array, b: Float64Array) => ({
    weight: t.data('W', [N, K], w),
    bias: bias ? t.data('b', [N], b) : undefined,
  })
  const y = rowGated(t.recording, {
    label: 'y',
    x: t.data('x', [1, K], v.x),
    norm: before,
    ...layer(v.gate, v.gateBias),
    through: layer(v.up, v.upBias),
  })
  const product = (w: Float64Array, b: Float64Array) => linearForward({ M: 1, N, K, x: of(v.x), w, b: bias ? b : undefined }).y
  const expected = gateForward({ a: product(v.gate, v.gateBias), b: product(v.up, v.upBias) }).y
  const ready = await t.compile()
  ready.run()
  const errors = { y: await ready.error(y, expected) }
  ready.dispose()
  return errors
}

const rowForms: RowForm[] = [
  { norm: 'none', act: 'none', bias: true, residual: true, at: false },
  { norm: 'layernorm, bias', act: 'gelu', bias: true, residual: false, at: false },
  { norm: 'layernorm', act: 'relu', bias: false, residual: false, at: true },
  { norm: 'rmsnorm', act: 'relu2', bias: false, residual: true, at: true },
]

/** Words and vectors; fewer chunks than lanes, and more; one row of the matrix to a workgroup, two (1027) and four (2051); 32, 64 and 128 lanes. */
const rowSizes = [
  [1, 1],
  [5, 7],
  [37, 64],
  [65, 384],
  [641, 516],
  [1027, 516],
  [2051, 33],
  [9, 2052],
  [3, 8191],
]

const rows: Case[] = [
  ...rowSizes.flatMap(([N, K]) =>
    rowForms.map((form): Case => {
      const parts = [form.norm, form.act, form.bias && 'bias', form.residual && 'residual', form.at && 'at the position']
      return {
        name: `row ${N}×${K}: ${parts.filter(Boolean).join(', ')}`,
        tolerance: SHORT,
        byDefaultLimits: N === 641 ? 'both' : undefined,
        // The layer norm of a single number is 0, and of one far from 0 all rounding.
        run: withAndWithoutSubgroups((harness) => row(harness, N, K, K === 1 ? { ...form, norm: 'none' } : form)),
      }
    }),
  ),
  ...[
    [5, 7],
    [88, 32],
    [1030, 12],
    // Four rows, of which a lane holds three chunks of five.
    [1030, 1028],
  ].flatMap(([N, K]) =>
    (['rmsnorm', 'layernorm, bias'] as const).map((norm): Case => ({
      name: `gated row ${N}×${K}: ${norm}`,
      tolerance: SHORT,
      byDefaultLimits: N === 88 ? 'both' : undefined,
      run: withAndWithoutSubgroups((harness) => gatedRow(harness, N, K, norm, norm !== 'rmsnorm')),
    })),
  ),
]

/** How far a draw must be moved for sorting to give the same id; not a number where that is too far. */
function drawError(logits: Float64Array, how: SampleOptions, uniform: number, id: number): number {
  for (const by of [0, 1e-7, 1e-6, 1e-5])
    for (const u of [uniform - by, uniform + by]) if (sampleToken(logits, how, Math.min(Math.max(u, 0), 1 - 2 ** -32)) === id) return by
  return NaN
}

interface Sampled extends Partial<SampleOptions> {
  V: number
  /** Ids that can be chosen; all where nothing is said. */
  known?: number
  logits?: (random: number, i: number) => number
  draws?: number
}

async function choices(harness: Harness, { V, known = V, logits: logitOf, draws = 24, ...given }: Sampled): Promise<Errors> {
  const how = { temperature: 1, topK: 0, topP: 1, ...given }
  const t = harness.trial({ training: false })
  const spread = values(V, V, 4)
  const logits64 = Float64Array.from(spread, (z, i) => Math.fround(logitOf ? logitOf(z, i) : z))
  const logits = t.data('logits', [V], logits64)
  const random = rng(V, draws)
  // Both ends too: the first id, and the last that is kept.
  const uniforms = Array.from({ length: draws }, (_, i) => (i === 0 ? 0 : i === 1 ? 1 - 2 ** -32 : random.next()))
  const walk = createWalk(draws + 1, draws)
  walk.settings.data = settingWords(how, known, uniforms)
  for (let i = 0; i < draws; i++) sample(t.recording, walk, logits)
  const ready = await t.compile()
  ready.run()
  const words = async (region: typeof walk.tokens, n: number) => Float32Array.from(await ready.readRegion(region, 0, n)).buffer
  const chosen = readChoices(await words(walk.results, resultBytes(draws) / 4), draws, known)
  const tokens = new Uint32Array(await words(walk.tokens, draws + 1))
  const state = new Uint32Array(await words(walk.walk, STATE_WORDS + 1))
  const last = new Uint32Array(await words(walk.token, 1))[0]
  ready.dispose()

  const among = logits64.slice(0, known)
  const errors: Errors = { draw: 0, probability: 0, likeliest: 0 }
  const worse = (name: string, error: number) =>
    (errors[name] = error <= errors[name] ? errors[name] : Number.isNaN(error) ? Infinity : error)
  const most = likeliest(among, 5)
  chosen.forEach(({ id, probability, likeliest: listed }, i) => {
    worse('draw', drawError(among, how, uniforms[i], id))
    worse('probability', Math.abs(probability - probabilityOf(among, id)))
    worse('likeliest', listed.length === most.length ? 0 : NaN)
    listed.forEach((one, a) => worse('likeliest', one.id === most[a].id ? Math.abs(one.probability - most[a].probability) : NaN))
  })
  const goesOn = tokens.slice(1).every((id, i) => id === chosen[i].id) && last === chosen[draws - 1].id
  errors['token, position and index'] = goesOn && state[2] === draws && state[STATE_WORDS] === draws ? 0 : Infinity
  return errors
}

const quarters = (z: number): number => Math.round(z * 4) / 4

const drawn: [string, Sampled][] = [
  ['', { V: 65 }],
  ['', { V: 1 }],
  ['the last 6 never', { V: 257, known: 251 }],
  ['', { V: 2049 }],
  ['greedy, ties', { V: 301, temperature: 0, logits: quarters }],
  ['greedy, all equal', { V: 70, temperature: 0, logits: () => -3 }],
  ['greedy, −0 and 0', { V: 70, temperature: 0, logits: (_, i) => (i % 2 ? 0 : -0) }],
  ['temperature 0.001', { V: 65, temperature: 1e-3 }],
  ['temperature 1e-45', { V: 65, temperature: 1e-45 }],
  ['temperature 1e6', { V: 65, temperature: 1e6 }],
  ['top 20, temperature 0.8', { V: 257, topK: 20, temperature: 0.8 }],
  ['top 1', { V: 33, topK: 1 }],
  ['top 200 of 100', { V: 100, topK: 200 }],
  ['top 0.9', { V: 257, topP: 0.9 }],
  ['top 0.000001', { V: 257, topP: 1e-6 }],
  ['top 0.999999', { V: 257, topP: 0.999999 }],
  ['top 50, top 0.5, temperature 2', { V: 2049, topK: 50, topP: 0.5, temperature: 2 }],
  ['ties', { V: 301, logits: quarters }],
  ['top 17, top 0.7, ties', { V: 301, topK: 17, topP: 0.7, logits: quarters }],
  ['top 9, top 0.8, ties', { V: 31, topK: 9, topP: 0.8, logits: quarters }],
  ['all equal', { V: 130, logits: () => 2.5 }],
  ['top 7 of equals', { V: 130, topK: 7, logits: () => 2.5 }],
  ['top 0.5 of equals', { V: 131, topP: 0.5, logits: () => 2.5 }],
  ['every third −∞', { V: 65, logits: (z, i) => (i % 3 ? z : -Infinity) }],
  ['all but one −∞, top 5', { V: 65, topK: 5, logits: (_, i) => (i === 40 ? -7 : -Infinity) }],
  ['far apart', { V: 65, logits: (z) => 1e4 * z }],
  ['top 40, top 0.95', { V: 8193, topK: 40, topP: 0.95, draws: 6 }],
  ['', { V: 50257, draws: 4 }],
]

/** Vocabularies whose cases run without subgroups too: lanes are joined in one way for all of a size. */
const JOINED = [31, 65, 301, 2049]

const samples = drawn.map(([title, sampled]): Case => ({
  name: `sample of ${sampled.V}${title && `: ${title}`}`,
  tolerance: SHORT,
  byDefaultLimits: sampled.V === 257 && sampled.topK ? 'both' : undefined,
  run: JOINED.includes(sampled.V)
    ? withAndWithoutSubgroups((harness) => choices(harness, sampled))
    : (harness) => choices(harness, sampled),
}))

const slides = [1, 2, 9, 200].map((T): Case => ({
  name: `slide a window of ${T}`,
  tolerance: 0,
  kernels: 'serial',
  run: async (harness) => {
    const t = harness.trial({ training: false })
    const walk = createWalk(T, 1)
    const words = new Uint32Array(walk.storage.bytes / 4)
    const before = Uint32Array.from({ length: T + 1 }, (_, i) => 1000 + i)
    words.set(before, walk.tokens.offset / 4)
    walk.storage.data = words
    const kept = Math.max(1, Math.floor(T / 2))
    slideTokens(t.recording, walk, kept)
    const ready = await t.compile()
    ready.run()
    const read = async (region: typeof walk.tokens, n: number) =>
      new Uint32Array(Float32Array.from(await ready.readRegion(region, 0, n)).buffer)
    const after = await read(walk.tokens, kept)
    const position = (await read(walk.walk, 3))[2]
    ready.dispose()
    const right = after.every((token, i) => token === before[T + 1 - kept + i]) && position === kept - 1
    return { tokens: right ? 0 : Infinity }
  },
}))

export const decodeCases: Case[] = [...rows, ...samples, ...slides]
