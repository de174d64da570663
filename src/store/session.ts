/** The session as the page holds it: a store of what is known, and what can be asked of the worker. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Client } from '../worker/client.ts'
import type { BenchRequest, FromWorker, GenerateRequest, LabQuestion, RunRequest, ToWorker } from '../worker/protocol.ts'
import { beginBench } from './bench-view.ts'
import { beginAsking } from './lab-view.ts'
import type { RunView } from './run-view.ts'
import { awaitStart, complain, initialView, look, reduce, tune, type SessionView } from './session-view.ts'

/** What the session needs of its surroundings. */
export interface SessionHost {
  /** Starts the worker; null where the browser has no WebGPU. */
  connect: (receive: (messages: FromWorker[]) => void) => Client | null
  /** What to do in this browser when there is no GPU. */
  advice: string
  /** Hands a file to the person. */
  save: (name: string, bytes: Uint8Array) => void
}

export type ExperimentOrder = Extract<
  ToWorker,
  { type: 'experiment' | 'hold-experiment' | 'resume-experiment' | 'end-experiment' | 'estimate-experiment' }
>
export type ExperimentMessage = Extract<
  FromWorker,
  { type: 'experiment-progress' | 'experiment-run' | 'experiment-state' | 'experiment-estimated' }
>

/** A model folder for the browser to keep. */
export type Keep = (zip: Uint8Array, step: number) => void

export interface Session {
  store: StoreApi<SessionView>
  /** Returns the id of the request: once its run is on the GPU, `begun` of the view is that. Throws one line where nothing can be begun. */
  start: (run: RunRequest) => number
  pause: () => void
  resume: () => void
  step: () => void
  stop: () => void
  tune: (change: { lr?: number; stepsPerSecond?: number }) => void
  probe: (text: string) => void
  /** What a run would take; the answer is `estimate` of the view. */
  estimate: (run: RunRequest) => void
  /** Says at once why there is no run to estimate. */
  refuseEstimate: (problem: string) => void
  /** What a batch of a run contains; the answer is `batch` of the view. */
  lookAtBatch: (run: RunRequest) => void
  /** The set-up is another now. */
  forgetBatch: () => void
  /** What the held-out loss becomes without a head's way back; the answer is among the run's `cuts`. */
  cut: (layer: number, head: number) => void
  /** Asks something of the model as it stands; the answer is among `lab.answers` of the view. One question at a time. */
  askLab: (question: LabQuestion) => void
  cancelLab: () => void
  generate: (request: Omit<GenerateRequest, 'seed'>) => void
  cancelGeneration: () => void
  /** The ten likeliest next tokens after a prompt; an empty prompt has none. */
  askNextTokens: (prompt: string) => void
  exportFolder: () => void
  /** Hands the run as it is now to `keep`. */
  keepFolder: (keep: Keep) => void
  /** As `start`. */
  importFolder: (zip: Uint8Array) => number
  /** Times the bench shapes; what comes of it is `bench` of the view. */
  bench: (request: BenchRequest) => void
  cancelBench: () => void
  /** Which tiles are remembered; the answer is `tuned` of the view. */
  askTuned: () => void
  /** Forgets them; the answer is the same. */
  forgetTuned: () => void
  /** Shows a recorded run, or with null the one on the GPU. */
  look: (recording: RunView | null) => void
  /** Sends a message about experiments. */
  tellExperiment: (message: ExperimentOrder) => void
  /** What the worker says of them is handed on. */
  onExperiment: (receive: (message: ExperimentMessage) => void) => void
  /** Moves the scrub bar to a snapshot; null is the newest. */
  scrub: (index: number | null) => void
  complain: (message: string) => void
  dismiss: (id: number) => void
  close: () => void
}

/** How many next tokens the page lists. */
const NEXT_TOKENS = 10

/** Whether there is a model to ask, export or go on with. */
export const hasModel = (view: SessionView): boolean => view.live !== null && !view.broken && view.state !== 'compiling'

const isOfExperiment = (message: FromWorker): message is ExperimentMessage =>
  message.type === 'experiment-progress' ||
  message.type === 'experiment-run' ||
  message.type === 'experiment-state' ||
  message.type === 'experiment-estimated'

