/** Experiments in the worker: run after run on a machine of its own, told as it goes, held up and ended between steps. */
import type { Gpu } from '../gpu/device.ts'
import { requestOf, runsOf } from '../lab/experiment/plan.ts'
import { runOne } from '../lab/experiment/run.ts'
import { setUp } from '../train/setup.ts'
import type { TunedStore } from '../train/tune.ts'
import type { ExperimentState, FromWorker, SessionState, ToWorker } from './protocol.ts'
import { loadText } from './shipped-text.ts'

type Request = Extract<ToWorker, { type: 'experiment' }>

export interface Experimenter {
  /** Resolves when the experiment has ended one way or another. */
  run: (request: Request, state: SessionState, open: () => Promise<Gpu>) => Promise<void>
  hold: () => void
  resume: (state: SessionState) => void
  end: () => void
  /** Something else wants the GPU to itself. */
  giveWay: () => void
}

class Ended extends Error {}

/** Milliseconds between two messages of progress. */
const TELL_EVERY = 200

const TRAINING = 'A run is being trained, and an experiment beside it would slow both. Pause or stop the run first.'
const GAVE_WAY = 'The experiment waits, because the GPU was wanted for something else. Go on with it when that is done.'

const trains = (state: SessionState): boolean => state === 'running' || state === 'compiling'

export function createExperimenter(post: (message: FromWorker) => void, store: TunedStore): Experimenter {
  let id: string | null = null
  let ended = false
  let held: { promise: Promise<void>; release: () => void } | null = null

  const tell = (state: ExperimentState, problem: string | null = null): void => {
    if (id !== null) post({ type: 'experiment-state', id, state, problem })
  }
  const hold = (why: string | null): void => {
    if (id === null || held) return
    let release = (): void => {}
    const promise = new Promise<void>((resolve) => (release = resolve))
    held = { promise, release }
    tell('held', why)
  }
  const release = (): void => {
    held?.release()
    held = null
  }
  const check = async (): Promise<void> => {
    while (held) await held.promise
    if (ended) throw new Ended()
  }

  async function runAll({ plan, finished, id: of }: Request, gpu: Gpu): Promise<void> {
    const isFinished = (cell: string, seed: number): boolean => finished.some((run) => run.cell === cell && run.seed === seed)
    for (const planned of runsOf(plan)) {
      const { cell, seed } = planned
      if (isFinished(cell.name, seed)) continue
      await check()
      const setup = await setUp(requestOf(plan, planned), loadText)
      let told = -Infinity
      let evaluated = 0
      const run = await runOne(
        gpu,
        setup,
        { cell: cell.name, seed, sequences: plan.sequences },
        {
          store,
          check,
          progress: (step, evaluations) => {
            const now = performance.now()
            if (now - told < TELL_EVERY && evaluations.length === evaluated) return
            told = now
            evaluated = evaluations.length
            post({ type: 'experiment-progress', id: of, cell: cell.name, seed, step, steps: setup.settings.steps, evaluations })
          },
        },
      )
      post({ type: 'experiment-run', id: of, run })
    }
  }

  return {
    run: async (request, state, open) => {
      if (id !== null) {
        const problem = 'Another experiment is being run. End it first, or wait for it.'
        return post({ type: 'experiment-state', id: request.id, state: 'failed', problem })
      }
      id = request.id
      ended = false
      try {
        if (trains(state)) return tell('failed', TRAINING)
        tell('running')
        await runAll(request, await open())
        tell('over')
      } catch (error) {
        if (error instanceof Ended) tell('ended')
        else tell('failed', error instanceof Error ? error.message : String(error))
      } finally {
        release()
        id = null
      }
    },
    hold: () => hold(null),
    resume: (state) => {
      if (!held) return
      if (trains(state)) return tell('held', TRAINING)
      release()
      tell('running')
    },
    end: () => {
      ended = id !== null
      release()
    },
    giveWay: () => hold(GAVE_WAY),
  }
}
