/** What may be asked of the session now: the buttons that are disabled and the keys that do the same ask here. */
import type { SessionView } from './session-view.ts'

type Standing = Pick<SessionView, 'state' | 'broken'>

/** Whether Train would do anything; `changed` is whether it would begin another run than the one on the GPU. */
export const mayTrain = ({ state, broken }: Standing, changed: boolean): boolean =>
  !broken && state !== 'compiling' && (state !== 'running' || changed)

/** Whether a run goes on or could go on. */
export const mayStep = ({ state, broken }: Standing): boolean => !broken && (state === 'running' || state === 'paused')
