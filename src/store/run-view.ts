/** Everything of one run that the page shows, be it on the GPU or recorded earlier. Pure. */
import { addSnapshot, snapshotOf, type CutResult, type Recording, type Snapshot, type TextSample } from '../io/recording.ts'
import { countParameters } from '../model/config.ts'
import { appendColumns, type Curve } from '../train/curve.ts'
import { isTask } from './setup/data.ts'
import type { AdapterSummary, AttentionMaps, MetricColumns, RunSummary, ValidationPoint } from '../worker/protocol.ts'

export interface RunView {
  run: RunSummary
  /** When it began, ISO 8601. */
  date: string
  adapter: AdapterSummary
  step: number
  /** The peak of the schedule in force: it may have been changed while training. */
  lr: number
  trainingLoss: number | null
  /** Null for a recording. */
  tokensPerSecond: number | null
  /** `training` grows in place: a run of a million steps is not copied each frame. The object around it is new whenever something was added. */
  curve: Curve
  /** The newest; null before the first, and for a recording, which has snapshots alone. */
  maps: AttentionMaps | null
  snapshots: Snapshot[]
  samples: TextSample[]
  /** The latest of each head. */
  cuts: CutResult[]
}

/** Settings that stay as they are while a run goes on: the rate may be changed. */
const lasting = ({ lr: _, min_lr: _least, ...settings }: RunSummary['settings']): string => JSON.stringify(settings)

/** Whether both curves had the same loss at the last step that is in both: texts of one name and seeds of one number may still be two runs. */
function sameCourse(old: Curve, curve: Curve): boolean {
  const steps = new Map(old.training.step.map((step, i) => [step, old.training.loss[i]]))
  const last = curve.training.step.findLastIndex((step) => steps.has(step))
  return last >= 0 && Object.is(steps.get(curve.training.step[last]), curve.training.loss[last])
}

/** The one of several that is the same run at another moment, with its history; null where none is. */
export function sameRun(candidates: readonly (RunView | null)[], run: RunSummary, curve: Curve): RunView | null {
  const isSame = ({ run: old, curve: course }: RunView): boolean =>
    run.step > 0 &&
    old.dataset === run.dataset &&
    JSON.stringify(old.config) === JSON.stringify(run.config) &&
    lasting(old.settings) === lasting(run.settings) &&
    sameCourse(course, curve)
  return candidates.find((candidate) => candidate !== null && isSame(candidate)) ?? null
}

const upTo = <T extends { step: number }>(list: T[], step: number): T[] => list.filter((item) => item.step <= step)

/** A run that has just come onto the GPU. `earlier` is the same run as it was before: its history stays as far as the run has gone. */
export function beginRun(run: RunSummary, curve: Curve, adapter: AdapterSummary, earlier: RunView | null): RunView {
  return {
    run,
    date: earlier?.date ?? new Date().toISOString(),
    adapter,
    step: run.step,
    lr: run.settings.lr,
    trainingLoss: curve.training.loss.at(-1) ?? null,
    tokensPerSecond: null,
    curve,
    maps: null,
    snapshots: upTo(earlier?.snapshots ?? [], run.step),
    samples: upTo(earlier?.samples ?? [], run.step),
    cuts: upTo(earlier?.cuts ?? [], run.step),
  }
}

export function withMetrics(view: RunView, step: number, columns: MetricColumns, tokensPerSecond: number): RunView {
  appendColumns(view.curve.training, columns)
  return { ...view, curve: { ...view.curve }, step, trainingLoss: columns.loss.at(-1) ?? view.trainingLoss, tokensPerSecond }
}

export const withValidation = (view: RunView, point: ValidationPoint): RunView => ({
  ...view,
  curve: { ...view.curve, validation: [...view.curve.validation, point] },
})

export const withMaps = (view: RunView, maps: AttentionMaps): RunView => ({
  ...view,
  maps,
  snapshots: addSnapshot(view.snapshots, snapshotOf(maps)),
})

export const withSample = (view: RunView, sample: TextSample): RunView => ({
  ...view,
  samples: [...view.samples.filter(({ step }) => step < sample.step), sample],
})

export const withCut = (view: RunView, result: CutResult): RunView => ({
  ...view,
  cuts: [...view.cuts.filter(({ layer, head }) => layer !== result.layer || head !== result.head), result],
})

/** The latest measured loss on held-out data. */
export const lastValidation = (view: RunView | null): ValidationPoint | null => view?.curve.validation.at(-1) ?? null

/** A recording as a run to look at. */
export function openRecording(recording: Recording): RunView {
  const { config, settings, curve, dataset, preset, wiring, heldOut, snapshots } = recording
  const step = Math.max(curve.training.step.at(-1) ?? 0, snapshots.at(-1)?.step ?? 0)
  return {
    run: {
      dataset,
      preset,
      wiring,
      config,
      settings,
      until: settings.steps,
      step,
      parameters: countParameters(config),
      bytes: 0,
      dispatches: 0,
      hasAccuracy: isTask(dataset),
      heldOut,
    },
    date: recording.date,
    adapter: { description: recording.adapter, software: recording.software },
    step,
    lr: settings.lr,
    trainingLoss: curve.training.loss.at(-1) ?? null,
    tokensPerSecond: null,
    curve,
    maps: null,
    snapshots,
    samples: recording.samples,
    cuts: recording.cuts,
  }
}

export function recordingOf({ run, date, adapter, lr, curve, samples, snapshots, cuts }: RunView): Recording {
  const { dataset, preset, wiring, config, heldOut } = run
  const settings = { ...run.settings, lr, min_lr: Math.min(run.settings.min_lr, lr) }
  const { description, software } = adapter
  return { date, adapter: description, software, dataset, preset, wiring, config, settings, curve, samples, snapshots, cuts, heldOut }
}
