import { Button, Stack, Text, VisuallyHidden } from '@mantine/core'
import type { KeptRun } from '../../store/kept-run.ts'
import { sizeText } from './words.ts'

interface WeightsCellProps {
  run: KeptRun
  /** Its model is on the GPU, so that its weights can be had. */
  current: boolean
  onKeep: () => void
  onDrop: () => void
}

/** What is kept of a run's weights, and what can be done about it. */
export function WeightsCell({ run, current, onKeep, onDrop }: WeightsCellProps) {
  const { weights, name } = run
  const of = <VisuallyHidden> of {name}</VisuallyHidden>
  return (
    <Stack gap={4} align="flex-start">
      <Text size="sm">{weights ? `${sizeText(weights.bytes)}, step ${weights.step.toLocaleString('en')}` : 'not kept'}</Text>
      {weights?.automatic && (
        <Text size="xs" className="runs-soft">
          until another run begins
        </Text>
      )}
      {(weights?.automatic || current) && (
        <Button size="compact-xs" variant="default" onClick={onKeep}>
          {weights && !weights.automatic ? 'Keep newer weights' : 'Keep weights'}
          {of}
        </Button>
      )}
      {weights && !weights.automatic && (
        <Button size="compact-xs" variant="default" onClick={onDrop}>
          Delete weights{of}
        </Button>
      )}
    </Stack>
  )
}
