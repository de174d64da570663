import { describe, expect, it } from 'vitest'
import type { BenchResult, FromWorker, KernelTime, Profile } from '../worker/protocol.ts'
import { benchJson, benchMarkdown, besideOthers, figureText } from './bench-text.ts'
import { beginBench, initialBench } from './bench-view.ts'
import { playedSession } from './invented-session.ts'
import { orderedBy, sharesByKernel } from './profile-order.ts'
import { PUBLISHED } from './published.ts'

const result = (config: string, step_ms = 2): BenchResult => ({
  config,
  wiring: 'skip',
  dtype: 'f32',
  step_ms,
  step_ms_min: step_ms - 0.5,
  step_ms_max: step_ms + 0.5,
  windows: 5,
  steps: 100,
  tokens_per_s: 1_024_000,
  tflops: 12.345,
  parameters: 826_368,
  dispatches: 109,
  submits: 1,
  peak_gpu_mb: 89.6,
  host_ms: 1,
  loss: 4.2,
  adapter: 'card X',
})

const kernel = (name: string, total_ms: number, more: Partial<KernelTime> = {}): KernelTime => ({
  kernel: name,
  shape: 'n 5',
  launches: 2,
  ms: total_ms / 2,
  total_ms,
  share: total_ms / 10,
  tflops: 1,
  gb_per_s: 2,
  bound: 'bytes',
  ceiling_ms: total_ms / 4,
  of_ceiling: 0.5,
  ...more,
})
const profile: Profile = {
  kernels: [kernel('product.tile', 6), kernel('norm.forward', 3), kernel('product.tile', 1, { shape: 'n 6' })],
  summary: {
    dispatches: 6,
    kernels_ms: 10,
    step_ms: 9,
    ceiling_ms: 5,
    of_ceiling: 0.5,
    ceilings: { tflops: 50, gb_per_s: 4000, launch_us: 2.7 },
    clock: 'timestamps',
  },
}
const request = { shapes: ['tiny', 'baby'], steps: 100, wiring: { name: 'skip' }, profile: true }

describe('a benchmark as the page sees it', () => {
  const asked = () => {
    const played = playedSession()
    played.say({ type: 'ready', adapter: { description: 'card X', software: false } })
    played.session.bench(request)
    return { ...played, id: played.asked('bench')[0].id, bench: () => played.view().bench }
  }

  it('is asked for once at a time, followed, and done', () => {
    const { session, sent, say, id, bench } = asked()
    session.bench(request)
    expect(sent.filter(({ type }) => type === 'bench')).toEqual([{ type: 'bench', id, request }])
    expect(bench().running).toEqual({ id, shape: 'tiny', doing: 'preparing', done: 0, total: 100 })
    say({ type: 'bench-progress', id, shape: 'tiny', doing: 'steps', done: 20, total: 100 })
    expect(bench().running).toMatchObject({ doing: 'steps', done: 20 })
    say({ type: 'bench-result', id, result: result('tiny') }, { type: 'bench-profile', id, shape: 'tiny', profile })
    say({ type: 'bench-result', id, result: result('baby', 30) }, { type: 'bench-done', id, end: 'complete', problem: null })
    expect(bench()).toMatchObject({ running: null, end: 'complete', profiles: { tiny: profile } })
    expect(bench().results.map(({ config }) => config)).toEqual(['tiny', 'baby'])
    session.bench(request)
    expect(bench().results).toEqual([])
  })

  it('is cancelled by its number', () => {
    const { session, sent, say, id, bench } = asked()
    session.cancelBench()
    expect(sent.at(-1)).toEqual({ type: 'cancel-bench', id })
    say({ type: 'bench-done', id, end: 'cancelled', problem: null })
    expect(bench()).toMatchObject({ running: null, end: 'cancelled' })
    session.cancelBench()
    expect(sent.filter(({ type }) => type === 'cancel-bench')).toHaveLength(1)
  })

  it('complains where it failed, keeps what it had, and hears nothing of an earlier one', () => {
    const { say, id, bench, view } = asked()
    const late: FromWorker[] = [
      { type: 'bench-result', id: id - 1, result: result('old') },
      { type: 'bench-done', id: id - 1, end: 'complete', problem: null },
    ]
    say({ type: 'bench-result', id, result: result('tiny') }, ...late)
    expect(bench().running).not.toBeNull()
    say({ type: 'bench-done', id, end: 'failed', problem: 'It does not fit.' })
    expect(bench().results.map(({ config }) => config)).toEqual(['tiny'])
    expect(view().complaints.map(({ message }) => message)).toEqual(['It does not fit.'])
  })

  it('says when it chooses tiles', () => {
    const { say, id, bench } = asked()
    say({ type: 'bench-progress', id, shape: 'tiny', doing: 'tiles', done: 3, total: 15 })
    expect(bench().running).toMatchObject({ doing: 'tiles', done: 3, total: 15 })
  })

  it('ends with the adapter', () => {
    const { say, session, sent, bench, view } = asked()
    say({ type: 'failed', message: 'Gone.', fatal: true })
    expect(bench().running).toBeNull()
    session.bench(request)
    expect(sent.filter(({ type }) => type === 'bench')).toHaveLength(1)
    expect(view().complaints.at(-1)?.message).toContain('Nothing can be timed in this page')
  })
})

