import { MASTERED, summarise } from '../../lab/experiment/compare.ts'
import type { Plan, RunResult } from '../../worker/protocol.ts'
import { cellStroke } from './stroke.ts'
import { count } from './words.ts'

interface MasteryPlotProps {
  plan: Plan
  runs: readonly RunResult[]
}

const WIDTH = 380
const ROW = 40
const SIDE = 16
/** Beyond the last step: where seeds stand that did not come so far. */
const NEVER = 48
const FOOT = 22
const PER_CENT = 100 * MASTERED

/** When a task was learned: for every setting a dot a seed, at the first evaluation with nine right answers in ten. */
export function MasteryPlot({ plan, runs }: MasteryPlotProps) {
  const rows = plan.cells.flatMap(({ name }) => summarise(runs, name) ?? [])
  const last = Math.max(1, ...runs.map(({ steps }) => steps))
  const x = (step: number): number => SIDE + (step / last) * (WIDTH - 2 * SIDE - NEVER)
  const never = WIDTH - SIDE
  const height = rows.length * ROW + FOOT
  const told = rows.map(({ cell, mastered }) => {
    const steps = mastered.flatMap((step) => step ?? [])
    const missed = mastered.length - steps.length
    const reached = steps.length > 0 ? [`steps ${steps.join(', ')}`] : []
    return `${cell}: ${[...reached, ...(missed > 0 ? [`${count(missed, 'seed')} not`] : [])].join('; ')}`
  })
  return (
    <figure>
      <svg
        viewBox={`0 0 ${WIDTH} ${height}`}
        className="experiments-dots"
        role="img"
        aria-label={`Steps to ${PER_CENT} % right answers, by seed. ${told.join('. ')}`}
        fontSize="12"
      >
        <line x1={x(0)} x2={x(last)} y1={height - FOOT + 2} y2={height - FOOT + 2} stroke="var(--axis)" />
        {rows.map(({ cell, seeds, mastered }, i) => {
          const y = i * ROW + 28
          const { colour } = cellStroke(plan, cell)
          return (
            <g key={cell} fill={colour} stroke={colour}>
              <text x={SIDE} y={y - 14} fill="var(--ink)" stroke="none">
                {cell}
              </text>
              {mastered.map((step, seed) => (
                <circle
                  key={seeds[seed]}
                  cx={step === null ? never - 8 * (mastered.slice(seed + 1).filter((later) => later === null).length % 5) : x(step)}
                  cy={y}
                  r="4"
                  fillOpacity={step === null ? 0 : 0.45}
                  strokeWidth="1"
                />
              ))}
            </g>
          )
        })}
        <text x={x(0)} y={height - 4} fill="var(--ink)">
          0
        </text>
        <text x={x(last)} y={height - 4} fill="var(--ink)" textAnchor="end">
          step {last.toLocaleString('en')}
        </text>
        <text x={never} y={height - 4} fill="var(--ink-soft)" textAnchor="end">
          never
        </text>
      </svg>
      <figcaption>
        Steps to {PER_CENT} % right answers: a dot a seed, at its first evaluation that reached them. Empty dots at the right: seeds that
        never did within the run.
      </figcaption>
    </figure>
  )
}
