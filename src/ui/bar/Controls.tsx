import { Button, FileButton, Group, Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import { mayStep, mayStop, mayTrain } from '../../store/may-train.ts'
import { hasModel } from '../../store/session.ts'
import { isChanged } from '../../store/setup.ts'
import { useApp, useSetup, useView } from '../app-context.ts'
import { bytesOf } from '../files.ts'

/** A button with a line of explanation on hover and focus; disabled it explains itself too. */
function WithReason({ why, children }: { why: string; children: ReactNode }) {
  return (
    <Tooltip label={why} multiline w={240} withArrow openDelay={400} events={{ hover: true, focus: true, touch: false }}>
      {children}
    </Tooltip>
  )
}

interface ActionProps {
  name: string
  why: string
  onClick: () => void
  disabled: boolean
}

function Action({ name, why, onClick, disabled }: ActionProps) {
  return (
    <WithReason why={why}>
      <Button variant="default" onClick={onClick} disabled={disabled}>
        {name}
      </Button>
    </WithReason>
  )
}

export function TrainButton() {
  const { train } = useApp()
  const changed = useSetup(isChanged)
  const ready = useView((view) => mayTrain(view, changed))
  return (
    <Button size="md" onClick={train} disabled={!ready}>
      Train
    </Button>
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
        <WithReason why="Opens the zip of a model that was exported here, to look at it, generate or train on. You can also drop it anywhere on the page.">
          <Button {...props} variant="default" disabled={disabled}>
            Import
          </Button>
        </WithReason>
      )}
    </FileButton>
  )
}

/** The buttons that steer a run; each is always there, and disabled while it makes no sense. */
export function Controls() {
  const { session } = useApp()
  const state = useView((view) => view.state)
  const broken = useView((view) => view.broken)
  const running = state === 'running' && !broken
  const paused = state === 'paused' && !broken
  const ready = useView(mayStep)
  const stoppable = useView(mayStop)
  return (
    <Group gap="xs">
      <Action name="Pause" why="Stands still after this step; Resume goes on." onClick={session.pause} disabled={!running} />
      <Action name="Resume" why="Goes on from where it was paused." onClick={session.resume} disabled={!paused} />
      <Action
        name="Step once"
        why="Takes one step of training and pauses, to watch what one batch changes."
        onClick={session.step}
        disabled={!ready}
      />
      <Action
        name="Stop"
        why="Ends this run for good. The model stays, to generate from or export."
        onClick={session.stop}
        disabled={!stoppable}
      />
    </Group>
  )
}

/** What is taken away from the page, and what comes into it. */
export function FileButtons() {
  const { session } = useApp()
  const model = useView(hasModel)
  const exporting = useView((view) => view.exporting)
  return (
    <>
      <Action
        name="Export"
        why="Saves the model as a zip: weights, settings, curve, and Python code that loads it in PyTorch."
        onClick={session.exportFolder}
        disabled={!model || exporting}
      />
      <ImportButton />
    </>
  )
}
