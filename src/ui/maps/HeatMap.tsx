import { memo, useEffect, useRef } from 'react'
import type { Slot } from '../../model/wiring.ts'
import { slotTotals, sourceLabel, type Pattern } from '../../store/patterns.ts'
import { percent } from '../../store/reads-back-words.ts'
import { paintPattern, type Scheme } from './heatmap.ts'
import { TextEdge } from './TextEdge.tsx'

interface PatternCanvasProps {
  /** The accessible name. */
  label: string
  /** [T, slots·T] row by row. */
  pattern: Pattern
  length: number
  scheme: Scheme
}

/** A pattern on a canvas of slots·T by T, one pixel a probability. */
export function PatternCanvas({ label, pattern, length, scheme }: PatternCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const width = pattern.length / length
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context) return
    const image = context.createImageData(width, length)
    paintPattern(pattern, image.data, scheme)
    context.putImageData(image, 0, 0)
  }, [pattern, width, length, scheme])
  return <canvas ref={canvas} role="img" aria-label={label} width={width} height={length} />
}

export interface HeatMapProps {
  layer: number
  head: number
  pattern: Pattern
  labels: string[]
  slots: Slot[]
  scheme: Scheme
  /** What stands between two tokens. */
  between: string
  /** Along its left edge stands the text of the rows. */
  withRows: boolean
}

/** One head's attention under the names of its parts, each with its part of the whole; the lines between the parts lie over the picture, not in it. */
export const HeatMap = memo(function HeatMap({ layer, head, pattern, labels, slots, scheme, between, withRows }: HeatMapProps) {
  const totals = slotTotals(pattern, labels.length, slots.length)
  return (
    <div className="maps-map">
      <div className="maps-parts" aria-hidden>
        {slots.map((slot, s) => (
          <span key={s} className="maps-part">
            <span className="maps-part-name">{sourceLabel(layer, slot)}</span> {slots.length > 1 && <b>{percent(totals[s])}</b>}
          </span>
        ))}
      </div>
      <div className="maps-picture">
        <PatternCanvas label={`Attention of layer ${layer}, head ${head}`} pattern={pattern} length={labels.length} scheme={scheme} />
        {slots.slice(1).map((_, s) => (
          <span key={s} className="maps-split" style={{ left: `${(100 * (s + 1)) / slots.length}%` }} />
        ))}
        {withRows && <TextEdge labels={labels} between={between} axis="rows" />}
      </div>
      <div className="maps-columns">
        {slots.map((_, s) => (
          <TextEdge key={s} labels={labels} between={between} axis="columns" />
        ))}
      </div>
    </div>
  )
})
