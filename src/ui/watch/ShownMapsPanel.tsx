import { shown } from '../../store/session-view.ts'
import { useApp, useSetup, useView } from '../app-context.ts'
import { MapsPanel } from '../maps/MapsPanel.tsx'
import { useMoment } from './useMoment.ts'

/** The maps of the run that is shown. */
export function ShownMapsPanel({ onSelect }: { onSelect: (layer: number, head: number) => void }) {
  const { setup } = useApp()
  const probe = useSetup((all) => all.probe)
  const moment = useMoment()
  const recorded = useView((view) => view.recording !== null)
  // The symbols of a task are words.
  const between = useView((view) => (shown(view)?.run.hasAccuracy ? ' ' : ''))
  return (
    <MapsPanel
      maps={moment?.maps ?? null}
      text={probe}
      onText={recorded ? null : (text) => setup.setState({ probe: text })}
      textReason="This is a recording: its maps were kept while it was made. Train, or load its model, to look at a text of your own."
      between={between}
      onSelect={onSelect}
    />
  )
}
