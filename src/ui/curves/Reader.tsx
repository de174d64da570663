import { useState, type KeyboardEvent, type PointerEvent } from 'react'
import { placeAlong, type Axis } from './axis.ts'
import { MARGIN } from './Chart.tsx'
import { readingsAt, strokeOf, type DrawnRun, type Look, type Reading } from './lines.ts'
import { placeText, readingText, stepOf, WORDS } from './words.ts'

interface ReaderProps {
  runs: readonly DrawnRun[]
  look: Look
  x: Axis
  y: Axis
  onZoom: (range: [number, number]) => void
}

const KINDS = ['training', 'held-out'] as const

/** A drag shorter than this, in pixels, is a click. */
const DRAG = 6

const PERCENT_OF_KEY: Record<string, number> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
  Home: -100,
  End: 100,
}

/** On the side of the line that has more room, and no wider than it. */
function tipPlace(along: number) {
  const room = `${100 * Math.max(along, 1 - along)}%`
  const beside = `calc(${100 * Math.min(along, 1 - along)}% + 12px)`
  return along > 0.5 ? { right: beside, maxWidth: room } : { left: beside, maxWidth: room }
}

/** Lies over the plot: reads exact values under the pointer or at the arrow keys' place, and zooms to what is dragged over. */
export function Reader({ runs, look, x, y, onZoom }: ReaderProps) {
  const [at, setAt] = useState<number | null>(null)
  const [grip, setGrip] = useState<{ pixel: number; at: number } | null>(null)
  const [from, to] = x.domain
  const words = WORDS[look.quantity]

  const underPointer = (event: PointerEvent<HTMLDivElement>): number => {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    return from + Math.min(1, Math.max(0, (event.clientX - left) / width)) * (to - from)
  }
  const release = (event: PointerEvent<HTMLDivElement>) => {
    const end = underPointer(event)
    if (grip && Math.abs(event.clientX - grip.pixel) > DRAG) onZoom([Math.min(grip.at, end), Math.max(grip.at, end)])
    setGrip(null)
  }
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Escape') setAt(null)
    const percent = PERCENT_OF_KEY[event.key]
    if (percent === undefined) return
    event.preventDefault()
    setAt(Math.min(to, Math.max(from, (at ?? to) + (percent / 100) * (to - from))))
  }

  const place = Math.min(to, Math.max(from, at ?? to))
  const readings = readingsAt(runs, look, place)
  const spoken = readings.map((reading) => `${readingText(reading, runs.length, stepOf(readings))} ${words.text(reading.value)}`)
  const along = placeAlong(x, place)
  const dragged = grip && at !== null ? [placeAlong(x, grip.at), along].sort((a, b) => a - b) : null
  return (
    <div className="curves-over" style={{ inset: `${MARGIN.top}px ${MARGIN.right}px ${MARGIN.bottom}px ${MARGIN.left}px` }}>
      <div
        role="slider"
        tabIndex={0}
        aria-label={`Values along the curve: ${words.title}`}
        aria-valuemin={from}
        aria-valuemax={to}
        aria-valuenow={place}
        aria-valuetext={`${placeText(readings, look.against, place)}: ${spoken.join(', ')}`}
        className="curves-reader"
        onPointerDown={(event) => {
          if (event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          setGrip({ pixel: event.clientX, at: underPointer(event) })
        }}
        onPointerMove={(event) => setAt(underPointer(event))}
        onPointerUp={release}
        onPointerCancel={() => setGrip(null)}
        onPointerLeave={() => setAt(null)}
        onFocus={(event) => {
          if (event.currentTarget.matches(':focus-visible')) setAt(to)
        }}
        onBlur={() => setAt(null)}
        onKeyDown={press}
      />
      {dragged && <div className="curves-dragged" style={{ left: `${100 * dragged[0]}%`, width: `${100 * (dragged[1] - dragged[0])}%` }} />}
      {at !== null && (
        <>
          <div className="curves-hair" style={{ left: `${100 * along}%` }} />
          {readings.map((reading) => {
            const [left, bottom] = [placeAlong(x, reading.x), placeAlong(y, reading.value)]
            if (!(left >= 0 && left <= 1 && bottom >= 0 && bottom <= 1)) return null
            const { colour } = strokeOf(reading.run, reading.kind, runs.length)
            const style = { left: `${100 * left}%`, bottom: `${100 * bottom}%`, background: colour }
            return <div key={`${reading.run.id} ${reading.kind}`} className="curves-point" style={style} />
          })}
          <div className="curves-tip" style={tipPlace(along)}>
            <Table runs={runs} look={look} readings={readings} title={placeText(readings, look.against, place)} />
          </div>
        </>
      )}
    </div>
  )
}

interface TableProps {
  runs: readonly DrawnRun[]
  look: Look
  readings: readonly Reading[]
  title: string
}

/** A row for each run, a column for each kind of value. */
function Table({ runs, look, readings, title }: TableProps) {
  const kinds = KINDS.filter((kind) => readings.some((reading) => reading.kind === kind))
  return (
    <table>
      <thead>
        <tr>
          <th>{title}</th>
          {kinds.map((kind) => (
            <th key={kind}>{kind}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.id}>
            <th>
              {runs.length > 1 && <span className="curves-spot" style={{ background: strokeOf(run, 'training', runs.length).colour }} />}
              {run.name}
            </th>
            {kinds.map((kind) => {
              const reading = readings.find((one) => one.run === run && one.kind === kind)
              return (
                <td key={kind}>
                  {reading && WORDS[look.quantity].text(reading.value)}
                  {reading && reading.step !== stepOf(readings) && <small> at {reading.step}</small>}
                </td>
              )
            })}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
