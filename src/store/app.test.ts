import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { FromWorker, RunSummary, ToWorker } from '../worker/protocol.ts'
import { createApp } from './app.ts'

const run: RunSummary = {
  name: 'a run',
  parameters: 10,
  bytes: 100,
  dispatches: 5,
  steps: 9,
  step: 0,
  layers: 1,
  heads: 1,
  contextLength: 1,
  reads: [[[[0, 0]]]],
  hasAccuracy: false,
}
const started = (): FromWorker => ({
  type: 'started',
  run: { ...run },
  curve: { training: { step: [], loss: [], lr: [], gradNorm: [], ms: [] }, validation: [] },
})

function open(search = '', gpu = true) {
  const sent: ToWorker[] = []
  const saved: string[] = []
  const port: { receive: (messages: FromWorker[]) => void } = { receive: () => expect.unreachable('nothing is connected') }
  const app = createApp(
    {
      connect: (receive) => {
        port.receive = receive
        return gpu ? { send: (message) => sent.push(message), close: () => {} } : null
      },
      advice: 'Use another browser.',
      save: (name) => saved.push(name),
    },
    search,
  )
  const view = () => app.session.store.getState()
  const complaints = () => view().complaints.map((complaint) => complaint.message)
  const say = (...messages: FromWorker[]) => port.receive(messages)
  return { app, sent, saved, say, view, complaints }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('createApp', () => {
  it('opens the adapter, and starts by itself when the address says so', () => {
    const { sent, view } = open('?autostart=1&preset=smoke&steps=60')
    expect(sent.map((message) => message.type)).toEqual(['open', 'start'])
    expect(sent[1]).toMatchObject({ run: { preset: 'smoke', settings: { steps: 60 } } })
    expect(view().state).toBe('compiling')
  })

  it('starts nothing from a bad address, and says what there is', () => {
    const { sent, complaints } = open('?autostart=1&preset=huge')
    expect(sent.map((message) => message.type)).toEqual(['open'])
    expect(complaints()[0]).toMatch(/Choose one of: smoke/)
  })

  it('says what to do where there is no WebGPU, or no adapter', () => {
    const without = open('?autostart=1', false)
    expect(without.view()).toMatchObject({ broken: true, state: 'idle' })
    expect(without.complaints()).toEqual(['This browser offers no WebGPU, so nothing can be trained here. Use another browser.'])
    const { say, view, complaints } = open()
    say({ type: 'failed', message: 'No adapter was found.', fatal: true })
    expect(complaints()).toEqual(['No adapter was found. Use another browser.'])
    expect(view().broken).toBe(true)
  })

  it('writes to the store once a batch', () => {
    const { app, say } = open()
    let writes = 0
    app.session.store.subscribe(() => writes++)
    say({ type: 'ready', adapter: { description: 'x', software: false } }, started(), { type: 'state', state: 'running' })
    expect(writes).toBe(1)
  })

  it('asks for next tokens when training rests, and once typing does', () => {
    const { app, sent, say, view } = open()
    say(started(), { type: 'state', state: 'running' })
    say({ type: 'state', state: 'paused' })
    expect(sent.at(-1)).toMatchObject({ type: 'next-tokens', prompt: app.setup.getState().prompt, count: 10 })
    const before = sent.length
    app.setup.setState({ prompt: 'Ca' })
    app.setup.setState({ prompt: 'Call' })
    vi.advanceTimersByTime(1000)
    expect(sent.slice(before)).toMatchObject([{ type: 'next-tokens', prompt: 'Call' }])
    app.setup.setState({ prompt: '' })
    vi.advanceTimersByTime(1000)
    expect(sent.length).toBe(before + 1)
    expect(view().nextTokens.tokens).toEqual([])
  })

  it('tells a new run which text to look at', () => {
    const { app, sent, say } = open()
    app.setup.setState({ probe: 'Ishmael' })
    vi.advanceTimersByTime(1000)
    say(started())
    expect(sent.at(-1)).toEqual({ type: 'probe', text: 'Ishmael' })
  })

  it('cancels a text that is still being written when another is asked for', () => {
    const { app, sent, say } = open()
    say(started(), { type: 'state', state: 'paused' })
    app.session.generate({ prompt: 'a', tokens: 5, temperature: 1, topK: 0 })
    app.session.generate({ prompt: 'b', tokens: 5, temperature: 1, topK: 0 })
    expect(sent.slice(-3).map((message) => message.type)).toEqual(['generate', 'cancel-generate', 'generate'])
  })

  it('saves what was exported under its name', () => {
    const { app, saved, say, view } = open()
    say(started(), { type: 'state', state: 'paused' })
    app.session.exportFolder()
    expect(view().exporting).toBe(true)
    say({ type: 'exported', id: 1, name: 'skipscope-a-b-step1.zip', zip: new Uint8Array(1) })
    expect(saved).toEqual(['skipscope-a-b-step1.zip'])
    expect(view().exporting).toBe(false)
  })

  it('knows which choices the run on the GPU has, and that a file has none', () => {
    const { app, say } = open()
    app.train()
    say(started(), { type: 'state', state: 'running' })
    expect(app.setup.getState().asked?.preset).toBe(app.setup.getState().preset)
    app.importFolder(new Uint8Array(1))
    say(started(), { type: 'state', state: 'paused' })
    expect(app.setup.getState().asked).toBeNull()
  })
})
