import { Group, Loader, Progress, Text } from '@mantine/core'
import { isChanged } from '../../store/setup.ts'
import type { Preparation, SessionState } from '../../worker/protocol.ts'
import { useSetup, useView } from '../app-context.ts'
import { durationText } from '../units.ts'

const STATE_TEXT: Record<SessionState, string> = {
  idle: 'Ready: press Train.',
  compiling: 'Preparing the GPU programs…',
  running: 'Training.',
  paused: 'Paused.',
  stopped: 'Stopped. The model stays until the next run.',
  done: 'Training is finished.',
}

/** What is being prepared, and how far it is. */
export function preparationText(progress: Preparation | null): string {
  if (!progress) return STATE_TEXT.compiling
  const { doing, done, total } = progress
  return doing === 'tiles'
    ? `Choosing the quickest kernels: ${done} of ${total} products (once for this GPU)`
    : `${STATE_TEXT.compiling} ${done} of ${total}`
}

/** Seconds to the end at the pace of the last steps; null while that is not known. */
function useRemaining(): number | null {
  const state = useView((view) => view.state)
  const live = useView((view) => view.live)
  if (state !== 'running' || !live?.tokensPerSecond) return null
  const { batch_size } = live.run.settings
  return ((live.run.until - live.step) * batch_size * live.run.config.context_length) / live.tokensPerSecond
}

/** What is going on, how far it is, and how long it still takes. */
export function StateLine() {
  const state = useView((view) => view.state)
  const broken = useView((view) => view.broken)
  const adapter = useView((view) => view.adapter)
  const progress = useView((view) => view.progress)
  const step = useView((view) => view.live?.step ?? 0)
  const until = useView((view) => view.live?.run.until ?? 0)
  const changed = useSetup(isChanged)
  const remaining = useRemaining()
  const took = useView((view) => (view.state === 'done' ? view.live?.curve.training.ms.at(-1) : undefined))
  const compiling = state === 'compiling'
  const part = compiling ? (progress ? progress.done / Math.max(1, progress.total) : 0) : until > 0 ? step / until : 0
  const text = broken
    ? 'Nothing can be trained in this page.'
    : state === 'idle' && !adapter
      ? 'Looking for a GPU…'
      : compiling
        ? preparationText(progress)
        : STATE_TEXT[state]
  return (
    <div className="state-line">
      <Group gap="xs" role="status" aria-label="State" wrap="nowrap">
        {compiling && <Loader size="xs" aria-hidden />}
        <Text size="sm">
          {text}
          {took !== undefined && <span data-value={took / 1000}> It took {durationText(took / 1000).replace(/^about /, '')}.</span>}
          {remaining !== null && ` ${durationText(remaining)} left.`}
          {state === 'running' && changed && ' Train begins anew with the choices as they stand now.'}
        </Text>
      </Group>
      <Progress value={100 * part} size="sm" aria-label={compiling ? 'Preparation' : 'Steps done'} />
    </div>
  )
}
