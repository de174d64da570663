/** Experiments of this browser: a queue, of which one is run at a time, kept run by run so that a reload loses no more than the run that was being trained. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Evaluation, Plan } from '../worker/protocol.ts'
import type { ExperimentsDatabase, KeptExperiment } from './experiments-database.ts'
import { messageOf } from './message-of.ts'
import type { ExperimentMessage, Session } from './session.ts'

/** The run that is being trained. */
export interface CurrentRun {
  id: string
  cell: string
  seed: number
  step: number
  steps: number
  evaluations: readonly Evaluation[]
}

/** What a plan that is being made would take. */
export interface PlanEstimate {
  id: string
  /** Of all its runs; null until the worker has answered, or where it cannot be run. */
  seconds: number | null
  problem: string | null
}

export interface ExperimentsView {
  /** Oldest first; null until the storage has answered. */
  list: KeptExperiment[] | null
  current: CurrentRun | null
  estimate: PlanEstimate | null
  /** Why nothing is kept; they are run all the same. */
  problem: string | null
  /** Another tab of this browser runs the queue: this one shows it as it was found. */
  elsewhere: boolean
}

/** Calls `mine` once no other tab has the queue, and before that `taken` where one has; `failed` where nobody can tell. */
export type TakeTurn = (told: { mine: () => void; taken: () => void; failed: (error: unknown) => void }) => void

export interface Experiments {
  store: StoreApi<ExperimentsView>
  /** Puts a plan at the queue's end. */
  queue: (plan: Plan) => void
  hold: (id: string) => void
  /** Goes on with one that is held, or tries one that has failed again. */
  goOn: (id: string) => void
  remove: (id: string) => void
  /** Asks how long a plan would take; the answer is `estimate` of the view. */
  estimate: (plan: Plan) => void
}

interface Surroundings {
  session: Session
  open: () => Promise<ExperimentsDatabase>
  takeTurn: TakeTurn
  newId: () => string
  now: () => Date
}

export function createExperiments({ session, open, takeTurn, newId, now }: Surroundings): Experiments {
  const store = createStore<ExperimentsView>(() => ({
    list: null,
    current: null,
    estimate: null,
    problem: null,
    elsewhere: false,
  }))
  let database: ExperimentsDatabase | null = null
  /** The one that the worker has, held or not. */
  let atWork: string | null = null
  let estimates = 0
  /** Whether this tab has the queue. */
  let owner = false
  let loaded = false
  const complain = (error: unknown): void => store.setState({ problem: messageOf(error) })
  const find = (id: string): KeptExperiment | undefined => store.getState().list?.find((one) => one.id === id)

  function change(id: string, to: Partial<KeptExperiment>): void {
    const list = (store.getState().list ?? []).map((one) => (one.id === id ? { ...one, ...to } : one))
    store.setState({ list })
    const changed = list.find((one) => one.id === id)
    if (changed) database?.put(changed).catch(complain)
  }

  /** The first that waits, unless one is at work. */
  function begin(): void {
    const { adapter, broken, state } = session.store.getState()
    if (!owner || atWork !== null || !adapter || broken || state === 'running' || state === 'compiling') return
    const next = store.getState().list?.find((one) => one.state === 'waiting')
    if (!next) return
    atWork = next.id
    change(next.id, { state: 'running', problem: null })
    const finished = next.runs.map(({ cell, seed }) => ({ cell, seed }))
    session.tellExperiment({ type: 'experiment', id: next.id, plan: next.plan, finished })
  }

  function receive(message: ExperimentMessage): void {
    const kept = find(message.id)
    switch (message.type) {
      case 'experiment-progress': {
        const { id, cell, seed, step, steps, evaluations } = message
        return store.setState({ current: { id, cell, seed, step, steps, evaluations } })
      }
      case 'experiment-run':
        store.setState({ current: null })
        return kept && change(message.id, { runs: [...kept.runs, message.run] })
      case 'experiment-state': {
        const { state, problem } = message
        if (state !== 'running' && state !== 'held') {
          atWork = null
          store.setState({ current: null })
        }
        // One that was deleted has ended as it should.
        if (kept) change(message.id, { state: state === 'ended' ? 'held' : state, problem })
        return begin()
      }
      case 'experiment-estimated': {
        const { id, seconds, problem } = message
        // Another plan may have been asked about since.
        if (store.getState().estimate?.id === id) store.setState({ estimate: { id, seconds, problem } })
        return
      }
      default:
        message satisfies never
    }
  }

  session.onExperiment(receive)
  // The adapter may come after the queue, and a run that was in the way may end.
  session.store.subscribe((view, before) => {
    if (view.adapter !== before.adapter || view.state !== before.state) begin()
  })
  /** What is kept, and behind it what was queued here before it was known. */
  async function load(kept: ExperimentsDatabase): Promise<void> {
    const found = await kept.all()
    // What ran when its page went away goes on; its interrupted run begins anew.
    const list = found.map((one): KeptExperiment => (owner && one.state === 'running' ? { ...one, state: 'waiting' } : one))
    const queuedBefore = loaded ? [] : (store.getState().list ?? [])
    loaded = true
    store.setState({ list: [...list, ...queuedBefore] })
  }
  const take = async (): Promise<void> => {
    owner = true
    store.setState({ elsewhere: false })
    if (database) await load(database)
    begin()
  }
  open()
    .then(
      (opened) => {
        database = opened
        takeTurn({
          mine: () => void take().catch(complain),
          taken: () => {
            store.setState({ elsewhere: true })
            load(opened).catch(complain)
          },
          failed: (error) => {
            complain(error)
            void take().catch(complain)
          },
        })
      },
      (error: unknown) => {
        store.setState({ list: store.getState().list ?? [], problem: messageOf(error) })
        return take()
      },
    )
    .catch(complain)

  return {
    store,
    queue: (plan) => {
      const experiment: KeptExperiment = { id: newId(), date: now().toISOString(), plan, runs: [], state: 'waiting', problem: null }
      store.setState({ list: [...(store.getState().list ?? []), experiment] })
      change(experiment.id, {})
      begin()
    },
    hold: (id) => {
      if (id === atWork) return session.tellExperiment({ type: 'hold-experiment' })
      change(id, { state: 'held', problem: null })
    },
    goOn: (id) => {
      if (id === atWork) return session.tellExperiment({ type: 'resume-experiment' })
      change(id, { state: 'waiting', problem: null })
      begin()
    },
    remove: (id) => {
      store.setState({ list: (store.getState().list ?? []).filter((one) => one.id !== id) })
      database?.remove(id).catch(complain)
      if (id === atWork) session.tellExperiment({ type: 'end-experiment' })
    },
    estimate: (plan) => {
      const id = `estimate ${++estimates}`
      store.setState({ estimate: { id, seconds: null, problem: null } })
      session.tellExperiment({ type: 'estimate-experiment', id, plan })
    },
  }
}
