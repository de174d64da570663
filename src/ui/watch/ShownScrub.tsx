import { useMemo } from 'react'
import { shown } from '../../store/session-view.ts'
import { useApp, useView } from '../app-context.ts'
import { ScrubBar } from '../maps/ScrubBar.tsx'

/** The bar that goes through the moments of the run that is shown; nothing while there is but one. */
export function ShownScrub() {
  const { session } = useApp()
  const snapshots = useView((view) => shown(view)?.snapshots)
  const index = useView((view) => view.scrub)
  const running = useView((view) => view.state === 'running' && view.recording === null)
  const steps = useMemo(() => snapshots?.map(({ step }) => step) ?? [], [snapshots])
  return <ScrubBar steps={steps} index={index} onChange={session.scrub} running={running} />
}
