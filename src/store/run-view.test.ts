import { describe, expect, it } from 'vitest'
import { addSnapshot, type Recording, type Snapshot } from '../io/recording.ts'
import { inventedRun, inventedSnapshot } from './invented-run.ts'
import { inventedColumns, inventedSummary } from './invented-session.ts'
import { beginRun, openRecording, recordingOf, sameRun } from './run-view.ts'

const adapter = { description: 'a new device', software: false }
const kept = (more: Partial<Recording> = {}) =>
  openRecording({
    ...inventedRun('kept', 100).recording,
    snapshots: [0, 50, 100].map(inventedSnapshot),
    samples: [1, 50, 100].map((step) => ({ step, prompt: 'The ', text: `${step}` })),
    ...more,
  })
/** The same run from its weights of step 60. */
const curve = () => {
  const { training, validation } = kept().curve
  const first = (column: number[]) => column.slice(0, 60)
  const columns = {
    step: first(training.step),
    loss: first(training.loss),
    lr: first(training.lr),
    gradNorm: first(training.gradNorm),
    ms: first(training.ms),
  }
  return { training: columns, validation: validation.filter(({ step }) => step <= 60) }
}
const run = () => ({ ...kept().run, step: 60 })

describe('a run that begins', () => {
  it('keeps the history of the same run, as far as it has gone', () => {
    const earlier = kept()
    expect(sameRun([null, earlier], run(), curve())).toBe(earlier)
    const view = beginRun(run(), curve(), adapter, earlier)
    expect(view).toMatchObject({ date: earlier.date, adapter, step: 60, trainingLoss: 2, maps: null, tokensPerSecond: null, cuts: [] })
    expect(view.snapshots.map(({ step }) => step)).toEqual([0, 50])
    expect(view.samples.map(({ step }) => step)).toEqual([1, 50])
  })

  it('knows the same run though its rate was changed meanwhile', () => {
    const settings = { ...run().settings, lr: 1e-5, min_lr: 1e-5 }
    expect(sameRun([kept()], { ...run(), settings }, curve())).not.toBeNull()
  })

  it.each<[string, Partial<ReturnType<typeof run>>]>([
    ['has made no step', { step: 0 }],
    ['is of another text', { dataset: 'induction' }],
    ['has another seed', { settings: { ...inventedSummary().settings, seed: 7 } }],
    ['has another wiring', { config: { ...inventedSummary().config, reads: [] } }],
  ])('is another where it %s', (_, change) => {
    expect(sameRun([kept()], { ...run(), ...change }, curve())).toBeNull()
  })

  it('is another where the losses differ: two texts may bear one title', () => {
    const other = curve()
    other.training.loss[59] = 2.5
    expect(sameRun([kept()], run(), other)).toBeNull()
    expect(sameRun([kept()], run(), { training: inventedColumns(), validation: [] })).toBeNull()
  })

  it('begins without a history otherwise', () => {
    const view = beginRun(inventedSummary(), { training: inventedColumns(), validation: [] }, adapter, null)
    expect(view).toMatchObject({ snapshots: [], samples: [], cuts: [], trainingLoss: null, step: 0 })
    expect(Date.now() - Date.parse(view.date)).toBeLessThan(10_000)
  })
})

describe('recordings', () => {
  it('open as what they were made of', () => {
    const { recording } = inventedRun('a', 40)
    expect(recordingOf(openRecording(recording))).toEqual(recording)
    const view = kept()
    expect(openRecording(recordingOf(view))).toEqual(view)
  })

  it('hold the rate in force', () => {
    const settings = recordingOf({ ...kept(), lr: 1e-5 }).settings
    expect(settings).toMatchObject({ lr: 1e-5, min_lr: 1e-5 })
    expect(recordingOf({ ...kept(), lr: 0.5 }).settings.min_lr).toBe(kept().run.settings.min_lr)
  })

  it('know a task before its accuracy was measured', () => {
    const bare = { curve: { training: inventedColumns(), validation: [] } }
    expect(kept({ ...bare, dataset: 'induction' }).run.hasAccuracy).toBe(true)
    expect(kept({ ...bare, dataset: 'moby-dick' }).run.hasAccuracy).toBe(false)
  })
})

describe('addSnapshot', () => {
  const sized = (step: number, bytes: number): Snapshot => ({ ...inventedSnapshot(step), patterns: [[new Uint8Array(bytes)]] })
  const grown = (count: number, bytes: (step: number) => number) =>
    Array.from({ length: count }, (_, step) => sized(step, bytes(step))).reduce<Snapshot[]>(addSnapshot, [])
  const total = (snapshots: Snapshot[]) => snapshots.reduce((sum, { patterns }) => sum + patterns[0][0].length, 0)

  it('keeps the first, the last and at most 48, the early ones closer together', () => {
    const steps = grown(1000, () => 4).map(({ step }) => step)
    expect(steps).toHaveLength(48)
    expect([steps[0], steps[47]]).toEqual([0, 999])
    expect(steps[10] - steps[9]).toBeLessThan(steps[46] - steps[45])
  })

  it('keeps within 32 MiB, whatever the newest takes', () => {
    const MiB = 2 ** 20
    const mixed = grown(60, (step) => (step < 30 ? MiB : 1000))
    expect(total(mixed)).toBeLessThanOrEqual(32 * MiB)
    const rising = grown(60, (step) => (step < 40 ? MiB / 2 : MiB))
    expect(total(rising)).toBeLessThanOrEqual(32 * MiB)
    expect([rising[0].step, rising.at(-1)?.step]).toEqual([0, 59])
  })

  it('keeps a few of the largest', () => {
    expect(grown(20, () => 5 * 2 ** 20)).toHaveLength(8)
  })

  it('replaces one of the same step, and goes back with the run', () => {
    const three = [0, 1, 2].map(inventedSnapshot)
    expect(addSnapshot(three, sized(2, 9)).map(({ patterns }) => patterns[0][0].length)).toEqual([4, 4, 9])
    expect(addSnapshot(three, inventedSnapshot(1)).map(({ step }) => step)).toEqual([0, 1])
  })
})
