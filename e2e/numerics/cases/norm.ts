/** Both norms, several of them reading one tensor. */
import { layernormBackward, layernormForward, rmsnormBackward, rmsnormForward } from '../../../src/reference/norm.ts'
import { ALIGNMENT, whole } from '../../../src/gpu/launch.ts'
import { createNormPartials, norm, type Norms } from '../../../src/tensor/norm.ts'
import { SHORT, type Case } from '../case.ts'
import { add, errorOf, filled, values, type Errors, type Harness } from '../harness.ts'

const COUNT = 3

/** Three norms of one x: the gradients of x add up, those of the weights are reduced together. */
async function norms(harness: Harness, M: number, D: number, centred: boolean, hasBias: boolean): Promise<Errors> {
  const t = harness.trial()
  const { recording } = t
  // The rms norm of a single number is its sign, and its derivative all rounding, unless ε is large.
  const eps = D === 1 ? 0.1 : 1e-5
  const biasAt = Math.ceil(D / (ALIGNMENT / 4)) * (ALIGNMENT / 4)
  const stride = biasAt * (hasBias ? 2 : 1)
  const gradients = whole(filled('gradients of norms', COUNT * stride, 7.5))
  const all: Norms = { centred, eps, count: COUNT, D, gradients, stride, biasAt, hasBias }
  const partials = createNormPartials(recording, all, M)
  const x64 = values(1, M * D, 2).map((value) => Math.fround(value + 0.75))
  const x = t.input('x', [M, D], x64)
  const errors: Errors = {}
  const one = (index: number) => {
    const v = { weight: values(10 + index, D).map((w) => Math.fround(w + 1)), bias: values(20 + index, D), dy: values(30 + index, M * D) }
    const weight = t.data(`weight ${index}`, [D], v.weight)
    const bias = hasBias ? t.data(`bias ${index}`, [D], v.bias) : undefined
    const y = norm(recording, { label: `norm ${index}`, x, weight, bias, norms: all, index, partials })
    t.upstream(y, v.dy)
    const input = { M, D, x: x64, weight: v.weight, bias: hasBias ? v.bias : undefined, eps }
    const saved = centred ? layernormForward(input) : rmsnormForward(input)
    return { y, expected: saved.y, ...(centred ? layernormBackward(input, saved, v.dy) : rmsnormBackward(input, saved, v.dy)) }
  }
  const results = Array.from({ length: COUNT }, (_, index) => one(index))
  recording.backward()
  const ready = await t.compile()
  ready.run()
  let dx = new Float64Array(M * D)
  for (const [index, result] of results.entries()) {
    dx = Float64Array.from(add(dx, result.dx))
    errors[`y ${index}`] = await ready.error(result.y, result.expected)
    errors[`dweight ${index}`] = errorOf(await ready.readRegion(gradients, index * stride, D), result.dweight)
    if (hasBias) errors[`dbias ${index}`] = errorOf(await ready.readRegion(gradients, index * stride + biasAt, D), result.dbias)
  }
  errors.dx = await ready.gradientError(x, dx)
  ready.dispose()
  return errors
}

const sizes = [
  [1, 1],
  [3, 5],
  [7, 64],
  [65, 65],
  [5, 129],
  [517, 3],
]

export const normCases: Case[] = sizes.flatMap(([M, D]) =>
  (
    [
      ['layer norm with bias', true, true],
      ['layer norm without bias', true, false],
      ['rms norm', false, false],
    ] as const
  ).map(([title, centred, hasBias]): Case => ({
    name: `${title} ${M}×${D}, three of one x`,
    tolerance: SHORT,
    f16: 'everywhere',
    run: (harness) => norms(harness, M, D, centred, hasBias),
  })),
)
