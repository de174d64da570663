import { Button, FileButton, Group, Loader, Text } from '@mantine/core'
import { hasModel } from '../store/session.ts'
import { isChanged } from '../store/setup.ts'
import type { SessionState } from '../worker/protocol.ts'
import { useApp, useSetup, useView } from './app-context.ts'
import { bytesOf } from './files.ts'

const STATE_TEXT: Record<SessionState, string> = {
  idle: 'Choose and press Train.',
  compiling: 'Compiling the GPU programs and laying out memory…',
  running: 'Training.',
  paused: 'Paused.',
  stopped: 'Stopped. The model stays until the next run.',
  done: 'Training is finished.',
}

function StateLine() {
  const state = useView((view) => view.state)
  const broken = useView((view) => view.broken)
  const changed = useSetup(isChanged)
  const restart = state === 'running' && changed ? ' Train begins anew with the choices as they stand now.' : ''
  return (
    <Group gap="xs" role="status">
      {state === 'compiling' && <Loader size="xs" aria-hidden />}
      <Text size="sm">{broken ? 'Nothing can be trained in this page.' : STATE_TEXT[state] + restart}</Text>
    </Group>
  )
}

function ImportButton() {
  const { session, importFolder } = useApp()
  const disabled = useView((view) => view.broken || view.state === 'compiling')
  const read = (file: File | null) => {
    if (!file) return
    bytesOf(file)
      .then(importFolder)
      .catch(() => session.complain(`"${file.name}" could not be read. Choose the zip of a model folder again.`))
  }
  return (
    <FileButton onChange={read} accept=".zip,application/zip">
      {(props) => (
        <Button {...props} variant="default" disabled={disabled}>
          Import
        </Button>
      )}
    </FileButton>
  )
}

/** The buttons that steer a run; each is always there, and disabled while it makes no sense. */
export function Controls() {
  const { session, train } = useApp()
  const state = useView((view) => view.state)
  const broken = useView((view) => view.broken)
  const model = useView(hasModel)
  const exporting = useView((view) => view.exporting)
  const changed = useSetup(isChanged)
  const running = state === 'running' && !broken
  const paused = state === 'paused' && !broken
  return (
    <>
      <Group gap="xs">
        <Button onClick={train} disabled={broken || state === 'compiling' || (running && !changed)}>
          Train
        </Button>
        <Button variant="default" onClick={session.pause} disabled={!running}>
          Pause
        </Button>
        <Button variant="default" onClick={session.resume} disabled={!paused}>
          Resume
        </Button>
        <Button variant="default" onClick={session.step} disabled={!running && !paused}>
          Step once
        </Button>
        <Button variant="default" onClick={session.stop} disabled={!running && !paused}>
          Stop
        </Button>
        <Button variant="default" onClick={session.exportFolder} disabled={!model || exporting}>
          Export
        </Button>
        <ImportButton />
      </Group>
      <StateLine />
    </>
  )
}
