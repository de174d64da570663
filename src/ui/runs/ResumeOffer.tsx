import './runs.css'
import { Button, Group, Paper, Text } from '@mantine/core'
import type { KeptRun } from '../../store/kept-run.ts'
import { plannedSteps, runInWords } from './words.ts'

function howFar(run: KeptRun): string {
  const planned = plannedSteps(run)
  const steps = run.step.toLocaleString('en')
  return run.step >= planned ? `finished at step ${steps}` : `stopped at step ${steps} of ${planned.toLocaleString('en')}`
}

interface ResumeOfferProps {
  run: KeptRun
  onGoOn: () => void
  onDismiss: () => void
}

/** After a reload: the last run, to be loaded as far as its weights are kept. Without weights there is nothing to offer. */
export function ResumeOffer({ run, onGoOn, onDismiss }: ResumeOfferProps) {
  if (!run.weights) return null
  const behind =
    run.weights.step < run.step
      ? ` Its weights were last kept at step ${run.weights.step.toLocaleString('en')}: it goes on from there.`
      : ''
  return (
    <Paper component="section" withBorder p="sm" aria-label="Your last run" className="runs-offer">
      <Group justify="space-between" gap="sm">
        <Text size="sm" className="grow">
          Your last run: {runInWords(run)}, {howFar(run)}.{behind}
        </Text>
        <Group gap="xs">
          <Button size="compact-md" variant="light" onClick={onGoOn}>
            Go on with it
          </Button>
          <Button size="compact-md" variant="default" onClick={onDismiss}>
            Not now
          </Button>
        </Group>
      </Group>
    </Paper>
  )
}
