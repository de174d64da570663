import type { HeadSeries } from '../../store/reads-back.ts'
import { percent } from '../../store/reads-back-words.ts'

const WIDTH = 96
const HEIGHT = 26

interface SparklineProps {
  series: HeadSeries
  chance: number
}

/** A head's part over training, by snapshot, from 0 at the bottom to 100 % at the top; the thin line is chance. */
export function Sparkline({ series: { steps, values }, chance }: SparklineProps) {
  if (values.length < 2) return <span className="heads-soft">–</span>
  // From 0 to 100 % in every row, so that rows can be compared.
  const y = (part: number) => (1 - part) * (HEIGHT - 6) + 3
  const points = values.map((value, i) => `${((i / (values.length - 1)) * (WIDTH - 6) + 3).toFixed(1)},${y(value).toFixed(1)}`)
  const [lastX, lastY] = points[points.length - 1].split(',')
  const label = `From ${percent(values[0])} at step ${steps[0]} to ${percent(values[values.length - 1])} at step ${steps[steps.length - 1]}`
  return (
    <svg className="heads-spark" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <line x1="0" x2={WIDTH} y1={y(chance)} y2={y(chance)} className="heads-spark-chance" />
      <polyline points={points.join(' ')} />
      <circle cx={lastX} cy={lastY} r="2" />
    </svg>
  )
}
