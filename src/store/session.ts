/** The session as the page holds it: a store of what is known, and what can be asked of the worker. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Client } from '../worker/client.ts'
import type { FromWorker, GenerateRequest, RunRequest } from '../worker/protocol.ts'
import { awaitStart, complain, initialView, reduce, type SessionView } from './session-view.ts'

/** What the session needs of its surroundings. */
export interface SessionHost {
  /** Starts the worker; null where the browser has no WebGPU. */
  connect: (receive: (messages: FromWorker[]) => void) => Client | null
  /** What to do in this browser when there is no GPU. */
  advice: string
  /** Hands a file to the person. */
  save: (name: string, bytes: Uint8Array) => void
}

export interface Session {
  store: StoreApi<SessionView>
  start: (run: RunRequest) => void
  pause: () => void
  resume: () => void
  step: () => void
  stop: () => void
  probe: (text: string) => void
  generate: (request: Omit<GenerateRequest, 'seed'>) => void
  /** The ten likeliest next tokens after a prompt; an empty prompt has none. */
  askNextTokens: (prompt: string) => void
  exportFolder: () => void
  importFolder: (zip: Uint8Array) => void
  complain: (message: string) => void
  dismiss: (id: number) => void
  close: () => void
}

/** How many next tokens the page lists. */
const NEXT_TOKENS = 10

/** Whether there is a model to ask, export or go on with. */
export const hasModel = (view: SessionView): boolean => view.run !== null && !view.broken && view.state !== 'compiling'

/** Connects to the worker at once. Every batch of messages becomes one write to the store. */
export function createSession(host: SessionHost): Session {
  const store = createStore<SessionView>(initialView)
  const set = (change: (view: SessionView) => SessionView) => store.setState(change, true)
  let lastId = 0

  const client = host.connect((messages) => {
    set((view) => messages.map((message) => advised(message, view)).reduce(reduce, view))
    for (const message of messages) if (message.type === 'exported') host.save(message.name, message.zip)
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
  return {
    store,
    start: (run) => {
      set(awaitStart)
      send({ type: 'start', run })
    },
    pause: () => send({ type: 'pause' }),
    resume: () => send({ type: 'resume' }),
    step: () => send({ type: 'step' }),
    stop: () => send({ type: 'stop' }),
    probe: (text) => send({ type: 'probe', text }),
    generate: (request) => {
      const { generation } = store.getState()
      if (generation.busy) send({ type: 'cancel-generate', id: generation.id })
      const id = ++lastId
      set((view) => ({ ...view, generation: { id, text: '', busy: true } }))
      // Each press draws anew, and the same presses after the same reload give the same texts.
      send({ type: 'generate', id, request: { ...request, seed: id } })
    },
    askNextTokens: (prompt) => {
      const id = ++lastId
      const ask = prompt !== '' && hasModel(store.getState())
      set((view) => ({ ...view, nextTokens: { id, tokens: ask ? view.nextTokens.tokens : [] } }))
      if (ask) send({ type: 'next-tokens', id, prompt, count: NEXT_TOKENS })
    },
    exportFolder: () => {
      set((view) => ({ ...view, exporting: true }))
      send({ type: 'export', id: ++lastId })
    },
    importFolder: (zip) => {
      set(awaitStart)
      send({ type: 'import', zip })
    },
    complain: (message) => set((view) => complain(view, message)),
    dismiss: (id) => set((view) => ({ ...view, complaints: view.complaints.filter((complaint) => complaint.id !== id) })),
    close: () => client?.close(),
  }
}
