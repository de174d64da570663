import { Text, Tooltip } from '@mantine/core'
import { lastValidation } from '../../store/run-view.ts'
import { useView } from '../app-context.ts'

interface LiveValueProps {
  name: string
  value: string | null
  unit: string
  why: string
}

/** One live number under its name. `aria-live` is off: read aloud at the pace of training it would drown everything else. */
function LiveValue({ name, value, unit, why }: LiveValueProps) {
  return (
    <div className="live">
      <Tooltip label={why} multiline w={240} withArrow events={{ hover: true, focus: true, touch: true }}>
        <Text size="xs" aria-hidden className="live-name">
          {name}
        </Text>
      </Tooltip>
      <div className="live-line">
        <output aria-label={name} aria-live="off" className="live-value">
          {value ?? '–'}
        </output>
        <Text size="xs" component="span" className="unit">
          {unit}
        </Text>
      </div>
    </div>
  )
}

const digits = (value: number | null | undefined, count: number): string | null =>
  value === null || value === undefined ? null : value.toFixed(count)

/** The run on the GPU in numbers. */
export function LiveValues() {
  const step = useView((view) => view.live?.step)
  const until = useView((view) => view.live?.run.until)
  const training = useView((view) => view.live?.trainingLoss)
  const validation = useView((view) => lastValidation(view.live)?.loss)
  // Of a task only the answers are scored.
  const unit = useView((view) => (view.live?.run.hasAccuracy ? 'nats an answer' : 'nats a token'))
  const speed = useView((view) => view.live?.tokensPerSecond)
  return (
    <div className="live-values">
      <LiveValue
        name="Step"
        value={step?.toString() ?? null}
        unit={until === undefined ? 'none yet' : `of ${until}`}
        why="Batches of text that the model has learned from so far."
      />
      <LiveValue
        name="Training loss"
        value={digits(training, 4)}
        unit={unit}
        why="How surprised the model was by the last batch, before it learned from it. Lower is better."
      />
      <LiveValue
        name="Validation loss"
        value={digits(validation, 4)}
        unit={unit}
        why="The same on held-out data, which the model never learns from, so that learning by heart does not count."
      />
      <LiveValue
        name="Tokens per second"
        value={digits(speed, 0)}
        unit="in training"
        why="Pieces of text that the model learns from in a second, with all that the page shows meanwhile."
      />
    </div>
  )
}
