import { CartesianGrid, Line, LineChart, ReferenceLine, ResponsiveContainer, XAxis, YAxis } from 'recharts'
import { tickText, type Axis } from './axis.ts'
import { strokeOf, type DrawnLine } from './lines.ts'

/** Pixels around the plot, in the picture and in what lies over it. */
export const MARGIN = { top: 10, right: 14, bottom: 42, left: 64 }

export interface Mark {
  at: number
  text: string
}

interface ChartProps {
  name: string
  lines: DrawnLine[]
  runs: number
  x: Axis & { title: string; text: (value: number) => string }
  y: Axis & { title: string }
  /** A line across, named. */
  level?: Mark
  /** A line from top to bottom, named. */
  place?: Mark
}

const inside = (value: number, [low, high]: [number, number]): boolean => value >= low && value <= high

/** The lines of a chart. It draws what it is given; hovering and zooming lie over it. */
export function Chart({ name, lines, runs, x, y, level, place }: ChartProps) {
  const axis = { type: 'number' as const, allowDataOverflow: true, stroke: 'var(--axis)', tick: { fill: 'var(--ink)', fontSize: 12 } }
  const title = { fill: 'var(--ink-soft)', fontSize: 12 }
  const right = place && (place.at - x.domain[0]) / (x.domain[1] - x.domain[0]) > 0.75
  return (
    <div role="img" aria-label={name} className="curves-picture">
      <ResponsiveContainer width="100%" height="100%">
        <LineChart margin={{ top: MARGIN.top, right: MARGIN.right, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <CartesianGrid stroke="var(--grid)" vertical={false} />
          <XAxis
            {...axis}
            dataKey="x"
            domain={x.domain}
            ticks={x.ticks}
            tickFormatter={x.text}
            height={MARGIN.bottom}
            label={{ ...title, value: x.title, position: 'insideBottom', offset: 4 }}
          />
          <YAxis
            {...axis}
            domain={y.domain}
            ticks={y.ticks}
            interval={0}
            scale={y.log ? 'log' : 'linear'}
            tickFormatter={tickText}
            width={MARGIN.left}
            label={{ ...title, value: y.title, angle: -90, position: 'insideLeft', offset: 4, style: { textAnchor: 'middle' } }}
          />
          {level && inside(level.at, y.domain) && (
            <ReferenceLine
              y={level.at}
              stroke="var(--ink-soft)"
              strokeDasharray="1 4"
              strokeLinecap="round"
              label={{ ...title, value: level.text, position: 'insideBottomRight' }}
            />
          )}
          {lines.map(({ run, kind, points }) => {
            const { colour, dash, width, opacity } = strokeOf(run, kind, runs)
            // A dot on the edge is drawn whole; one beyond it, to which the line leads, is not.
            const clipDot = points.some((point) => !inside(point.x, x.domain))
            const dot =
              kind === 'held-out' && points.length <= 60 ? { r: 3, clipDot, fill: colour, strokeWidth: 0, strokeDasharray: 'none' } : false
            return (
              <Line
                key={`${run.id} ${kind}`}
                data={points}
                dataKey="y"
                type="linear"
                stroke={colour}
                strokeWidth={width}
                strokeOpacity={opacity}
                strokeDasharray={dash === 'none' || kind === 'ghost' ? undefined : dash}
                dot={dot}
                activeDot={false}
                isAnimationActive={false}
              />
            )
          })}
          {place && inside(place.at, x.domain) && (
            <ReferenceLine
              x={place.at}
              stroke="var(--ink)"
              strokeWidth={1.5}
              label={{ ...title, fill: 'var(--ink)', value: place.text, position: right ? 'insideTopRight' : 'insideTopLeft' }}
            />
          )}
        </LineChart>
      </ResponsiveContainer>
    </div>
  )
}
