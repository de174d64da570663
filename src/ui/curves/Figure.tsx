import { useRef } from 'react'
import { csvOf } from '../../io/csv.ts'
import { curveRows, placeOf } from '../../store/series.ts'
import { Explained } from '../Explained.tsx'
import { FigureMenu } from '../figure/FigureMenu.tsx'
import { svgOf } from '../figure/svg.ts'
import { axisOver, exactAxis, tickText, timeUnit } from './axis.ts'
import { Chart } from './Chart.tsx'
import { Legend } from './Legend.tsx'
import { extentOf, linesOf, smoothingOf, type DrawnRun, type LineKind, type Look } from './lines.ts'
import { Reader } from './Reader.tsx'
import { WORDS } from './words.ts'

interface FigureProps {
  runs: readonly DrawnRun[]
  look: Look
  scrubStep: number | null
  guessing?: number
  onZoom: (range: [number, number]) => void
}

function xAxisOf(runs: readonly DrawnRun[], { against, zoom }: Look) {
  const [from, to] = zoom ?? extentOf(runs, against)
  const unit = against === 'time' ? timeUnit(to) : { name: 'step', seconds: 1 }
  return {
    ...exactAxis(from, to, 6, unit.seconds),
    title: against === 'time' ? `${unit.name} of training` : 'step',
    text: (value: number) => tickText(value / unit.seconds),
  }
}

const kindsOf = (look: Look): LineKind[] => {
  const { quantity } = look
  if (quantity === 'accuracy') return ['held-out']
  const training: LineKind[] = smoothingOf(look) > 0 ? ['training', 'ghost'] : ['training']
  return quantity === 'loss' ? [...training, 'held-out'] : training
}

/** One chart with its heading, its legend and its file menu; the same height whether there is something to draw or not. */
export function Figure({ runs, look, scrubStep, guessing, onZoom }: FigureProps) {
  const picture = useRef<HTMLDivElement>(null)
  const key = useRef<HTMLUListElement>(null)
  const words = WORDS[look.quantity]
  const lines = linesOf(runs, look)
  const x = xAxisOf(runs, look)
  const level = look.quantity === 'loss' && guessing !== undefined ? { at: guessing, text: 'guessing' } : undefined
  const values = lines.flatMap(({ points }) => points.map((point) => point.y))
  if (level && !look.zoom) values.push(level.at)
  const y = look.quantity === 'accuracy' ? axisOver([0, 100], false) : axisOver(values, look.log)
  const primary = runs.find((run) => run.primary) ?? runs[0]
  const place =
    scrubStep === null || !primary ? undefined : { at: placeOf(primary.curve, scrubStep, look.against), text: `step ${scrubStep}` }
  const svg = () => {
    const drawn = picture.current?.querySelector<SVGElement>('svg.recharts-surface')
    if (!drawn) throw new Error('There is no picture to save yet: wait for the first step.')
    return svgOf(drawn, { title: words.title, key: key.current })
  }
  return (
    <figure className="curves-figure" aria-label={words.title}>
      <div className="curves-head">
        <p>
          <b>{words.title}</b>: {words.line} {words.unit && <Explained more={words.unit.more}>{words.unit.name}</Explained>}
          {words.unit && '.'}
        </p>
        <FigureMenu
          name={words.title.toLowerCase().replaceAll(' ', '-')}
          label={look.quantity === 'accuracy' ? 'Save the figure of the accuracy' : undefined}
          svg={svg}
          csv={() => csvOf(curveRows(runs))}
          disabled={lines.length === 0}
        />
      </div>
      <Legend runs={runs} kinds={kindsOf(look)} guessing={level !== undefined} ref={key} />
      {lines.length > 0 ? (
        <div className="curves-chart" ref={picture}>
          <Chart name={words.name} lines={lines} runs={runs.length} x={x} y={{ ...y, title: words.axis }} level={level} place={place} />
          <Reader runs={runs} look={look} x={x} y={y} onZoom={onZoom} />
        </div>
      ) : (
        <Nothing zoomed={look.zoom !== null} log={look.log} quantity={look.quantity} />
      )}
    </figure>
  )
}

/** What stands where a curve will be. */
function Nothing({ zoomed, log, quantity }: { zoomed: boolean; log: boolean; quantity: Look['quantity'] }) {
  return (
    <div className="curves-chart curves-nothing">
      <svg viewBox="0 0 300 100" preserveAspectRatio="none" aria-hidden>
        <path d="M0 8 C 30 60, 70 78, 300 90" />
      </svg>
      <p>
        {zoomed
          ? 'Nothing was measured in this stretch. Press "Reset zoom" to see all.'
          : quantity === 'accuracy'
            ? 'The share of right answers will be drawn here after the first look at held-out data.'
            : `The curve begins here with the first step: press Train.${log ? ' A logarithmic axis shows only what is above 0.' : ''}`}
      </p>
    </div>
  )
}
