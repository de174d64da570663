import { Progress, Text } from '@mantine/core'
import type { BenchView } from '../../store/bench-view.ts'

const ENDS = {
  complete: 'The benchmark is complete.',
  cancelled: 'The benchmark was cancelled; what had been timed is below.',
  failed: 'The benchmark stopped early.',
}

function doingText({ shape, doing, done, total }: NonNullable<BenchView['running']>): string {
  if (doing === 'preparing') return `Preparing ${shape}: its kernels are compiled…`
  if (doing === 'tiles') return `Choosing the quickest kernels for ${shape}: ${done} of ${total} products (once for this GPU)`
  return doing === 'steps' ? `Timing ${shape}: ${done} of ${total} steps` : `Timing the kernels of ${shape}: ${done} of ${total}`
}

/** How far it is. */
export function BenchProgress({ bench: { running, end } }: { bench: BenchView }) {
  if (!running && !end) return null
  const percent = running && running.total > 0 ? (100 * running.done) / running.total : 0
  return (
    <div className="bench-progress">
      <Text size="sm" aria-live="polite">
        {running ? doingText(running) : end ? ENDS[end] : ''}
      </Text>
      {running && <Progress value={percent} aria-label="Benchmark so far" />}
    </div>
  )
}
