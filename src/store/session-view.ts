/** What the page knows of the session, and how each message of the worker changes it. Pure: the store in session.ts holds one of these. */
import type {
  AdapterSummary,
  AttentionMaps,
  BatchRow,
  Estimate,
  FromWorker,
  GeneratedPiece,
  Preparation,
  SessionState,
  TokenProbability,
  TunedKernels,
} from '../worker/protocol.ts'
import { initialBench, reduceBench, type BenchView } from './bench-view.ts'
import { initialLab, reduceLab, type LabView } from './lab-view.ts'
import { beginRun, sameRun, withCut, withMaps, withMetrics, withSample, withValidation, type RunView } from './run-view.ts'

export interface Complaint {
  id: number
  message: string
}

export interface SessionView {
  adapter: AdapterSummary | null
  /** No session can run in this page any more. */
  broken: boolean
  state: SessionState
  /** Where a refused request leads back to. */
  stateBefore: SessionState
  /** How far it is, while compiling. */
  progress: Preparation | null
  /** The most steps a second; 0 is as many as the GPU does. */
  stepsPerSecond: number
  /** The id of the request that brought `live`; a run that goes on by itself, on a new device, keeps it. */
  begun: number | null
  /** The run on the GPU. */
  live: RunView | null
  /** A run that is only looked at, over the live one. */
  recording: RunView | null
  /** The snapshot that the scrub bar stands at; null is the newest. */
  scrub: number | null
  /** The head whose cut is being measured. */
  cutting: { layer: number; head: number } | null
  generation: { id: number; pieces: GeneratedPiece[]; busy: boolean }
  nextTokens: { id: number; tokens: TokenProbability[] }
  estimate: { id: number; value: Estimate | null; problem: string | null }
  batch: { id: number; rows: BatchRow[]; problem: string | null } | null
  bench: BenchView
  lab: LabView
  /** Null until somebody asked. */
  tuned: TunedKernels | null
  exporting: boolean
  /** The folder of the live run that was saved last; null before there is one. */
  exported: string | null
  complaints: Complaint[]
}

export const initialView = (): SessionView => ({
  adapter: null,
  broken: false,
  state: 'idle',
  stateBefore: 'idle',
  progress: null,
  stepsPerSecond: 0,
  begun: null,
  live: null,
  recording: null,
  scrub: null,
  cutting: null,
  generation: { id: 0, pieces: [], busy: false },
  nextTokens: { id: 0, tokens: [] },
  estimate: { id: 0, value: null, problem: null },
  batch: null,
  bench: initialBench(),
  lab: initialLab(),
  tuned: null,
  exporting: false,
  exported: null,
  complaints: [],
})

/** The run that the page shows. While another is being prepared nothing recorded stands in its place. */
export const shown = (view: SessionView): RunView | null => (view.state === 'compiling' ? view.live : (view.recording ?? view.live))

/** Whether what is shown was recorded earlier. */
export const isRecorded = (view: SessionView): boolean => view.state !== 'compiling' && view.recording !== null

/** Whether there is a model that is not being trained just now. */
export const rests = ({ state }: SessionView): boolean => state === 'paused' || state === 'stopped' || state === 'done'

/** Adds a complaint, unless the same one already stands there. */
export function complain(view: SessionView, message: string): SessionView {
  if (view.complaints.some((complaint) => complaint.message === message)) return view
  const id = (view.complaints.at(-1)?.id ?? 0) + 1
  return { ...view, complaints: [...view.complaints, { id, message }] }
}

/** A request is on its way whose answer may take a while; `failed` leads back. */
export const awaitStart = (view: SessionView): SessionView => ({
  ...view,
  state: 'compiling',
  stateBefore: view.state === 'compiling' ? view.stateBefore : view.state,
  progress: null,
})

/** Looks at a recorded run, or with null at the one on the GPU again. */
export const look = (view: SessionView, recording: RunView | null): SessionView => ({ ...view, recording, scrub: null })

/** Another rate or pace, as it was asked for. */
export const tune = (
  view: SessionView,
  { lr, stepsPerSecond = view.stepsPerSecond }: { lr?: number; stepsPerSecond?: number },
): SessionView => ({
  ...view,
  stepsPerSecond,
  live: view.live && lr !== undefined ? { ...view.live, lr } : view.live,
})

