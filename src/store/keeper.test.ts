import { describe, expect, it } from 'vitest'
import { inventedColumns, inventedSummary, maps, metrics, playedSession, started } from './invented-session.ts'
import { createKeeper } from './keeper.ts'
import type { FromWorker } from '../worker/protocol.ts'

const preset = { dataset: { name: 'moby-dick' }, preset: 'smoke', wiring: { name: 'joint' }, settings: {} }
const state = (name: 'running' | 'paused' | 'stopped' | 'done' | 'compiling'): FromWorker => ({ type: 'state', state: name })

function open(keptAs: (request: number | null) => string | null = () => null) {
  const played = playedSession()
  const records: { id: string; step: number; first: boolean; request: number | null }[] = []
  const weights: { id: string; step: number }[] = []
  const clock = { now: 0 }
  let ids = 0
  const keeper = createKeeper(
    played.session,
    {
      keptAs,
      record: (id, { step }, from) => records.push({ id, step, ...from }),
      keepWeights: (id, _, step) => weights.push({ id, step }),
    },
    () => `run ${++ids}`,
    () => clock.now,
  )
  /** A run is asked for and comes. */
  const begin = (run = inventedSummary(), columns = inventedColumns()): number => {
    const id = played.session.start(preset)
    played.say(started(id, run, columns), state('running'))
    return id
  }
  /** Answers the latest request for weights, as of a step. */
  const answer = (step: number) => {
    const id = played.asked('export').at(-1)?.id ?? -1
    played.say({ type: 'exported', id, purpose: 'keep', name: 'a.zip', zip: new Uint8Array(1), step })
  }
  return { ...played, records, weights, clock, keeper, begin, answer, exports: () => played.asked('export').length }
}

describe('the record', () => {
  it('begins with the run, under an id of its own', () => {
    const { begin, records, keeper } = open()
    expect(keeper.current()).toBeNull()
    const [first, second] = [begin(), begin()]
    expect(records).toEqual([
      { id: 'run 1', step: 0, first: true, request: first },
      { id: 'run 2', step: 0, first: true, request: second },
    ])
    expect(keeper.current()).toBe('run 2')
  })

  it('is made every 5 s, of what has changed', () => {
    const { begin, records, clock, say } = open()
    begin()
    say(metrics(1))
    clock.now = 4_999
    say(metrics(2))
    expect(records).toHaveLength(1)
    clock.now = 5_000
    say(metrics(3))
    expect(records.at(-1)).toMatchObject({ step: 3, first: false })
    clock.now = 60_000
    say({ type: 'ready', adapter: { description: 'x', software: false } })
    expect(records).toHaveLength(2)
  })

  it('is made at rest, and of the losses that arrive after it', () => {
    const { begin, records, say } = open()
    begin()
    say(metrics(1))
    say(state('paused'))
    expect(records.at(-1)).toMatchObject({ step: 1 })
    say(metrics(2, 3))
    expect(records.at(-1)).toMatchObject({ step: 3 })
    expect(records).toHaveLength(3)
  })

  it('has the last seconds of a run that another takes the place of', () => {
    const { begin, records, say } = open()
    const first = begin()
    say(metrics(1))
    begin()
    expect(records.slice(1)).toMatchObject([
      { id: 'run 1', step: 1, request: first, first: false },
      { id: 'run 2', step: 0, first: true },
    ])
  })

  it('stays under its id when the run goes on by itself on a new device', () => {
    const { begin, records, say, keeper } = open()
    begin()
    say(metrics(1))
    say(state('compiling'), started(null), state('running'))
    expect(keeper.current()).toBe('run 1')
    expect(records.at(-1)).toMatchObject({ id: 'run 1', step: 0, first: false })
  })

  it('goes on under the id of the kept run, and only for the request that asked so', () => {
    const kept = new Map<number | null, string>()
    const { session, say, keeper, begin } = open((request) => kept.get(request) ?? null)
    const refused = session.importFolder(new Uint8Array(1))
    kept.set(refused, 'kept')
    say({ type: 'failed', message: 'The zip is damaged.', fatal: false })
    begin()
    expect(keeper.current()).toBe('run 1')
    const id = session.importFolder(new Uint8Array(1))
    kept.set(id, 'kept')
    say(started(id, inventedSummary({ step: 20 })), state('paused'))
    expect(keeper.current()).toBe('kept')
  })

  it('ends with the keeper', () => {
    const { begin, records, keeper } = open()
    keeper.close()
    begin()
    expect(records).toEqual([])
  })
})

