import { useMemo } from 'react'
import { useStore } from 'zustand'
import { isRecorded, shown } from '../../store/session-view.ts'
import { useApp, useView } from '../app-context.ts'
import { Curves } from '../curves/Curves.tsx'
import { Panel } from '../Panel.tsx'
import { NowWrites } from './NowWrites.tsx'
import { TwinNote } from './TwinNote.tsx'
import { Verdict } from './Verdict.tsx'

/** The curves of the run that is shown, and of those drawn beside it. */
export function ShownCurves() {
  const { store } = useApp()
  const overlays = useStore(store, (view) => view.overlays)
  const curve = useView((view) => shown(view)?.curve ?? null)
  const run = useView((view) => shown(view)?.run ?? null)
  const recorded = useView(isRecorded)
  const scrubStep = useView((view) => (view.scrub === null ? null : (shown(view)?.snapshots[view.scrub]?.step ?? null)))
  const runs = useMemo(
    () => [
      ...(curve && run ? [{ id: 'shown', name: `${run.wiring}, seed ${run.settings.seed}`, curve, colour: 0, primary: true }] : []),
      ...overlays.map((overlay, i) => ({ ...overlay, colour: i + 1, primary: false })),
    ],
    [curve, run, overlays],
  )
  return (
    <Panel title="Is it learning?" mark={run === null ? undefined : recorded ? 'Recording' : 'Your run'}>
      <NowWrites />
      <Verdict />
      <Curves
        runs={runs}
        hasAccuracy={run?.hasAccuracy ?? false}
        scrubStep={scrubStep}
        guessing={run ? Math.log(run.config.vocab_size) : undefined}
      />
      <TwinNote />
    </Panel>
  )
}
