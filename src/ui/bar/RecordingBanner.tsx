import { Button, Group, Text } from '@mantine/core'
import { datasetTitle } from '../../store/kept-run.ts'
import { useApp, useView } from '../app-context.ts'

/** The adapter without the versions of its driver, and its maker once. */
const device = (description: string): string => description.replace(/ \(.*\)$/, '').replace(/^(\S+) (?=\1)/, '')

const day = (date: string): string => new Date(date).toLocaleDateString('en', { year: 'numeric', month: 'short', day: 'numeric' })

/** Says that what is shown was recorded, by whom and when, and leads back to the run on the GPU. */
export function RecordingBanner() {
  const { session } = useApp()
  const recording = useView((view) => (view.state === 'compiling' ? null : view.recording))
  const live = useView((view) => view.live !== null)
  if (!recording) return null
  const { run, adapter, date, step } = recording
  return (
    <Group className="recording" role="note" aria-label="Recording" justify="space-between" gap="xs" wrap="nowrap">
      <Text size="xs">
        <strong>Recording</strong> of {run.config.n_layers} layers of {run.config.n_heads} heads, {run.wiring} wiring, on{' '}
        {datasetTitle(run.dataset)}: seed {run.settings.seed}, {step.toLocaleString('en')} steps, {device(adapter.description)}, {day(date)}
        . {!live && 'Nothing runs on your machine yet.'}
      </Text>
      {live && (
        <Button size="compact-sm" variant="default" onClick={() => session.look(null)}>
          Back to the run on the GPU
        </Button>
      )}
    </Group>
  )
}
