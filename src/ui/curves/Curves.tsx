import './curves.css'
import { useThrottledValue } from '@mantine/hooks'
import { memo, useState } from 'react'
import { Explained } from '../Explained.tsx'
import { Figure } from './Figure.tsx'
import { extentOf, type DrawnRun } from './lines.ts'
import { Toolbar, type Choices } from './Toolbar.tsx'

export type { DrawnRun }

interface CurvesProps {
  runs: DrawnRun[]
  /** Tasks have an accuracy, drawn below the loss. */
  hasAccuracy: boolean
  /** The step that the page is looking at; null is the latest. */
  scrubStep: number | null
  /** The loss of guessing, ln V, nats. */
  guessing?: number
}

/** SVG is redrawn as a whole, so it follows at a pace that leaves the page free. */
const REDRAW_MS = 250

const ONE_SEED =
  'Each run here began from one seed: one draw of first weights, one order of the data. Another draw of the same settings gives another curve, so a gap between two lines may be luck. Train each with several seeds before you believe it.'

/** The choices and what they show; drawn anew only when a value that it shows is another. */
const Drawn = memo(function Drawn({ runs, hasAccuracy, scrubStep, guessing }: CurvesProps) {
  const [choices, setChoices] = useState<Choices>({ quantity: 'loss', against: 'step', log: false, smoothing: 0.8, zoom: null })
  const change = (to: Partial<Choices>) => setChoices((now) => ({ ...now, ...to }))
  const shared = { runs, scrubStep, guessing, onZoom: (zoom: [number, number]) => change({ zoom }) }
  return (
    <div className="curves">
      {runs.length > 1 && (
        <p className="curves-note">
          <Explained more={ONE_SEED}>One seed each: not evidence</Explained>
        </p>
      )}
      <Figure {...shared} look={choices} />
      <Toolbar choices={choices} change={change} extent={extentOf(runs, choices.against)} />
      {hasAccuracy && <Figure {...shared} look={{ ...choices, quantity: 'accuracy', log: false }} />}
    </div>
  )
})

/** The measured values of one or more runs through training. */
export function Curves(props: CurvesProps) {
  const runs = useThrottledValue(props.runs, REDRAW_MS)
  return <Drawn {...props} runs={runs} />
}