describe('the tiles that are remembered', () => {
  it('are asked for and forgotten, and the latest answer holds', () => {
    const { session, sent, say, view } = playedSession()
    expect(view().tuned).toBeNull()
    session.askTuned()
    const tuned = { adapter: 'card X', choices: [{ product: '8×8×8', tile: '32×32' }], lasts: true }
    say({ type: 'tuned', tuned })
    expect(view().tuned).toEqual(tuned)
    session.forgetTuned()
    expect(view().tuned).toEqual(tuned)
    say({ type: 'tuned', tuned: { ...tuned, choices: [] } })
    expect(view().tuned?.choices).toEqual([])
    expect(sent.map(({ type }) => type)).toEqual(['open', 'tuned', 'forget-tuned'])
  })
})

describe('a benchmark as text', () => {
  const view = { ...initialBench(), results: [result('tiny'), result('smoke')], profiles: { tiny: profile } }

  it('holds one shape beside what is published of it, and says whose it is', () => {
    const { head, rows } = besideOthers(view.results)
    expect(head).toEqual(['ms a step', 'tiny'])
    expect(rows[0]).toEqual(['Skipscope, on this adapter', '2'])
    expect(rows).toHaveLength(1 + PUBLISHED.length)
    for (const [who] of rows.slice(1)) expect(who).toMatch(/, on an H200$/)
    expect(besideOthers([result('smoke')]).rows).toEqual([])
  })

  it('is Markdown whose rows have as many cells as their heads', () => {
    const markdown = benchMarkdown(view, '2026-11-25')
    expect(markdown).toContain('card X, 2026-11-25, skip wiring, f32')
    expect(markdown).toContain('| tiny | 2 | 1.5 | 2.5 | 1,024,000 | 12.3 | 109 | 1 | 89.6 |')
    expect(markdown).toContain('### Kernels of tiny')
    expect(markdown).toContain('| norm.forward | n 5 | 2 | 1,500 | 3 | 30 % | 1 | 2 | bytes | 50 % |')
    for (const block of markdown.split('\n\n').filter((part) => part.startsWith('|')))
      expect(
        new Set(
          block
            .trim()
            .split('\n')
            .map((line) => line.split('|').length),
        ).size,
        block,
      ).toBe(1)
  })

  it('is JSON with every figure', () => {
    expect(JSON.parse(benchJson(view, '2026-11-25'))).toEqual({ date: '2026-11-25', results: view.results, profiles: view.profiles })
  })

  it.each([
    [0.0123456, '0.0123'],
    [12.345, '12.3'],
    [1234.5, '1,235'],
    [0, '0'],
    [NaN, '-'],
  ])('writes %d as %s', (value, text) => expect(figureText(value)).toBe(text))
})

describe('the kernels of a profile', () => {
  it('are sorted by any column, either way, without moving the profile', () => {
    const before = [...profile.kernels]
    expect(orderedBy(profile.kernels, 'total_ms', false).map((k) => k.total_ms)).toEqual([1, 3, 6])
    expect(orderedBy(profile.kernels, 'total_ms', true).map((k) => k.total_ms)).toEqual([6, 3, 1])
    expect(orderedBy(profile.kernels, 'kernel', false).map((k) => [k.kernel, k.shape])).toEqual([
      ['norm.forward', 'n 5'],
      ['product.tile', 'n 5'],
      ['product.tile', 'n 6'],
    ])
    expect(profile.kernels).toEqual(before)
  })

  it('are summed by name, the rest as one', () => {
    expect(sharesByKernel(profile.kernels, 5)).toEqual([
      { kernel: 'product.tile', share: 0.7 },
      { kernel: 'norm.forward', share: 0.3 },
    ])
    expect(sharesByKernel(profile.kernels, 1)).toEqual([
      { kernel: 'product.tile', share: 0.7 },
      { kernel: 'the others', share: 0.3 },
    ])
  })
})

it('begins with the first shape', () => expect(beginBench(3, request).running?.shape).toBe('tiny'))
