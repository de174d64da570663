import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import type { Runs, Usage } from '../../store/runs.ts'
import { hasModel } from '../../store/session.ts'
import { useApp, useView } from '../app-context.ts'
import { runStroke } from '../curves/lines.ts'
import { Panel } from '../Panel.tsx'
import { RunsPanel } from '../runs/RunsPanel.tsx'
import { Text } from '@mantine/core'

function KeptRuns({ runs }: { runs: Runs }) {
  const app = useApp()
  const { session, keeper } = app
  const { runs: kept, damaged, problem } = useStore(runs.store, (view) => view)
  const overlays = useStore(app.store, (view) => view.overlays)
  const canLoad = useView((view) => view.adapter !== null && !view.broken && view.state !== 'compiling')
  const model = useView(hasModel)
  const [usage, setUsage] = useState<Usage | null>(null)
  useEffect(() => {
    let gone = false
    void runs.usage().then((now) => {
      if (!gone) setUsage(now)
    })
    return () => {
      gone = true
    }
  }, [runs, kept])
  const keep = (id: string) => {
    if (id !== keeper.current() || !model) return void runs.holdWeights(id)
    session.keepFolder((zip, step) => void runs.keepWeights(id, zip, step))
  }
  const place = (id: string) => overlays.findIndex((overlay) => overlay.id === id)
  return (
    <RunsPanel
      runs={kept}
      damaged={damaged}
      problem={problem}
      usage={usage}
      drawn={new Set(overlays.map(({ id }) => id))}
      styleOf={(id) => (place(id) < 0 ? null : runStroke(place(id) + 1))}
      current={keeper.current()}
      canLoad={canLoad}
      onDraw={app.draw}
      onOpen={app.openKept}
      onGoOn={app.goOn}
      onKeepWeights={keep}
      onDropWeights={(id) => void runs.dropWeights(id)}
      onRename={(id, name) => void runs.rename(id, name)}
      onNote={(id, notes) => void runs.note(id, notes)}
      onRemove={(id) => {
        app.draw(id, false)
        void runs.remove(id)
      }}
    />
  )
}

/** The runs that this browser keeps. */
export function RunsTab() {
  const { store } = useApp()
  const runs = useStore(store, (view) => view.runs)
  if (runs) return <KeptRuns runs={runs} />
  return (
    <Panel title="Your runs">
      <Text size="sm">Looking into this browser’s storage…</Text>
    </Panel>
  )
}
