import { describe, expect, it } from 'vitest'
import type { Reads } from '../model/wiring.ts'
import type { FromWorker, MetricColumns, RunSummary } from '../worker/protocol.ts'
import { awaitStart, complain, initialView, lastValidation, reduce, type SessionView } from './session-view.ts'

const run: RunSummary = {
  name: 'a run',
  parameters: 10,
  bytes: 100,
  dispatches: 5,
  steps: 9,
  step: 0,
  layers: 2,
  heads: 1,
  contextLength: 1,
  reads: [
    [[[0, 0]]],
    [
      [
        [1, 1],
        [0, 0],
      ],
    ],
  ],
  hasAccuracy: false,
}
const columns = (...steps: number[]): MetricColumns => ({
  step: steps,
  loss: steps.map((s) => 4 - s / 10),
  lr: steps.map(() => 1),
  gradNorm: steps.map(() => 1),
  ms: [...steps],
})
const started = (): FromWorker => ({ type: 'started', run, curve: { training: columns(), validation: [] } })
const after = (view: SessionView, ...messages: FromWorker[]): SessionView => messages.reduce(reduce, view)

describe('reduce', () => {
  it('follows a run: state, live values and the curve', () => {
    const view = after(
      initialView(),
      { type: 'state', state: 'compiling' },
      started(),
      { type: 'state', state: 'running' },
      { type: 'metrics', step: 2, columns: columns(1, 2), tokensPerSecond: 77 },
      { type: 'validation', point: { step: 2, loss: 3.5 } },
      { type: 'metrics', step: 3, columns: columns(3), tokensPerSecond: 78 },
    )
    expect(view).toMatchObject({ state: 'running', step: 3, trainingLoss: 3.7, tokensPerSecond: 78 })
    expect(view.curve.training.step).toEqual([1, 2, 3])
    expect(view.curve.training.loss).toEqual([3.9, 3.8, 3.7])
    expect(lastValidation(view)).toEqual({ step: 2, loss: 3.5 })
  })

  it('gives the curve a new identity when it grows, so that it is drawn again', () => {
    const before = after(initialView(), started())
    expect(after(before, { type: 'metrics', step: 1, columns: columns(1), tokensPerSecond: 1 }).curve).not.toBe(before.curve)
  })

  it('begins anew with the curve that a run brings along', () => {
    const old = after(initialView(), started(), { type: 'metrics', step: 5, columns: columns(5), tokensPerSecond: 9 })
    const view = after(old, {
      type: 'started',
      run: { ...run, step: 2 },
      curve: { training: columns(1, 2), validation: [{ step: 2, loss: 3 }] },
    })
    expect(view).toMatchObject({ step: 2, trainingLoss: 3.8, tokensPerSecond: null, maps: null })
    expect(lastValidation(view)?.loss).toBe(3)
  })

  it('leaves a running session untouched by a refused request', () => {
    const running = after(initialView(), started(), { type: 'state', state: 'running' })
    const refused = after(awaitStart(running), { type: 'failed', message: 'Too large. Choose Tiny.', fatal: false })
    expect(refused.complaints.map((complaint) => complaint.message)).toEqual(['Too large. Choose Tiny.'])
    expect({ ...refused, complaints: [] }).toEqual({ ...running, complaints: [] })
  })

  it('keeps a run that did start when something else fails meanwhile', () => {
    const view = after(awaitStart(initialView()), { type: 'state', state: 'compiling' }, { type: 'failed', message: 'm', fatal: false })
    expect(view.state).toBe('idle')
    expect(after(view, started(), { type: 'state', state: 'running' }).state).toBe('running')
  })

  it('breaks for good on a fatal failure', () => {
    const running = after(initialView(), started(), { type: 'state', state: 'running' })
    expect(after(running, { type: 'failed', message: 'The device was lost. Reload.', fatal: true })).toMatchObject({
      broken: true,
      state: 'stopped',
    })
  })

  it('adds up generated pieces and drops those of an abandoned request', () => {
    const asked = { ...initialView(), generation: { id: 4, text: '', busy: true } }
    const view = after(
      asked,
      { type: 'generated', id: 3, text: 'old', done: false },
      { type: 'generated', id: 4, text: 'ab', done: false },
      { type: 'generated', id: 4, text: 'c', done: true },
    )
    expect(view.generation).toEqual({ id: 4, text: 'abc', busy: false })
  })

  it('drops next tokens of an earlier prompt', () => {
    const asked = { ...initialView(), nextTokens: { id: 2, tokens: [] } }
    const tokens = [{ id: 1, label: 'a', probability: 1 }]
    expect(after(asked, { type: 'next-tokens', id: 1, tokens }).nextTokens.tokens).toEqual([])
    expect(after(asked, { type: 'next-tokens', id: 2, tokens }).nextTokens.tokens).toEqual(tokens)
  })

  it('measures how much a head with a choice looks at earlier layers', () => {
    const reads: Reads = run.reads
    const patterns = [[new Float32Array([1])], [new Float32Array([0.75, 0.25])]]
    const view = after(initialView(), { type: 'maps', maps: { step: 1, labels: ['a'], length: 1, patterns, reads } })
    expect(view.maps?.earlier).toEqual([[null], [0.25]])
  })
})

describe('complain', () => {
  it('says the same thing once', () => {
    const once = complain(initialView(), 'no')
    expect(complain(once, 'no')).toBe(once)
    expect(complain(once, 'nor this').complaints.map((complaint) => complaint.id)).toEqual([1, 2])
  })
})
