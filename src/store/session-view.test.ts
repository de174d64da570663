import { describe, expect, it } from 'vitest'
import type { FromWorker } from '../worker/protocol.ts'
import { inventedRun } from './invented-run.ts'
import { cutDone, inventedColumns, inventedSummary, maps, metrics, started } from './invented-session.ts'
import { lastValidation, openRecording } from './run-view.ts'
import { awaitStart, complain, initialView, look, reduce, shown, tune, type SessionView } from './session-view.ts'

const after = (view: SessionView, ...messages: FromWorker[]): SessionView => messages.reduce(reduce, view)
const running = (...more: FromWorker[]) => after(initialView(), started(1), { type: 'state', state: 'running' }, ...more)
const recorded = () => openRecording(inventedRun('kept', 40).recording)

describe('reduce', () => {
  it('follows a run: state, live values and the curve', () => {
    const view = after(
      initialView(),
      { type: 'state', state: 'compiling' },
      started(1),
      { type: 'state', state: 'running' },
      metrics(1, 2),
      { type: 'validation', point: { step: 2, loss: 3.5 } },
      metrics(3),
      { type: 'sample', sample: { step: 3, prompt: 'The ', text: 'whale' } },
      cutDone(1, 0, 3),
    )
    expect(view).toMatchObject({ state: 'running', live: { step: 3, trainingLoss: 3.997, tokensPerSecond: 77 } })
    expect(view.live?.curve.training).toEqual(inventedColumns(1, 2, 3))
    expect(lastValidation(view.live)).toEqual({ step: 2, loss: 3.5 })
    expect(view.live?.samples.map(({ text }) => text)).toEqual(['whale'])
    expect(view.live?.cuts.map(({ step }) => step)).toEqual([3])
  })

  it('gives the curve a new identity when it grows, so that it is drawn again', () => {
    const before = running()
    const curve = before.live?.curve
    expect(after(before, metrics(1)).live?.curve).not.toBe(curve)
  })

  it('begins anew with the curve that a run brings along', () => {
    const old = running(metrics(5), maps(5))
    const other = inventedSummary({ step: 2, dataset: 'another text' })
    const view = after(old, started(2, other, inventedColumns(1, 2)))
    expect(view).toMatchObject({ begun: 2, live: { step: 2, trainingLoss: 3.998, tokensPerSecond: null, maps: null, snapshots: [] } })
  })

  it('leaves a running session untouched by a refused request', () => {
    const before = running(metrics(1))
    const refused = after(awaitStart(before), { type: 'failed', message: 'Too large. Choose Tiny.', fatal: false })
    expect(refused.complaints.map((complaint) => complaint.message)).toEqual(['Too large. Choose Tiny.'])
    expect({ ...refused, complaints: [] }).toEqual({ ...before, complaints: [] })
  })

  it('leads a refused request back to the recording that was looked at', () => {
    const recording = recorded()
    const asked = awaitStart(look(initialView(), recording))
    expect(shown(asked)).toBeNull()
    const refused = after(asked, { type: 'failed', message: 'Too large.', fatal: false })
    expect(refused.state).toBe('idle')
    expect(shown(refused)).toBe(recording)
  })

  it('keeps a run that did start when something else fails meanwhile', () => {
    const view = after(awaitStart(initialView()), { type: 'state', state: 'compiling' }, { type: 'failed', message: 'm', fatal: false })
    expect(view.state).toBe('idle')
    expect(after(view, started(1), { type: 'state', state: 'running' }).state).toBe('running')
  })

  it('breaks for good on a fatal failure, and goes on showing what there is', () => {
    const broken = running(metrics(1), { type: 'failed', message: 'The device was lost. Reload.', fatal: true })
    expect(broken).toMatchObject({ broken: true, state: 'stopped', live: { step: 1 } })
    expect(after(initialView(), { type: 'failed', message: 'No adapter.', fatal: true })).toMatchObject({ broken: true, state: 'idle' })
  })

  it('adds up generated pieces and drops those of an abandoned request', () => {
    const asked = { ...initialView(), generation: { id: 4, pieces: [], busy: true } }
    const piece = (text: string) => ({ text, probability: 0.5, alternatives: [] })
    const view = after(
      asked,
      { type: 'generated', id: 3, pieces: [piece('old')], done: false },
      { type: 'generated', id: 4, pieces: [piece('a'), piece('b')], done: false },
      { type: 'generated', id: 4, pieces: [piece('c')], done: true },
    )
    expect(view.generation).toEqual({ id: 4, pieces: [piece('a'), piece('b'), piece('c')], busy: false })
  })

  it('drops next tokens, estimates and batches of an earlier question', () => {
    const asked: SessionView = {
      ...initialView(),
      nextTokens: { id: 2, tokens: [] },
      estimate: { id: 2, value: null, problem: null },
      batch: { id: 2, rows: [], problem: null },
    }
    const tokens = [{ id: 1, label: 'a', probability: 1 }]
    const answers = (id: number): FromWorker[] => [
      { type: 'next-tokens', id, tokens },
      { type: 'estimated', id, estimate: null, problem: 'Too large.' },
      { type: 'batch', id, rows: [], problem: 'Too short.' },
    ]
    expect(after(asked, ...answers(1))).toEqual(asked)
    expect(after(asked, ...answers(2))).toMatchObject({
      nextTokens: { tokens },
      estimate: { problem: 'Too large.' },
      batch: { problem: 'Too short.' },
    })
    expect(after({ ...asked, batch: null }, ...answers(2)).batch).toBeNull()
  })

  it('tells the choice of kernels from their compiling, and forgets both when the run is there or refused', () => {
    const choosing = after(awaitStart(initialView()), { type: 'progress', doing: 'tiles', done: 3, total: 15 })
    expect(choosing.progress).toEqual({ doing: 'tiles', done: 3, total: 15 })
    const compiling = after(choosing, { type: 'progress', doing: 'kernels', done: 1, total: 90 })
    expect(compiling.progress).toEqual({ doing: 'kernels', done: 1, total: 90 })
    expect(after(compiling, started(1)).progress).toBeNull()
    expect(after(choosing, { type: 'failed', message: 'Too large.', fatal: false }).progress).toBeNull()
    expect(awaitStart(compiling).progress).toBeNull()
  })

  it('keeps the measures of the heads at each moment, and the newest maps', () => {
    const view = running(maps(0), maps(1))
    expect(view.live?.snapshots.map(({ step }) => step)).toEqual([0, 1])
    expect(view.live?.snapshots[1].heads.find(({ layer, head }) => layer === 1 && head === 0)?.earlier).toBe(0.7)
    expect(view.live?.maps?.step).toBe(1)
  })

  it('lets the scrub bar stand at its step while moments are thinned under it', () => {
    const steps = Array.from({ length: 48 }, (_, i) => i)
    const full = running(...steps.map((step) => maps(step)))
    const at = { ...full, scrub: 30 }
    const view = after(at, ...Array.from({ length: 100 }, (_, i) => maps(48 + i)))
    const step = view.live?.snapshots[view.scrub ?? 0].step ?? 0
    expect(view.scrub).toBeLessThan(30)
    expect(Math.abs(step - 30)).toBeLessThanOrEqual(4)
  })

  it('names the folder that a person saved, until another run begins', () => {
    const file = { type: 'exported', id: 5, name: 'skipscope-a-step1.zip', zip: new Uint8Array(1), step: 1 } as const
    expect(running({ ...file, purpose: 'keep' }).exported).toBeNull()
    const saved = running({ ...file, purpose: 'save' })
    expect(saved.exported).toBe('skipscope-a-step1')
    expect(after(saved, started(null)).exported).toBe('skipscope-a-step1')
    expect(after(saved, started(2)).exported).toBeNull()
  })

  it('notes a rate that is changed while training, and a pace', () => {
    expect(tune(running(), { lr: 5e-4 })).toMatchObject({ live: { lr: 5e-4 }, stepsPerSecond: 0 })
    expect(tune(initialView(), { lr: 5e-4, stepsPerSecond: 2 })).toMatchObject({ live: null, stepsPerSecond: 2 })
  })
})

