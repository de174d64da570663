/** The bench in the worker: shape after shape, told as it goes, called off between steps. */
import type { Gpu } from '../gpu/device.ts'
import { benchProfile, benchShape, benchStep } from '../train/bench.ts'
import type { TunedStore } from '../train/tune.ts'
import type { BenchDoing, BenchRequest, FromWorker, SessionState } from './protocol.ts'

export interface Bencher {
  /** A request has come, and waits for its turn. */
  expect: (id: number) => void
  run: (id: number, request: BenchRequest, state: SessionState, open: () => Promise<Gpu>) => Promise<void>
  cancel: (id: number) => void
  /** A run is to begin or go on: the bench ends at the next step. */
  giveWay: () => void
}

class CalledOff extends Error {}

const named = (wiring: BenchRequest['wiring']): string => ('name' in wiring ? wiring.name : 'custom')

export function createBencher(post: (message: FromWorker) => void, store: TunedStore): Bencher {
  /** The one that waits or runs. */
  let current: number | null = null
  let calledOff = false

  const check = (): void => {
    if (calledOff) throw new CalledOff()
  }

  async function benchAll(id: number, { shapes, steps, wiring, profile }: BenchRequest, gpu: Gpu): Promise<void> {
    for (const name of shapes) {
      const told = (doing: BenchDoing) => (done: number, total: number) =>
        post({ type: 'bench-progress', id, shape: name, doing, done, total })
      const telling = (doing: 'steps' | 'kernels') => ({ check, store, tuning: told('tiles'), progress: told(doing) })
      try {
        const shape = benchShape(name, wiring, { forProcessors: true })
        check()
        post({ type: 'bench-result', id, result: await benchStep(gpu, shape, named(wiring), steps, telling('steps')) })
        if (profile) post({ type: 'bench-profile', id, shape: name, profile: await benchProfile(gpu, shape, telling('kernels')) })
      } catch (error) {
        if (error instanceof CalledOff) throw error
        const what = error instanceof Error ? error.message : String(error)
        throw new Error(`The benchmark of ${name} stopped. ${what} Run it again with smaller shapes only.`, { cause: error })
      }
    }
  }

  return {
    expect: (id) => {
      current = id
      calledOff = false
    },
    run: async (id, request, state, open) => {
      const done = (end: 'complete' | 'cancelled' | 'failed', problem: string | null = null) =>
        post({ type: 'bench-done', id, end, problem })
      try {
        if (state === 'running' || state === 'compiling')
          return done('failed', 'A run is being trained, and a benchmark beside it would measure neither. Pause or stop the run first.')
        check()
        await benchAll(id, request, await open())
        done('complete')
      } catch (error) {
        if (error instanceof CalledOff) done('cancelled')
        else done('failed', error instanceof Error ? error.message : String(error))
      } finally {
        current = null
      }
    },
    cancel: (id) => {
      if (id === current) calledOff = true
    },
    giveWay: () => {
      calledOff = current !== null
    },
  }
}
