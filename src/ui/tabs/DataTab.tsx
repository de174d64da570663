import { attempt } from '../../store/app.ts'
import { runRequest } from '../../store/setup.ts'
import { useApp, useView } from '../app-context.ts'
import { DataPanel } from '../setup/DataPanel.tsx'

/** What the next run learns from. */
export function DataTab() {
  const { session, setup } = useApp()
  const batch = useView((view) => view.batch)
  return <DataPanel batch={batch} onLook={() => attempt(session, () => session.lookAtBatch(runRequest(setup.getState())))} />
}