describe('a run that goes on by itself on a new device', () => {
  it('is the same request and keeps its history, though it had made no step that lasts', () => {
    const before = running(metrics(1, 2), maps(0), maps(2))
    const view = after(before, { type: 'state', state: 'compiling' }, started(null), { type: 'state', state: 'running' })
    expect(view.begun).toBe(1)
    expect(view.live).toMatchObject({ date: before.live?.date, step: 0 })
    expect(view.live?.snapshots.map(({ step }) => step)).toEqual([0])
  })

  it('does not take away what is looked at, as a run that was asked for does', () => {
    const recording = recorded()
    const looking = { ...look(running(), recording), scrub: 1 }
    expect(after(looking, started(null))).toMatchObject({ recording, scrub: 1 })
    expect(after(looking, started(2))).toMatchObject({ recording: null, scrub: null })
  })

  it('keeps its own history, not that of the recording over it', () => {
    const before = look(running(maps(0)), recorded())
    expect(after(before, started(null)).live?.snapshots.map(({ step }) => step)).toEqual([0])
  })
})

describe('shown', () => {
  it('is the recording over the live run, and while a run is prepared the live one', () => {
    const recording = recorded()
    const view = look(running(), recording)
    expect(shown(view)).toBe(recording)
    expect(shown(awaitStart(view))).toBe(view.live)
    expect(shown(look(view, null))).toBe(view.live)
  })
})

describe('complain', () => {
  it('says the same thing once', () => {
    const once = complain(initialView(), 'no')
    expect(complain(once, 'no')).toBe(once)
    expect(complain(once, 'nor this').complaints.map((complaint) => complaint.id)).toEqual([1, 2])
  })
})
