/** For tests: a session whose worker the test plays itself, and what such a worker says. */
import type { AttentionMaps, FromWorker, MetricColumns, RunSummary, ToWorker } from '../worker/protocol.ts'
import { emptyColumns } from '../train/curve.ts'
import { inventedRun } from './invented-run.ts'
import { openRecording } from './run-view.ts'
import { createSession } from './session.ts'

/** A run of the preset smoke with joint wiring, of 300 steps. */
export const inventedSummary = (more: Partial<RunSummary> = {}): RunSummary => ({
  ...openRecording(inventedRun('', 0).recording).run,
  step: 0,
  ...more,
})

export const inventedColumns = (...steps: number[]): MetricColumns => ({
  step: steps,
  loss: steps.map((s) => 4 - s / 1000),
  lr: steps.map(() => 1e-3),
  gradNorm: steps.map(() => 1),
  ms: steps.map((s) => 10 * s),
})

export const started = (id: number | null, run = inventedSummary(), columns = emptyColumns()): FromWorker => ({
  type: 'started',
  id,
  run,
  curve: { training: columns, validation: [] },
})

export const metrics = (...steps: number[]): FromWorker => ({
  type: 'metrics',
  step: steps[steps.length - 1],
  columns: inventedColumns(...steps),
  tokensPerSecond: 77,
})

/** Maps of two tokens. The head of layer 1 that is named reads back more than the other. */
export function maps(step: number, leader = 0): FromWorker {
  const { reads } = inventedSummary().config
  const patterns = reads.map((layer) => layer.map((slots) => new Float32Array(4 * slots.length).fill(0.5)))
  const heads = reads.flatMap((layer, l) =>
    layer.map((slots, h) => ({
      layer: l,
      head: h,
      mass: { [l]: 1 },
      mass_values: { [l]: 1 },
      slots: slots.map(() => 1 / slots.length),
      earlier: l === 0 ? 0 : h === leader ? 0.7 : 0.3,
      first: 0.1,
      entropy: 0.5,
      contribution: 1,
      share: 0.5,
    })),
  )
  const seen: AttentionMaps = { step, labels: ['a', 'b'], length: 2, patterns, reads, heads }
  return { type: 'maps', maps: seen }
}

export const cutDone = (layer: number, head: number, step: number): FromWorker => ({
  type: 'cut',
  result: { layer, head, step, changes: [], loss: 2, difference: 0.03, interval: 0.01, sequences: 8 },
})

/** `say` delivers messages as one batch of the worker; `sent` is what it was sent. */
export function playedWorker() {
  const sent: ToWorker[] = []
  const port: { receive: (messages: FromWorker[]) => void } = {
    receive: () => {
      throw new Error('nothing is connected')
    },
  }
  const connect = (receive: (messages: FromWorker[]) => void) => {
    port.receive = receive
    return { send: (message: ToWorker) => void sent.push(message), close: () => {} }
  }
  const asked = <Type extends ToWorker['type']>(type: Type) =>
    sent.filter((message): message is Extract<ToWorker, { type: Type }> => message.type === type)
  /** The id of the latest run that was asked for. */
  const asking = (): number => {
    const last = sent.findLast((message) => message.type === 'start' || message.type === 'import')
    if (!last) throw new Error('no run was asked for')
    return last.id
  }
  return { sent, asked, asking, connect, say: (...messages: FromWorker[]) => port.receive(messages) }
}

export function playedSession() {
  const worker = playedWorker()
  const saved: string[] = []
  const session = createSession({ connect: worker.connect, advice: 'Use another browser.', save: (name) => saved.push(name) })
  return { ...worker, session, saved, view: session.store.getState }
}
