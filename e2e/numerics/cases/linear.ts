/** Linear layers in all their forms, and bare products. */
import { addInto } from '../../../src/tensor/elementwise.ts'
import { gate } from '../../../src/tensor/gate.ts'
import { ACTIVATIONS, linear, longProduct, product, splitsOf } from '../../../src/tensor/linear.ts'
import { gateBackward, gateForward } from '../../../src/reference/gate.ts'
import { activationSlope, linearBackward, linearForward, type LinearActivation } from '../../../src/reference/linear.ts'
import { SHORT, type Case } from '../case.ts'
import { add, errorOf, maskOf, values, worse, type Errors, type Harness } from '../harness.ts'

const DROP = { site: 5, p: 0.3 }

interface Form {
  act: LinearActivation
  bias: boolean
  residual: boolean
  dropout: boolean
  fanOut: boolean
}

/**
 * h = act(x·W1ᵀ + b1) and y = dropout(h·W2ᵀ + b2) + r, as the two layers of an MLP. With fan-out h and the residual r (itself a result) have a second consumer each,
 * and W3 a second use.
 */
export async function layers(harness: Harness, [M, N, K]: number[], form: Form): Promise<Errors> {
  const P = N + 2
  const t = harness.trial()
  const { recording } = t
  const v = {
    x: values(1, M * K),
    w1: values(2, N * K),
    b1: values(3, N),
    w2: values(4, P * N),
    b2: values(5, P),
    r: values(6, M * P),
    w3: values(7, P * P),
    dy: values(8, M * P),
    dz: values(9, M * P),
    du: values(10, M * P),
    w4: values(11, P * N),
  }
  const state = t.inputs.state
  const x = t.input('x', [M, K], v.x)
  const w1 = t.input('W1', [N, K], v.w1)
  const w2 = t.input('W2', [P, N], v.w2)
  const w3 = t.input('W3', [P, P], v.w3)
  const w4 = t.input('W4', [P, N], v.w4)
  const b1 = form.bias ? t.input('b1', [N], v.b1) : undefined
  const b2 = form.bias ? t.input('b2', [P], v.b2) : undefined
  const r0 = t.input('r', [M, P], v.r)
  const r = form.fanOut ? linear(recording, { label: 'residual', x: r0, weight: w3, state }) : r0
  const h = linear(recording, { label: 'h', x, weight: w1, bias: b1, activation: form.act, state })
  const z = form.fanOut ? linear(recording, { label: 'z', x: r, weight: w3, state }) : undefined
  const u = form.fanOut ? linear(recording, { label: 'u', x: h, weight: w4, state }) : undefined
  const residual = form.residual ? r : undefined
  const y = linear(recording, { label: 'y', x: h, weight: w2, bias: b2, residual, dropout: form.dropout ? DROP : undefined, state })
  t.upstream(y, v.dy)
  if (z) t.upstream(z, v.dz)
  if (u) t.upstream(u, v.du)
  recording.backward()

  const mask = form.dropout ? maskOf(DROP.site, DROP.p, M * P) : undefined
  const first = { M, N, K, x: v.x, w: v.w1, b: form.bias ? v.b1 : undefined, act: form.act }
  const h64 = linearForward(first)
  const toR = { M, N: P, K: P, x: v.r, w: v.w3 }
  const r64 = form.fanOut ? linearForward(toR) : { y: v.r, pre: v.r }
  const second = { M, N: P, K: N, x: h64.y, w: v.w2, b: form.bias ? v.b2 : undefined, mask, residual: form.residual ? r64.y : undefined }
  const y64 = linearForward(second)
  const back = linearBackward(second, y64, v.dy)
  let dh = back.dx
  let dr = form.residual ? back.dresidual : new Float64Array(M * P)

  const errors: Errors = {}
  const ready = await t.compile()
  ready.run()
  errors.y = await ready.error(y, y64.y)
  if (z && u) {
    const fromR = { ...toR, x: r64.y }
    const z64 = linearForward(fromR)
    errors.z = await ready.error(z, z64.y)
    const gz = linearBackward(fromR, z64, v.dz)
    const third = { M, N: P, K: N, x: h64.y, w: v.w4 }
    const u64 = linearForward(third)
    const gu = linearBackward(third, u64, v.du)
    dh = add(dh, gu.dx)
    dr = add(dr, gz.dx)
    const gr = linearBackward(toR, r64, dr)
    errors.dW3 = await ready.gradientError(w3, add(gz.dw, gr.dw))
    errors.dW4 = await ready.gradientError(w4, gu.dw)
    errors.dr = await ready.gradientError(r0, gr.dx)
  } else if (form.residual) errors.dr = await ready.gradientError(r0, dr)
  const g = linearBackward(first, h64, dh)
  errors.dx = await ready.gradientError(x, g.dx)
  errors.dW1 = await ready.gradientError(w1, g.dw)
  errors.dW2 = await ready.gradientError(w2, back.dw)
  if (b1 && b2) {
    errors.db1 = await ready.gradientError(b1, g.db)
    errors.db2 = await ready.gradientError(b2, back.db)
  }
  ready.dispose()
  return errors
}

