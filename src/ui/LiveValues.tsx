import { SimpleGrid, Text } from '@mantine/core'
import { lastValidation } from '../store/session-view.ts'
import { useView } from './app-context.ts'

/** One live number under its name. `aria-live` is off: read aloud at the pace of training it would drown everything else. */
function LiveValue({ name, value, unit }: { name: string; value: string | null; unit: string }) {
  return (
    <div>
      <Text size="sm" aria-hidden>
        {name}
      </Text>
      <output aria-label={name} aria-live="off" className="live-value">
        {value ?? '–'}
      </output>
      <Text size="xs" className="unit">
        {unit}
      </Text>
    </div>
  )
}

export function LiveValues() {
  const step = useView((view) => view.step)
  const steps = useView((view) => view.run?.steps)
  const training = useView((view) => view.trainingLoss)
  const validation = useView((view) => lastValidation(view)?.loss)
  const speed = useView((view) => view.tokensPerSecond)
  return (
    <SimpleGrid cols={{ base: 2, xs: 4 }} spacing="sm">
      <LiveValue name="Step" value={step?.toString() ?? null} unit={steps === undefined ? 'so far' : `of ${steps}`} />
      <LiveValue name="Training loss" value={training?.toFixed(4) ?? null} unit="nats a token" />
      <LiveValue name="Validation loss" value={validation?.toFixed(4) ?? null} unit="nats, held-out data" />
      <LiveValue name="Tokens per second" value={speed === null ? null : Math.round(speed).toString()} unit="in training" />
    </SimpleGrid>
  )
}
