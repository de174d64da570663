import { CartesianGrid, Line, LineChart, ResponsiveContainer, XAxis, YAxis } from 'recharts'
import type { CurrentRun } from '../../store/experiments.ts'
import type { Evaluation, Plan, RunResult } from '../../worker/protocol.ts'
import { cellStroke } from './stroke.ts'

interface SeedCurvesProps {
  plan: Plan
  runs: readonly RunResult[]
  /** The one that is being trained. */
  current: CurrentRun | null
  quantity: 'loss' | 'accuracy'
}

interface Drawn {
  key: string
  cell: string
  evaluations: readonly Evaluation[]
}

const tick = (value: number): string => Number(value.toPrecision(3)).toLocaleString('en')

/** Held-out loss, or right answers, of every run: one line a seed, one colour a setting. */
export function SeedCurves({ plan, runs, current, quantity }: SeedCurvesProps) {
  const all: Drawn[] = [...runs, ...(current ? [current] : [])].map(({ cell, seed, evaluations }) => ({
    key: `${cell} ${seed}`,
    cell,
    evaluations,
  }))
  const what = quantity === 'loss' ? 'Held-out loss' : 'Right answers'
  const axis = { type: 'number' as const, stroke: 'var(--axis)', tick: { fill: 'var(--ink)', fontSize: 12 } }
  return (
    <figure>
      <div role="img" aria-label={`${what} of every seed by step`} className="experiments-chart">
        <ResponsiveContainer width="100%" height="100%">
          <LineChart margin={{ top: 10, right: 14, bottom: 4, left: 0 }} accessibilityLayer={false}>
            <CartesianGrid stroke="var(--grid)" vertical={false} />
            <XAxis {...axis} dataKey="step" domain={[0, 'dataMax']} tickFormatter={tick} />
            <YAxis {...axis} domain={['auto', 'auto']} tickFormatter={tick} width={52} />
            {all.map(({ key, cell, evaluations }) => {
              const { colour, dash } = cellStroke(plan, cell)
              return (
                <Line
                  key={key}
                  data={[...evaluations]}
                  dataKey={quantity}
                  stroke={colour}
                  strokeDasharray={dash === 'none' ? undefined : dash}
                  strokeWidth={1.5}
                  strokeOpacity={0.8}
                  dot={evaluations.length < 3}
                  activeDot={false}
                  isAnimationActive={false}
                />
              )
            })}
          </LineChart>
        </ResponsiveContainer>
      </div>
      <figcaption>{what} by step, a line for every seed. Colours are those of the table.</figcaption>
    </figure>
  )
}
