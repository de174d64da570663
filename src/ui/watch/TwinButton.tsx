import { Button, Tooltip } from '@mantine/core'
import { shown } from '../../store/session-view.ts'
import { useApp, useView } from '../app-context.ts'
import { GLOSSARY } from '../help/glossary.ts'

/** Trains the run that is shown once more with the standard wiring. */
export function TwinButton() {
  const { trainTwin } = useApp()
  const wired = useView((view) => {
    const run = shown(view)?.run
    return run !== undefined && run.wiring !== 'standard'
  })
  const ready = useView((view) => view.adapter !== null && !view.broken && view.state !== 'compiling' && view.state !== 'running')
  if (!wired) return null
  return (
    <Tooltip label={`${GLOSSARY.twin} It takes the place of this run on the GPU; both curves are drawn.`} multiline w={280} withArrow>
      <Button variant="default" size="sm" onClick={trainTwin} disabled={!ready}>
        Train the standard twin
      </Button>
    </Tooltip>
  )
}