function started(view: SessionView, { id, run, curve }: Extract<FromWorker, { type: 'started' }>): SessionView {
  const recovered = id === null
  const adapter = view.adapter ?? { description: 'an unnamed adapter', software: false }
  return {
    ...view,
    live: beginRun(run, curve, adapter, recovered ? view.live : sameRun([view.recording, view.live], run, curve)),
    begun: recovered ? view.begun : id,
    // What a person looks at is not taken away by a run that merely goes on.
    recording: recovered ? view.recording : null,
    scrub: recovered && view.recording ? view.scrub : null,
    progress: null,
    cutting: null,
    lab: recovered ? { ...view.lab, running: null } : initialLab(),
    generation: { ...view.generation, pieces: [], busy: false },
    nextTokens: { ...view.nextTokens, tokens: [] },
    exporting: false,
    exported: recovered ? view.exported : null,
  }
}

function failed(view: SessionView, message: string, fatal: boolean): SessionView {
  const next = complain(view, message)
  const over = { exporting: false, cutting: null, progress: null, generation: { ...view.generation, busy: false } }
  // Whatever was being timed went with the adapter.
  if (fatal)
    return {
      ...next,
      ...over,
      bench: { ...view.bench, running: null },
      lab: { ...view.lab, running: null },
      broken: true,
      state: view.live ? 'stopped' : 'idle',
    }
  return { ...next, ...over, state: view.state === 'compiling' ? view.stateBefore : view.state }
}

/** The newest maps. The scrub bar stays at its step although moments are thinned under it. */
function mapped(view: SessionView, maps: AttentionMaps): SessionView {
  if (!view.live) return view
  const live = withMaps(view.live, maps)
  if (view.scrub === null || view.recording) return { ...view, live }
  const at = view.live.snapshots[view.scrub]?.step ?? 0
  const distance = live.snapshots.map(({ step }) => Math.abs(step - at))
  return { ...view, live, scrub: distance.indexOf(Math.min(...distance)) }
}

const onLive = (view: SessionView, change: (live: RunView) => RunView): SessionView =>
  view.live ? { ...view, live: change(view.live) } : view

/** The view after one message. Answers to a question that has been asked anew since are dropped. */
export function reduce(view: SessionView, message: FromWorker): SessionView {
  switch (message.type) {
    case 'ready':
      return { ...view, adapter: message.adapter }
    case 'started':
      return started(view, message)
    case 'state':
      return { ...view, state: message.state, stateBefore: message.state === 'compiling' ? view.stateBefore : message.state }
    case 'metrics':
      return onLive(view, (live) => withMetrics(live, message.step, message.columns, message.tokensPerSecond))
    case 'validation':
      return onLive(view, (live) => withValidation(live, message.point))
    case 'maps':
      return mapped(view, message.maps)
    case 'sample':
      return onLive(view, (live) => withSample(live, message.sample))
    case 'cut':
      return onLive({ ...view, cutting: null }, (live) => withCut(live, message.result))
    case 'generated':
      if (message.id !== view.generation.id) return view
      return { ...view, generation: { id: message.id, pieces: [...view.generation.pieces, ...message.pieces], busy: !message.done } }
    case 'next-tokens':
      return message.id === view.nextTokens.id ? { ...view, nextTokens: { id: message.id, tokens: message.tokens } } : view
    case 'estimated':
      if (message.id !== view.estimate.id) return view
      return { ...view, estimate: { id: message.id, value: message.estimate, problem: message.problem } }
    case 'batch':
      if (message.id !== view.batch?.id) return view
      return { ...view, batch: { id: message.id, rows: message.rows, problem: message.problem } }
    case 'bench-progress':
    case 'bench-result':
    case 'bench-profile':
      return { ...view, bench: reduceBench(view.bench, message) }
    case 'bench-done': {
      const next = { ...view, bench: reduceBench(view.bench, message) }
      return message.problem === null ? next : complain(next, message.problem)
    }
    case 'lab-progress':
      return { ...view, lab: reduceLab(view.lab, message) }
    case 'lab-answered': {
      const next = { ...view, lab: reduceLab(view.lab, message) }
      return message.problem === null ? next : complain(next, message.problem)
    }
    case 'progress':
      return { ...view, progress: { doing: message.doing, done: message.done, total: message.total } }
    case 'tuned':
      return { ...view, tuned: message.tuned }
    // Experiments have a store of their own.
    case 'experiment-progress':
    case 'experiment-run':
    case 'experiment-state':
    case 'experiment-estimated':
      return view
    case 'exported':
      if (message.purpose !== 'save') return view
      return { ...view, exporting: false, exported: message.name.replace(/\.zip$/, '') }
    case 'failed':
      return failed(view, message.message, message.fatal)
    default:
      message satisfies never
      return view
  }
}