const FLAGS = [false, true]
const name = (form: Form): string =>
  ['bias', 'residual', 'dropout', 'fanOut'].filter((key) => Object.entries(form).some(([k, on]) => k === key && on === true)).join(' + ') ||
  'plain'

const activations: LinearActivation[] = ['none', 'gelu', 'relu', 'relu2', 'silu']

const forms: Case[] = activations.map((act) => ({
  name: `linear 5×7×3, ${act}: bias, residual, dropout and fan-out on and off`,
  tolerance: SHORT,
  // What comes after the sum is one function for both families; `sizes` below run it through workgroup memory everywhere.
  parallelOnGpuOnly: true,
  f16: act === 'gelu' || act === 'none' ? 'everywhere' : 'on GPUs',
  run: async (harness) => {
    const errors: Errors = {}
    for (const bias of FLAGS)
      for (const residual of FLAGS)
        // The first layer has neither residual nor dropout: without them an activation meets all that can go with it.
        for (const dropout of act === 'none' ? FLAGS : [residual])
          for (const fanOut of act === 'none' ? FLAGS : [residual !== bias]) {
            const form = { act, bias, residual, dropout, fanOut }
            worse(errors, await layers(harness, [5, 7, 3], form), name(form))
          }
    return errors
  },
}))

const sizes: Case[] = [
  [1, 1, 1],
  [1, 70, 33],
  [33, 65, 17],
  [130, 67, 129],
  [517, 5, 9],
  [1301, 3, 2],
].map((size) => ({
  name: `linear ${size.join('×')}, gelu, everything on`,
  tolerance: SHORT,
  f16: 'everywhere',
  run: (harness) => layers(harness, size, { act: 'gelu', bias: true, residual: true, dropout: true, fanOut: true }),
}))

type Matrix = (i: number, j: number) => number
const byRows =
  (data: Float64Array, columns: number, offset = 0): Matrix =>
  (i, j) =>
    data[offset + i * columns + j]
const swapped =
  (m: Matrix): Matrix =>
  (i, j) =>
    m(j, i)

function multiply(M: number, N: number, K: number, a: Matrix, b: Matrix): Float64Array {
  const c = new Float64Array(M * N)
  for (let m = 0; m < M; m++)
    for (let n = 0; n < N; n++) {
      let sum = 0
      for (let k = 0; k < K; k++) sum += a(m, k) * b(k, n)
      c[m * N + n] = sum
    }
  return c
}

/** One bare product, its operands and its result at offsets, with or without what was there before. */
export async function bare(
  harness: Harness,
  [M, N, K]: number[],
  { aTransposed = false, bTransposed = false, accumulate = false, long = false, derivative = false },
): Promise<Errors> {
  const t = harness.trial()
  const offset = { a: 11, b: 6, c: long ? 0 : 13 }
  const v = {
    a: values(1, offset.a + M * K),
    b: values(2, offset.b + K * N),
    c: values(3, offset.c + M * N),
    sums: values(4, M),
    pre: values(5, M * N),
  }
  const c = t.data('c', [v.c.length], v.c)
  const sums = t.data('row sums', [M], v.sums)
  const before = t.data('before', [M * N], v.pre)
  const multiplyOn = long ? longProduct : product
  multiplyOn(t.recording, {
    M,
    N,
    K,
    a: { ...t.data('a', [v.a.length], v.a), offset: offset.a },
    b: { ...t.data('b', [v.b.length], v.b), offset: offset.b },
    c: { ...c, offset: offset.c },
    aTransposed,
    bTransposed,
    accumulate,
    derivative: derivative ? { kind: ACTIVATIONS.silu, before } : undefined,
    rowSums: aTransposed ? sums.region : undefined,
    state: t.inputs.state,
  })
  const a = aTransposed ? swapped(byRows(v.a, M, offset.a)) : byRows(v.a, K, offset.a)
  const b = bTransposed ? swapped(byRows(v.b, K, offset.b)) : byRows(v.b, N, offset.b)
  const expected = v.c.slice()
  multiply(M, N, K, a, b).forEach((value, i) => {
    const y = derivative ? value * activationSlope('silu', v.pre[i]) : value
    expected[offset.c + i] = accumulate ? expected[offset.c + i] + y : y
  })
  const ready = await t.compile()
  ready.run()
  const errors: Errors = { c: await ready.error(c, expected) }
  if (aTransposed) {
    const total = v.sums.map((value, m) => {
      let sum = accumulate ? value : 0
      for (let k = 0; k < K; k++) sum += a(m, k)
      return sum
    })
    errors['row sums'] = await ready.error(sums, total)
  }
  ready.dispose()
  return errors
}