describe('the weights', () => {
  it('are kept at rest, once a step, as of the step that the worker was at', () => {
    const { begin, say, answer, weights, exports } = open()
    begin()
    say(metrics(1))
    expect(exports()).toBe(0)
    say(state('paused'))
    expect(exports()).toBe(1)
    answer(3)
    say(metrics(2, 3))
    expect(weights).toEqual([{ id: 'run 1', step: 3 }])
    say(state('running'))
    say(state('stopped'))
    expect(exports()).toBe(1)
  })

  it('are not kept of a run that has not gone on', () => {
    const { session, say, exports } = open()
    const id = session.importFolder(new Uint8Array(1))
    say(started(id, inventedSummary({ step: 20 }), inventedColumns(20)), state('paused'))
    expect(exports()).toBe(0)
  })

  it('are kept every 60 s while a small model trains', () => {
    const { begin, say, clock, exports } = open()
    begin()
    clock.now = 59_999
    say(metrics(1))
    expect(exports()).toBe(0)
    clock.now = 60_000
    say(metrics(2))
    expect(exports()).toBe(1)
    clock.now = 119_999
    say(metrics(3))
    expect(exports()).toBe(1)
    clock.now = 120_000
    say(metrics(4))
    expect(exports()).toBe(2)
  })

  it('of a large model are kept at rest alone', () => {
    const { begin, say, clock, exports } = open()
    begin(inventedSummary({ parameters: 4_000_001 }))
    clock.now = 600_000
    say(metrics(1))
    expect(exports()).toBe(0)
    say(state('done'))
    expect(exports()).toBe(1)
  })

  it('are not asked for while another run is prepared', () => {
    const { begin, session, say, clock, exports } = open()
    begin()
    session.start(preset)
    clock.now = 60_000
    say(metrics(1))
    expect(exports()).toBe(0)
  })

  it('go under the id of the run that they are of, or nowhere', () => {
    const { begin, say, session, asking, answer, weights, asked } = open()
    begin()
    say(metrics(1), state('paused'))
    const own = asked('export')[0].id
    session.start(preset)
    // The answer comes before the other run, in one batch with it.
    say({ type: 'exported', id: own, purpose: 'keep', name: 'a', zip: new Uint8Array(1), step: 1 }, started(asking()), state('running'))
    expect(weights).toEqual([{ id: 'run 1', step: 1 }])
    say(metrics(1), state('paused'))
    // The page had not heard of the other run yet when it asked.
    session.start(preset)
    say(started(asking()), state('running'))
    answer(0)
    expect(weights).toHaveLength(1)
  })

  it('are kept of the step under pause once a minute has passed', () => {
    const { begin, say, clock, exports, answer } = open()
    begin()
    say(metrics(1), state('paused'))
    answer(1)
    clock.now = 60_000
    say(metrics(2), maps(2))
    expect(exports()).toBe(2)
  })
})

describe('single steps under pause', () => {
  it('keep the weights of each, one request at a time', () => {
    const { begin, say, answer, weights, exports, clock } = open()
    begin()
    say(metrics(1), state('paused'))
    expect(exports()).toBe(1)
    say(metrics(2))
    expect(exports(), 'while the answer is on its way').toBe(1)
    answer(2)
    say(metrics(3))
    expect(exports()).toBe(2)
    // An answer that never comes does not end the keeping.
    clock.now = 30_001
    say(metrics(4))
    expect(exports()).toBe(3)
    answer(4)
    expect(weights.map(({ step }) => step)).toEqual([2, 4])
  })
})
