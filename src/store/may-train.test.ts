import { expect, it } from 'vitest'
import { mayStep, mayTrain } from './may-train.ts'
import type { SessionView } from './session-view.ts'

const STATES: SessionView['state'][] = ['idle', 'compiling', 'running', 'paused', 'stopped', 'done']
const those = (may: (view: Pick<SessionView, 'state' | 'broken'>) => boolean, broken = false) =>
  STATES.filter((state) => may({ state, broken }))

it('trains unless a run is being prepared, or the very same one is going on', () => {
  expect(those((view) => mayTrain(view, false))).toEqual(['idle', 'paused', 'stopped', 'done'])
  expect(those((view) => mayTrain(view, true))).toEqual(['idle', 'running', 'paused', 'stopped', 'done'])
  expect(those((view) => mayTrain(view, true), true)).toEqual([])
})

it('steps a run that goes on or is paused', () => {
  expect(those(mayStep)).toEqual(['running', 'paused'])
  expect(those(mayStep, true)).toEqual([])
})
