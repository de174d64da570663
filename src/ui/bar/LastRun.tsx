import { useStore } from 'zustand'
import type { Runs } from '../../store/runs.ts'
import { useApp, useView } from '../app-context.ts'
import { ResumeOffer } from '../runs/ResumeOffer.tsx'

function Offer({ runs, id }: { runs: Runs; id: string }) {
  const { goOn, dismissOffer } = useApp()
  const run = useStore(runs.store, (view) => view.runs.find((kept) => kept.id === id))
  if (!run) return null
  return <ResumeOffer run={run} onGoOn={() => goOn(id)} onDismiss={dismissOffer} />
}

/** After a reload: the run that went on before it, where this page could go on with it. */
export function LastRun() {
  const { store } = useApp()
  const runs = useStore(store, (view) => view.runs)
  const offered = useStore(store, (view) => view.offered)
  const broken = useView((view) => view.broken)
  if (!runs || offered === null || broken) return null
  return <Offer runs={runs} id={offered} />
}
