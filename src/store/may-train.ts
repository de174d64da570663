/** What may be asked of the session now: the buttons that are disabled and the keys that do the same ask here. */
import type { SessionView } from './session-view.ts'

type Standing = Pick<SessionView, 'state' | 'broken' | 'progress'>

/** Whether Train would do anything; `changed` is whether it would begin another run than the one on the GPU. */
export const mayTrain = ({ state, broken }: Standing, changed: boolean): boolean =>
  !broken && state !== 'compiling' && (state !== 'running' || changed)

/** Whether a run can be ended. One that is being prepared, only while its kernels are chosen: what comes after that is short, and before it there is no run yet. */
export const mayStop = (view: Standing): boolean =>
  mayStep(view) || (!view.broken && view.state === 'compiling' && view.progress?.doing === 'tiles')

/** Whether a run goes on or could go on. */
export const mayStep = ({ state, broken }: Standing): boolean => !broken && (state === 'running' || state === 'paused')
