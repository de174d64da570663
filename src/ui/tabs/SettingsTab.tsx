import { useApp, useView } from '../app-context.ts'
import { SettingsPanel } from '../setup/SettingsPanel.tsx'

/** How the next run is trained, and what may change while one trains. */
export function SettingsTab() {
  const { session } = useApp()
  const running = useView((view) => view.live !== null && (view.state === 'running' || view.state === 'paused'))
  const latestLr = useView((view) => view.live?.curve.training.lr.at(-1) ?? null)
  const peakLr = useView((view) => view.live?.lr ?? null)
  const pace = useView((view) => view.stepsPerSecond)
  return <SettingsPanel onTune={session.tune} running={running} latestLr={latestLr} peakLr={peakLr} pace={pace} />
}
