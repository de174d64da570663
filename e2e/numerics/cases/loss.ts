/** Cross-entropy: losses, right answers, the gradient, and the metrics of an evaluation. */
import { whole } from '../../../src/gpu/launch.ts'
import { lossBackward, lossForward } from '../../../src/reference/loss.ts'
import { countTargets } from '../../../src/tensor/inputs.ts'
import { crossEntropy } from '../../../src/tensor/loss.ts'
import { evaluationMetrics, METRICS_STRIDE } from '../../../src/tensor/optimizer.ts'
import { SHORT, type Case } from '../case.ts'
import { errorOf, filled, values, type Errors, type Harness } from '../harness.ts'

interface Shape {
  M: number
  V: number
  scale?: number
  /** Logits are whole numbers: many are equal. */
  ties?: boolean
  /** No row has a target. */
  none?: boolean
}

const RING = 5

async function loss(harness: Harness, { M, V, scale = 3, ties, none }: Shape, training: boolean): Promise<Errors> {
  const t = harness.trial({ rows: M, vocabulary: V, training })
  const logits64 = values(1, M * V, scale).map((z) => (ties ? Math.round(z) : z))
  const pick = values(2, M)
  const targets = Int32Array.from({ length: M }, (_, m) => {
    if (none || m % 4 === 3) return -1
    // Every third target is the likeliest token, so that some answers are right.
    const row = logits64.subarray(m * V, (m + 1) * V)
    return m % 3 === 0 ? row.indexOf(Math.max(...row)) : Math.floor(((pick[m] + 1) / 2) * V)
  })
  const logits = t.data('logits', [M, V], logits64)
  const rows = crossEntropy(t.recording, logits, t.inputs)
  const metrics = whole(filled('metrics', 8 * METRICS_STRIDE, 7.5))
  evaluationMetrics(t.recording, rows, t.inputs, metrics)
  t.recording.backward()
  const input = { M, V, logits: logits64, targets }
  const saved = lossForward(input)
  const ready = await t.compile()
  const targetCount = countTargets(targets)
  ready.run({ ring: RING, inverse_count: targetCount && 1 / targetCount }, { tokens: new Uint32Array(M), targets })
  const got = await ready.read(rows)
  const [mean, norm, right] = await ready.readRegion(metrics, RING * METRICS_STRIDE, 3)
  const correct = Float64Array.from(saved.correct)
  const errors: Errors = {
    rows: errorOf(
      got.filter((_, i) => i % 2 === 0),
      saved.rows,
    ),
    'right answers': errorOf(
      got.filter((_, i) => i % 2 === 1),
      correct,
    ),
    loss: errorOf(Float64Array.of(mean), Float64Array.of(saved.loss)),
    'no norm': Math.abs(norm),
    'count of right answers': Math.abs(right - correct.reduce((a, b) => a + b, 0)),
    logits: await ready.error(logits, training ? lossBackward(input, saved) : logits64),
  }
  ready.dispose()
  return errors
}

const shapes: [string, Shape][] = [
  ['one token', { M: 3, V: 1 }],
  ['', { M: 7, V: 5 }],
  ['', { M: 65, V: 65 }],
  ['', { M: 13, V: 257 }],
  ['', { M: 19, V: 516 }],
  ['logits to ±50', { M: 33, V: 67, scale: 50 }],
  ['logits to ±3000', { M: 9, V: 131, scale: 3000 }],
  ['ties', { M: 63, V: 70, scale: 2, ties: true }],
  ['no target', { M: 5, V: 9, none: true }],
]

export const lossCases: Case[] = shapes.map(([title, shape]) => ({
  name: `cross-entropy ${shape.M}×${shape.V}${title && `, ${title}`}, with and without gradient`,
  tolerance: SHORT,
  run: async (harness) => {
    const errors: Errors = {}
    for (const training of [true, false])
      for (const [name, error] of Object.entries(await loss(harness, shape, training)))
        errors[training ? name : `${name} (no gradient)`] = error
    return errors
  },
}))
