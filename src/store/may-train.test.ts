import { expect, it } from 'vitest'
import { mayStep, mayStop, mayTrain } from './may-train.ts'
import type { SessionView } from './session-view.ts'

const STATES: SessionView['state'][] = ['idle', 'compiling', 'running', 'paused', 'stopped', 'done']
const those = (
  may: (view: Pick<SessionView, 'state' | 'broken' | 'progress'>) => boolean,
  broken = false,
  progress: SessionView['progress'] = null,
) => STATES.filter((state) => may({ state, broken, progress }))

it('trains unless a run is being prepared, or the very same one is going on', () => {
  expect(those((view) => mayTrain(view, false))).toEqual(['idle', 'paused', 'stopped', 'done'])
  expect(those((view) => mayTrain(view, true))).toEqual(['idle', 'running', 'paused', 'stopped', 'done'])
  expect(those((view) => mayTrain(view, true), true)).toEqual([])
})

it('steps a run that goes on or is paused', () => {
  expect(those(mayStep)).toEqual(['running', 'paused'])
  expect(those(mayStep, true)).toEqual([])
})

it('stops a run that goes on or is paused, and one whose kernels are being chosen', () => {
  expect(those(mayStop)).toEqual(['running', 'paused'])
  expect(those(mayStop, false, { doing: 'kernels', done: 1, total: 2 })).toEqual(['running', 'paused'])
  const choosing = { doing: 'tiles', done: 1, total: 2 } as const
  expect(those(mayStop, false, choosing)).toEqual(['compiling', 'running', 'paused'])
  expect(those(mayStop, true, choosing)).toEqual([])
})
