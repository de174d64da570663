import { compareCells } from '../../lab/experiment/compare.ts'
import type { Plan, RunResult } from '../../worker/protocol.ts'
import { cellStroke } from './stroke.ts'
import { signed } from './words.ts'

interface DifferencePlotProps {
  plan: Plan
  runs: readonly RunResult[]
  /** Right answers of tasks only. */
  quantity: 'loss' | 'accuracy'
}

const WORDS = {
  loss: { what: 'Loss', less: '← lower loss than the baseline', more: 'higher →', text: (x: number) => signed(x) },
  accuracy: {
    what: 'Right answers',
    less: '← fewer right than the baseline',
    more: 'more →',
    text: (x: number) => `${signed(100 * x, 1)} points`,
  },
}

const WIDTH = 380
const ROW = 44
const SIDE = 16
const FOOT = 34

/** The paired difference of every setting: a dot a seed, the mean, its interval, and zero. */
export function DifferencePlot({ plan, runs, quantity }: DifferencePlotProps) {
  const words = WORDS[quantity]
  const rows = compareCells(plan, runs).flatMap(({ cell, verdict, ...differences }) => {
    const of = differences[quantity]
    return of ? [{ cell, of, told: quantity === 'loss' ? verdict : words.text(of.mean) }] : []
  })
  if (rows.length === 0) return null
  const reach =
    1.08 *
    Math.max(
      1e-4,
      ...rows.flatMap(({ of: { mean, interval, each } }) => [...each, mean - (interval ?? 0), mean + (interval ?? 0)].map(Math.abs)),
    )
  const x = (value: number): number => SIDE + ((value + reach) / (2 * reach)) * (WIDTH - 2 * SIDE)
  const height = rows.length * ROW + FOOT
  const all = rows.map(({ cell, told }) => `${cell}: ${told}`).join('; ')
  return (
    <figure>
      <svg
        viewBox={`0 0 ${WIDTH} ${height}`}
        className="experiments-dots"
        role="img"
        aria-label={`${words.what} minus the baseline’s, by seed. ${all}`}
        fontSize="12"
      >
        <line x1={x(0)} x2={x(0)} y1={0} y2={height - FOOT + 4} stroke="var(--ink)" />
        {rows.map(({ cell, of }, i) => {
          const y = i * ROW + 28
          const { colour } = cellStroke(plan, cell)
          const { mean, interval, each } = of
          return (
            <g key={cell} fill={colour} stroke={colour}>
              <text x={SIDE} y={y - 14} fill="var(--ink)" stroke="none">
                {cell}
              </text>
              {interval !== null && <line x1={x(mean - interval)} x2={x(mean + interval)} y1={y} y2={y} strokeWidth="2" />}
              <line x1={x(mean)} x2={x(mean)} y1={y - 7} y2={y + 7} strokeWidth="3" />
              {each.map((value, seed) => (
                <circle key={seed} cx={x(value)} cy={y} r="4" fillOpacity="0.45" strokeWidth="1" />
              ))}
            </g>
          )
        })}
        {[-reach / 1.08, 0, reach / 1.08].map((value, i) => (
          <text key={i} x={x(value)} y={height - 16} fill="var(--ink)" textAnchor={(['start', 'middle', 'end'] as const)[i]}>
            {value === 0 ? '0' : words.text(value)}
          </text>
        ))}
        <text x={SIDE} y={height - 2} fill="var(--ink-soft)">
          {words.less}
        </text>
        <text x={WIDTH - SIDE} y={height - 2} fill="var(--ink-soft)" textAnchor="end">
          {words.more}
        </text>
      </svg>
      <figcaption>
        {words.what} minus the baseline’s on the same seed: a dot a seed, the bar their mean, the line its 95 % interval. Where the line
        crosses zero, these seeds cannot tell the two apart.
      </figcaption>
    </figure>
  )
}
