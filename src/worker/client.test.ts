import { describe, expect, it } from 'vitest'
import { connect, type WorkerPort } from './client.ts'
import type { AttentionMaps, FromWorker, ToWorker } from './protocol.ts'

/** A port without a worker behind it, and frames that come when the test says so. */
function setUp() {
  const sent: { message: ToWorker; transfer: Transferable[] }[] = []
  const batches: FromWorker[][] = []
  const frames: (() => void)[] = []
  const ended = { count: 0 }
  const port: WorkerPort = {
    postMessage: (message, transfer) => sent.push({ message, transfer }),
    terminate: () => ended.count++,
    onmessage: null,
    onmessageerror: null,
    onerror: null,
  }
  const client = connect(
    port,
    (messages) => batches.push(messages),
    (deliver) => {
      frames.push(deliver)
      return () => frames.splice(frames.indexOf(deliver), 1)
    },
  )
  const say = (data: FromWorker) => port.onmessage?.(new MessageEvent('message', { data }))
  const frame = () => frames.splice(0).forEach((deliver) => deliver())
  return { sent, batches, frames, ended, port, client, say, frame }
}

const maps = (step: number): FromWorker => {
  const empty: AttentionMaps = { step, labels: [], length: 0, patterns: [], reads: [], heads: [] }
  return { type: 'maps', maps: empty }
}

describe('connect', () => {
  it('delivers one batch a frame, in order', () => {
    const { batches, frames, say, frame } = setUp()
    say({ type: 'state', state: 'compiling' })
    say({ type: 'state', state: 'running' })
    expect(batches).toEqual([])
    expect(frames.length).toBe(1)
    frame()
    say({ type: 'state', state: 'paused' })
    frame()
    expect(batches.map((batch) => batch.length)).toEqual([2, 1])
    expect(batches[0][1]).toEqual({ type: 'state', state: 'running' })
  })

  it('keeps the last maps of a batch alone', () => {
    const { batches, say, frame } = setUp()
    say(maps(1))
    say({ type: 'state', state: 'running' })
    say(maps(2))
    frame()
    expect(batches).toEqual([[{ type: 'state', state: 'running' }, maps(2)]])
  })

  it('keeps the maps of step 0 too, which later ones are compared with', () => {
    const { batches, say, frame } = setUp()
    for (const step of [0, 1, 2]) say(maps(step))
    frame()
    expect(batches).toEqual([[maps(0), maps(2)]])
  })

  it('transfers a zip and copies the rest', () => {
    const { sent, client } = setUp()
    const zip = new Uint8Array(3)
    client.send({ type: 'import', id: 1, zip })
    client.send({ type: 'pause' })
    expect(sent.map(({ transfer }) => transfer)).toEqual([[zip.buffer], []])
  })

  it('turns a crash into one fatal failure, and is silent then', () => {
    const { batches, sent, ended, port, client, say, frame } = setUp()
    const event = Object.assign(new Event('error'), { message: 'Out of memory.', filename: '', lineno: 0, colno: 0, error: null })
    port.onerror?.(event)
    port.onerror?.(event)
    say({ type: 'state', state: 'running' })
    client.send({ type: 'pause' })
    frame()
    expect(batches).toEqual([
      [
        {
          type: 'failed',
          fatal: true,
          message: 'The training worker crashed: Out of memory. Reload the page to begin again; what was not exported is lost.',
        },
      ],
    ])
    expect(ended.count).toBe(1)
    expect(sent).toEqual([])
  })

  it('delivers nothing after close', () => {
    const { batches, ended, client, say, frame } = setUp()
    say({ type: 'state', state: 'running' })
    client.close()
    frame()
    expect(batches).toEqual([])
    expect(ended.count).toBe(1)
  })
})
