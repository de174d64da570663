/** What the page knows of a benchmark, and how each message of the worker changes it. */
import type { BenchDoing, BenchRequest, BenchResult, FromWorker, Profile } from '../worker/protocol.ts'

export interface BenchView {
  /** The request whose answers are shown; null before there is one. */
  id: number | null
  /** While it goes on. */
  running: { id: number; shape: string; doing: BenchDoing | 'preparing'; done: number; total: number } | null
  /** Of the latest that has ended. */
  end: 'complete' | 'cancelled' | 'failed' | null
  results: BenchResult[]
  /** By shape. */
  profiles: Record<string, Profile>
}

export const initialBench = (): BenchView => ({ id: null, running: null, end: null, results: [], profiles: {} })

export const beginBench = (id: number, { shapes, steps }: BenchRequest): BenchView => ({
  ...initialBench(),
  id,
  running: { id, shape: shapes[0], doing: 'preparing', done: 0, total: steps },
})

type BenchMessage = Extract<FromWorker, { type: 'bench-progress' | 'bench-result' | 'bench-profile' | 'bench-done' }>

/** Answers to an earlier request are dropped. */
export function reduceBench(view: BenchView, message: BenchMessage): BenchView {
  if (message.id !== view.id) return view
  switch (message.type) {
    case 'bench-progress':
      return { ...view, running: view.running && { ...view.running, ...pick(message) } }
    case 'bench-result':
      return { ...view, results: [...view.results, message.result] }
    case 'bench-profile':
      return { ...view, profiles: { ...view.profiles, [message.shape]: message.profile } }
    case 'bench-done':
      return { ...view, running: null, end: message.end }
    default:
      message satisfies never
      return view
  }
}

const pick = ({ shape, doing, done, total }: Extract<FromWorker, { type: 'bench-progress' }>) => ({ shape, doing, done, total })
