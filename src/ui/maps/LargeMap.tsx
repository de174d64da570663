import { useElementSize } from '@mantine/hooks'
import { useId, useState, type CSSProperties, type KeyboardEvent, type PointerEvent } from 'react'
import type { Slot } from '../../model/wiring.ts'
import { slotTotals, sourceLabel, type Pattern } from '../../store/patterns.ts'
import { percent } from '../../store/reads-back-words.ts'
import { PatternCanvas } from './HeatMap.tsx'
import { cellAt, moveCell, tellCell, type MapCell } from './map-cell.ts'
import { useScheme } from './scheme.ts'
import { TokenTicks } from './TokenTicks.tsx'
import './maps.css'

interface LargeMapProps {
  layer: number
  head: number
  pattern: Pattern
  labels: string[]
  slots: Slot[]
}

const HINT = 'Point at a square, or use the arrow keys.'

/** One head's attention, to be read square by square. */
export function LargeMap({ layer, head, pattern, labels, slots }: LargeMapProps) {
  const scheme = useScheme()
  const hint = useId()
  const { ref, width } = useElementSize()
  const [chosen, setChosen] = useState<MapCell | null>(null)
  const [locked, setLocked] = useState(false)
  const [byKey, setByKey] = useState(false)
  const length = labels.length
  const totals = slotTotals(pattern, length, slots.length)
  // Another head or text may have fewer parts or tokens.
  const cell = chosen && chosen.slot < slots.length && chosen.query < length && chosen.key < length ? chosen : null

  // Pixels of a part; a label needs 13 below each other, and beside each other its width.
  const side = width / slots.length
  const mostRows = Math.max(2, Math.floor(side / 13))
  const mostColumns = Math.max(2, Math.floor(side / (7 * Math.min(5, Math.max(...labels.map((label) => label.length))) + 7)))

  const point = (event: PointerEvent | React.MouseEvent) => {
    const box = event.currentTarget.getBoundingClientRect()
    setByKey(false)
    setChosen(cellAt((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height, length, slots.length))
  }
  const release = () => {
    setLocked(false)
    setChosen(null)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const isToggle = event.key === 'Enter' || event.key === ' '
    const next = cell ? moveCell(cell, event.key, length, slots.length) : null
    if (isToggle && cell) setLocked(!locked)
    else if (event.key === 'Escape' && locked) release()
    else if (next) setChosen(next)
    else if (!cell && (isToggle || moveCell({ query: 0, slot: 0, key: 0 }, event.key, length, slots.length)))
      setChosen({ query: length - 1, slot: 0, key: length - 1 })
    else return
    setByKey(true)
    event.preventDefault()
  }

  const style: CSSProperties & Record<'--slots' | '--tokens', number> = { '--slots': slots.length, '--tokens': length }
  return (
    <div className="maps-large" style={style}>
      <p className={locked ? 'maps-readout locked' : 'maps-readout'} aria-live={byKey ? 'polite' : 'off'}>
        {cell ? `${tellCell(cell, pattern, labels, layer, slots)}${locked ? ' (held)' : ''}` : HINT}
      </p>
      <div className="maps-large-scroll">
        <div ref={ref} className="maps-large-frame">
          <div className="maps-parts">
            {slots.map((slot, s) => (
              <span key={s} className="maps-part">
                <span className="maps-part-name">{sourceLabel(layer, slot)}</span> <b data-value={totals[s]}>{percent(totals[s])}</b>
              </span>
            ))}
          </div>
          <div
            className="maps-picture"
            role="application"
            aria-label={`Large map of layer ${layer}, head ${head}`}
            aria-describedby={hint}
            tabIndex={0}
            data-autofocus
            // Escape lets go of a held square before it closes the window around.
            data-mantine-stop-propagation={locked}
            onPointerMove={(event) => !locked && point(event)}
            onPointerLeave={() => !locked && !byKey && setChosen(null)}
            onClick={(event) => {
              if (locked) return setLocked(false)
              point(event)
              setLocked(true)
            }}
            onKeyDown={onKeyDown}
          >
            <PatternCanvas label={`Large picture of layer ${layer}, head ${head}`} pattern={pattern} length={length} scheme={scheme} />
            {slots.slice(1).map((_, s) => (
              <span key={s} className="maps-split" style={{ left: `${(100 * (s + 1)) / slots.length}%` }} />
            ))}
            {cell && (
              <>
                <span className="maps-cross row" style={{ top: `${(100 * cell.query) / length}%`, height: `${100 / length}%` }} />
                <span
                  className="maps-cross column"
                  style={{
                    left: `${(100 * (cell.slot * length + cell.key)) / (length * slots.length)}%`,
                    width: `${100 / (length * slots.length)}%`,
                  }}
                />
              </>
            )}
            <TokenTicks labels={labels} most={mostRows} axis="rows" at={cell?.query} />
          </div>
          <div className="maps-columns">
            {slots.map((_, s) => (
              <TokenTicks key={s} labels={labels} most={mostColumns} axis="columns" at={cell?.slot === s ? cell.key : undefined} />
            ))}
          </div>
        </div>
      </div>
      <p id={hint} className="maps-axes">
        Rows: the token that reads (query), the first on top. Columns: the token that is read (key). Click or Enter holds a square; again,
        or Escape, lets go.
      </p>
    </div>
  )
}
