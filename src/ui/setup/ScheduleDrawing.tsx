import type { TrainSettings } from '../../model/config.ts'
import { learningRate } from '../../train/schedule.ts'

export type Schedule = Pick<TrainSettings, 'lr' | 'min_lr' | 'warmup' | 'schedule' | 'decay_fraction' | 'steps'>

const WIDTH = 300
const HEIGHT = 60
const POINTS = 150

/** The rate over the steps as a path in a box of WIDTH by HEIGHT, 0 at the bottom. */
function path(schedule: Schedule): string {
  const { lr, steps } = schedule
  const corners = [1, schedule.warmup, schedule.warmup + 1, Math.floor(steps * (1 - schedule.decay_fraction)), steps]
  const even = Array.from({ length: POINTS + 1 }, (_, i) => 1 + Math.round((i * (steps - 1)) / POINTS))
  const at = [...new Set([...even, ...corners.filter((step) => step >= 1 && step <= steps)])].sort((a, b) => a - b)
  const points = at.map((step) => {
    const x = (WIDTH * (step - 1)) / Math.max(1, steps - 1)
    return `${x.toFixed(2)} ${(HEIGHT * (1 - learningRate(schedule, step) / lr)).toFixed(2)}`
  })
  return `M${points.join('L')}`
}

const rate = (value: number): string => `${Number(value.toPrecision(2))}`

/** The learning rate over the steps of a run, as it is set up. */
export function ScheduleDrawing({ schedule }: { schedule: Schedule | null }) {
  if (!schedule) return <p className="setup-schedule-empty">The learning rate is drawn here once its numbers are in order.</p>
  const { lr, steps, warmup } = schedule
  const end = learningRate(schedule, steps)
  const rise = warmup > 0 ? `rises to ${rate(lr)} in ${warmup} steps` : `begins at ${rate(lr)}`
  const fall = end === lr ? `stays there until step ${steps}` : `ends at ${rate(end)} in step ${steps}`
  const told = warmup >= steps ? `rises all the time and ends at ${rate(end)} in step ${steps}` : `${rise} and ${fall}`
  return (
    <figure className="setup-schedule">
      <figcaption>Learning rate over the run</figcaption>
      <div className="setup-schedule-rates" aria-hidden>
        <span>{rate(lr)}</span>
        <span>0</span>
      </div>
      <svg role="img" aria-label={`The learning rate ${told}.`} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none">
        <path d={path(schedule)} fill="none" stroke="var(--curve-training)" strokeWidth={2} vectorEffect="non-scaling-stroke" />
      </svg>
      <div className="setup-schedule-steps" aria-hidden>
        <span>step 1</span>
        <span>ends at {rate(end)}</span>
        <span>step {steps.toLocaleString('en')}</span>
      </div>
    </figure>
  )
}