/** Connects to the worker at once. Every batch of messages becomes one write to the store. */
export function createSession(host: SessionHost): Session {
  const store = createStore<SessionView>(initialView)
  const set = (change: (view: SessionView) => SessionView) => store.setState(change, true)
  let lastId = 0
  /** The request whose run the worker has, by the messages up to now. */
  let onGpu: number | null = null
  const keeps = new Map<number, { keep: Keep; of: number | null }>()

  function exported(message: Extract<FromWorker, { type: 'exported' }>): void {
    if (message.purpose === 'save') host.save(message.name, message.zip)
    const asked = keeps.get(message.id)
    keeps.delete(message.id)
    // Another run may have begun between question and answer: these weights are not those that were meant.
    if (asked && asked.of === onGpu) asked.keep(message.zip, message.step)
  }

  let experimentReceiver: ((message: ExperimentMessage) => void) | null = null
  const client = host.connect((messages) => {
    set((view) => messages.reduce((now, message) => reduce(now, advised(message, now)), view))
    for (const message of messages) {
      if (message.type === 'started') onGpu = message.id ?? onGpu
      if (message.type === 'exported') exported(message)
      if (isOfExperiment(message)) experimentReceiver?.(message)
      if (message.type === 'failed' && message.fatal) keeps.clear()
    }
  })
  /** Without an adapter the worker's reason is half the message: what to do depends on the browser. */
  function advised(message: FromWorker, view: SessionView): FromWorker {
    return message.type === 'failed' && message.fatal && !view.adapter
      ? { ...message, message: `${message.message} ${host.advice}` }
      : message
  }
  if (client) client.send({ type: 'open' })
  else set((view) => ({ ...complain(view, `This browser offers no WebGPU, so nothing can be trained here. ${host.advice}`), broken: true }))

  const send: Client['send'] = (message) => client?.send(message)
  const begin = (message: (id: number) => ToWorker): number => {
    if (store.getState().broken) throw new Error(`Nothing can be trained or loaded in this page: it has no GPU. ${host.advice}`)
    const id = ++lastId
    set(awaitStart)
    send(message(id))
    return id
  }
  return {
    store,
    start: (run) => begin((id) => ({ type: 'start', id, run })),
    pause: () => send({ type: 'pause' }),
    resume: () => send({ type: 'resume' }),
    step: () => send({ type: 'step' }),
    stop: () => send({ type: 'stop' }),
    tune: (change) => {
      set((view) => tune(view, change))
      send({ type: 'tune', ...change })
    },
    probe: (text) => send({ type: 'probe', text }),
    estimate: (run) => {
      const id = ++lastId
      // What stands there goes on standing until the answer comes: the line must not flicker with every key.
      set((view) => ({ ...view, estimate: { ...view.estimate, id } }))
      send({ type: 'estimate', id, run })
    },
    refuseEstimate: (problem) => set((view) => ({ ...view, estimate: { id: ++lastId, value: null, problem } })),
    lookAtBatch: (run) => {
      const id = ++lastId
      set((view) => ({ ...view, batch: { rows: view.batch?.rows ?? [], problem: null, id } }))
      send({ type: 'look', id, run })
    },
    forgetBatch: () => set((view) => (view.batch ? { ...view, batch: null } : view)),
    cut: (layer, head) => {
      set((view) => ({ ...view, cutting: { layer, head } }))
      send({ type: 'cut', layer, head })
    },
    askLab: (question) => {
      if (store.getState().lab.running) return
      const id = ++lastId
      set((view) => ({ ...view, lab: beginAsking(view.lab, id, question) }))
      send({ type: 'ask-lab', id, question })
    },
    cancelLab: () => {
      const { running } = store.getState().lab
      if (running) send({ type: 'cancel-lab', id: running.id })
    },
    generate: (request) => {
      const { generation } = store.getState()
      if (generation.busy) send({ type: 'cancel-generate', id: generation.id })
      const id = ++lastId
      set((view) => ({ ...view, generation: { id, pieces: [], busy: true } }))
      // Each press draws anew, and the same presses after the same reload give the same texts.
      send({ type: 'generate', id, request: { ...request, seed: id } })
    },
    cancelGeneration: () => send({ type: 'cancel-generate', id: store.getState().generation.id }),
    askNextTokens: (prompt) => {
      const id = ++lastId
      const ask = prompt !== '' && hasModel(store.getState())
      set((view) => ({ ...view, nextTokens: { id, tokens: ask ? view.nextTokens.tokens : [] } }))
      if (ask) send({ type: 'next-tokens', id, prompt, count: NEXT_TOKENS })
    },
    exportFolder: () => {
      set((view) => ({ ...view, exporting: true }))
      send({ type: 'export', id: ++lastId, purpose: 'save' })
    },
    keepFolder: (keep) => {
      const id = ++lastId
      keeps.set(id, { keep, of: onGpu })
      send({ type: 'export', id, purpose: 'keep' })
    },
    importFolder: (zip) => begin((id) => ({ type: 'import', id, zip })),
    bench: (request) => {
      const { broken, bench } = store.getState()
      if (broken) return set((view) => complain(view, `Nothing can be timed in this page: it has no GPU. ${host.advice}`))
      if (bench.running) return
      const id = ++lastId
      set((view) => ({ ...view, bench: beginBench(id, request) }))
      send({ type: 'bench', id, request })
    },
    cancelBench: () => {
      const { running } = store.getState().bench
      if (running) send({ type: 'cancel-bench', id: running.id })
    },
    askTuned: () => send({ type: 'tuned' }),
    forgetTuned: () => send({ type: 'forget-tuned' }),
    tellExperiment: (message) => send(message),
    onExperiment: (receive) => {
      experimentReceiver = receive
    },
    look: (recording) => set((view) => look(view, recording)),
    scrub: (index) => set((view) => ({ ...view, scrub: index })),
    complain: (message) => set((view) => complain(view, message)),
    dismiss: (id) => set((view) => ({ ...view, complaints: view.complaints.filter((complaint) => complaint.id !== id) })),
    close: () => client?.close(),
  }
}
