import { shown } from '../../store/session-view.ts'
import { useView } from '../app-context.ts'
import { TextPanel } from '../text/TextPanel.tsx'

const NONE: never[] = []

/** What the run that is shown wrote, and what can be asked of the model on the GPU. */
export function ShownText() {
  const samples = useView((view) => shown(view)?.samples ?? NONE)
  const step = useView((view) => (view.scrub === null ? null : (shown(view)?.snapshots[view.scrub]?.step ?? null)))
  return <TextPanel samples={samples} step={step} />
}
