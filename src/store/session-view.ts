/** What the page knows of the session, and how each message of the worker changes it. Pure: the store in session.ts holds one of these. */
import { appendColumns, emptyCurve, type Curve } from '../train/curve.ts'
import type {
  AdapterSummary,
  AttentionMaps,
  FromWorker,
  RunSummary,
  SessionState,
  TokenProbability,
  ValidationPoint,
} from '../worker/protocol.ts'
import { earlierShare, hasChoice } from './patterns.ts'

export interface Complaint {
  id: number
  message: string
}

/** `training` grows in place: a run of a million steps is not copied each frame. The object around it is new whenever something was added. */
export type CurveView = Curve

export interface MapsView extends AttentionMaps {
  /** [layer][head]: the part of attention on earlier layers, 0 to 1; null where the head has no choice. */
  earlier: (number | null)[][]
}

export interface SessionView {
  adapter: AdapterSummary | null
  /** No session can run in this page any more. */
  broken: boolean
  state: SessionState
  /** Where a refused request leads back to. */
  stateBefore: SessionState
  run: RunSummary | null
  step: number | null
  trainingLoss: number | null
  tokensPerSecond: number | null
  curve: CurveView
  maps: MapsView | null
  generation: { id: number; text: string; busy: boolean }
  nextTokens: { id: number; tokens: TokenProbability[] }
  exporting: boolean
  complaints: Complaint[]
}

export const initialView = (): SessionView => ({
  adapter: null,
  broken: false,
  state: 'idle',
  stateBefore: 'idle',
  run: null,
  step: null,
  trainingLoss: null,
  tokensPerSecond: null,
  curve: emptyCurve(),
  maps: null,
  generation: { id: 0, text: '', busy: false },
  nextTokens: { id: 0, tokens: [] },
  exporting: false,
  complaints: [],
})

/** The latest measured loss on held-out data. */
export const lastValidation = (view: SessionView): ValidationPoint | null => view.curve.validation.at(-1) ?? null

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
})

function started(view: SessionView, message: Extract<FromWorker, { type: 'started' }>): SessionView {
  const { run, curve } = message
  return {
    ...view,
    run,
    step: run.step,
    trainingLoss: curve.training.loss.at(-1) ?? null,
    tokensPerSecond: null,
    curve,
    maps: null,
    generation: { ...view.generation, text: '', busy: false },
    nextTokens: { ...view.nextTokens, tokens: [] },
    exporting: false,
  }
}

function failed(view: SessionView, message: string, fatal: boolean): SessionView {
  const next = complain(view, message)
  const busyOver = { exporting: false, generation: { ...view.generation, busy: false } }
  if (fatal) return { ...next, ...busyOver, broken: true, state: view.run ? 'stopped' : 'idle' }
  return { ...next, ...busyOver, state: view.state === 'compiling' ? view.stateBefore : view.state }
}

function withShares(maps: AttentionMaps): MapsView {
  const earlier = maps.patterns.map((heads, layer) =>
    heads.map((pattern, head) => {
      const slots = maps.reads[layer][head]
      return hasChoice(layer, slots) ? earlierShare(pattern, maps.length, layer, slots) : null
    }),
  )
  return { ...maps, earlier }
}

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
      appendColumns(view.curve.training, message.columns)
      return {
        ...view,
        curve: { ...view.curve },
        step: message.step,
        trainingLoss: message.columns.loss.at(-1) ?? view.trainingLoss,
        tokensPerSecond: message.tokensPerSecond,
      }
    case 'validation':
      return { ...view, curve: { ...view.curve, validation: [...view.curve.validation, message.point] } }
    case 'maps':
      return { ...view, maps: withShares(message.maps) }
    case 'generated':
      if (message.id !== view.generation.id) return view
      return { ...view, generation: { id: message.id, text: view.generation.text + message.text, busy: !message.done } }
    case 'next-tokens':
      return message.id === view.nextTokens.id ? { ...view, nextTokens: { id: message.id, tokens: message.tokens } } : view
    case 'exported':
      return { ...view, exporting: false }
    case 'failed':
      return failed(view, message.message, message.fatal)
    default:
      message satisfies never
      return view
  }
}
