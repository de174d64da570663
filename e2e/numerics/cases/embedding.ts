/** Embeddings, alone and with a tied head that has written the gradient before. */
import { embeddingBackward, embeddingForward } from '../../../src/reference/embedding.ts'
import { linearBackward, linearForward } from '../../../src/reference/linear.ts'
import { embedding } from '../../../src/tensor/embedding.ts'
import { linear } from '../../../src/tensor/linear.ts'
import { EMBEDDING_SITE } from '../../../src/tensor/random.ts'
import { SHORT, type Case } from '../case.ts'
import { add, maskOf, values, type Errors, type Harness } from '../harness.ts'

interface Shape {
  B: number
  T: number
  context: number
  V: number
  D: number
  positions: boolean
  p: number
  tied: boolean
}

async function embed(harness: Harness, { B, T, context, V, D, positions, p, tied }: Shape): Promise<Errors> {
  const M = B * T
  const t = harness.trial({ rows: M, vocabulary: V })
  const { recording } = t
  const v = { tok: values(1, V * D), pos: values(2, context * D), dx: values(3, M * D), dlogits: values(4, M * V) }
  // Few of the tokens, so that some repeat and most are never used.
  const tokens = Uint32Array.from({ length: M }, (_, i) => (i * i * 7 + i) % Math.ceil(V * 0.6))
  const table = t.input('tokens', [V, D], v.tok)
  const pos = positions ? t.input('positions', [context, D], v.pos) : undefined
  const x = embedding(recording, { T, inputs: t.inputs, tokens: table, positions: pos, dropout: { site: EMBEDDING_SITE, p } })
  const logits = tied ? linear(recording, { label: 'logits', x, weight: table, state: t.inputs.state }) : undefined
  t.upstream(logits ?? x, logits ? v.dlogits : v.dx)
  recording.backward()

  const input = {
    B,
    T,
    D,
    tokens,
    tok: v.tok,
    pos: positions ? v.pos : undefined,
    mask: p > 0 ? maskOf(EMBEDDING_SITE, p, M * D) : undefined,
  }
  const x64 = embeddingForward(input).y
  const head = { M, N: V, K: D, x: x64, w: v.tok }
  const head64 = linearForward(head)
  const gHead = linearBackward(head, head64, v.dlogits)
  const g = embeddingBackward(input, tied ? gHead.dx : v.dx)
  const ready = await t.compile()
  ready.run({}, { tokens, targets: new Int32Array(M).fill(-1) })
  const errors: Errors = { x: await ready.error(x, x64), dtokens: await ready.gradientError(table, tied ? add(g.dtok, gHead.dw) : g.dtok) }
  if (pos) errors.dpositions = await ready.gradientError(pos, g.dpos)
  if (logits) errors.logits = await ready.error(logits, head64.y)
  ready.dispose()
  return errors
}

const shapes: [string, Shape][] = [
  ['one token', { B: 1, T: 1, context: 1, V: 1, D: 1, positions: true, p: 0, tied: false }],
  ['repeated and unused tokens, T below the context', { B: 3, T: 5, context: 9, V: 11, D: 7, positions: true, p: 0, tied: false }],
  ['without positions', { B: 3, T: 5, context: 9, V: 11, D: 7, positions: false, p: 0, tied: false }],
  ['dropout', { B: 5, T: 13, context: 13, V: 67, D: 33, positions: true, p: 0.3, tied: false }],
  ['tied, dropout', { B: 2, T: 9, context: 10, V: 13, D: 17, positions: true, p: 0.3, tied: true }],
  ['many rows of few tokens, T below the context', { B: 9, T: 7, context: 8, V: 5, D: 12, positions: true, p: 0.3, tied: false }],
  ['many rows of few tokens, tied, odd width', { B: 3, T: 11, context: 11, V: 3, D: 5, positions: false, p: 0.3, tied: true }],
  ['tied, without positions', { B: 2, T: 9, context: 10, V: 13, D: 17, positions: false, p: 0, tied: true }],
]

export const embeddingCases: Case[] = shapes.map(([title, shape]) => ({
  name: `embedding B${shape.B} T${shape.T} of ${shape.context} V${shape.V} D${shape.D}, ${title}`,
  tolerance: SHORT,
  run: (harness) => embed(harness, shape),
}))