const products: Case[] = [
  {
    name: 'product 37×67×19: both operands as they are and transposed, = and +=, with and without an activation’s derivative',
    tolerance: SHORT,
    run: async (harness) => {
      const errors: Errors = {}
      for (const aTransposed of FLAGS)
        for (const bTransposed of FLAGS)
          for (const accumulate of harness.variants.parallel ? [aTransposed] : FLAGS) {
            const derivative = accumulate !== bTransposed
            const where = [aTransposed && 'Aᵀ', bTransposed && 'Bᵀ', accumulate && '+=', derivative && 'f′'].filter(Boolean).join(' ')
            worse(errors, await bare(harness, [37, 67, 19], { aTransposed, bTransposed, accumulate, derivative }), where)
          }
      return errors
    },
  },
  ...[
    [7, 5, 1301],
    [65, 33, 515],
  ].map((size): Case => ({
    name: `product ${size.join('×')}: K in ${splitsOf(size[0], size[1], size[2])} parts, = and +=, with row sums`,
    tolerance: SHORT,
    run: async (harness) => {
      const errors: Errors = {}
      for (const accumulate of FLAGS)
        worse(errors, await bare(harness, size, { aTransposed: true, accumulate, long: true }), accumulate ? '+=' : '=')
      return errors
    },
  })),
  {
    name: 'product 1283×1285×19: enough tiles for those of 128×128',
    tolerance: SHORT,
    kernels: 'parallel',
    run: (harness) => bare(harness, [1283, 1285, 19], { bTransposed: true }),
  },
]

async function gateCase(harness: Harness, M: number, N: number, scale: number): Promise<Errors> {
  const t = harness.trial()
  const a64 = values(1, M * N, scale)
  const b64 = values(2, M * N)
  const dy = values(3, M * N)
  const a = t.input('a', [M, N], a64)
  const b = t.input('b', [M, N], b64)
  const y = gate(t.recording, a, b)
  t.upstream(y, dy)
  t.recording.backward()
  const { da, db } = gateBackward({ a: a64, b: b64 }, dy)
  const ready = await t.compile()
  ready.run()
  const errors = {
    y: await ready.error(y, gateForward({ a: a64, b: b64 }).y),
    da: await ready.gradientError(a, da),
    db: await ready.gradientError(b, db),
  }
  ready.dispose()
  return errors
}

const gates: Case[] = [
  { name: 'gate 5×13', tolerance: SHORT, kernels: 'serial', run: (harness) => gateCase(harness, 5, 13, 3) },
  { name: 'gate 3×43, arguments to ±100', tolerance: SHORT, kernels: 'serial', run: (harness) => gateCase(harness, 3, 43, 100) },
]

/** Activations where f32 overflows or cancels. */
const extremes: Case = {
  name: 'every activation at arguments to ±100',
  tolerance: SHORT,
  parallelOnGpuOnly: true,
  run: async (harness) => {
    const errors: Errors = {}
    for (const act of activations) {
      const t = harness.trial()
      const [M, N] = [257, 1]
      const x64 = Float64Array.from({ length: M }, (_, i) => Math.fround((i - 128) / 1.28))
      const one = t.input('one', [N, 1], Float64Array.of(1))
      const x = t.input('x', [M, 1], x64)
      const h = linear(t.recording, { label: 'h', x, weight: one, activation: act, state: t.inputs.state })
      const y = linear(t.recording, { label: 'y', x: h, weight: one, state: t.inputs.state })
      const dy = values(1, M)
      t.upstream(y, dy)
      t.recording.backward()
      const input = { M, N, K: 1, x: x64, w: Float64Array.of(1), act }
      const saved = linearForward(input)
      const ready = await t.compile()
      ready.run()
      errors[`y (${act})`] = await ready.error(y, saved.y)
      errors[`dx (${act})`] = await ready.gradientError(x, linearBackward(input, saved, dy).dx)
      ready.dispose()
    }
    return errors
  },
}

/** More workgroups than one dimension of a grid may have. */
const wide: Case = {
  name: 'add over 4,294,967 elements: 67,109 workgroups',
  tolerance: SHORT,
  kernels: 'serial',
  run: async (harness) => {
    const n = 4_294_967
    const t = harness.trial()
    const x64 = Float64Array.from({ length: n }, (_, i) => i % 8191)
    const x = t.data('x', [n], x64)
    const out = t.data('out', [n], new Float64Array(n).fill(0.5))
    addInto(t.recording, x, { into: out, accumulate: true })
    const ready = await t.compile()
    ready.run()
    // Both ends, and where the first dimension of the grid would have ended.
    const errors: Errors = {}
    for (const first of [0, 65_535 * 64 - 500, n - 1000]) {
      const expected = x64.slice(first, first + 1000).map((value) => value + 0.5)
      errors[`from ${first}`] = errorOf(await ready.readRegion(out.region, first, 1000), expected)
    }
    ready.dispose()
    return errors
  },
}

export const linearCases: Case[] = [...forms, ...sizes, extremes, ...products, ...gates, wide]
