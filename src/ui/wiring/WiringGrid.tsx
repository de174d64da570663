import { useRef, useState, type CSSProperties, type KeyboardEvent } from 'react'
import { headKind, type Reads } from '../../model/wiring.ts'
import { KindMark } from './KindMark.tsx'
import { cellLabel, cellText } from './labels.ts'

export interface CellAt {
  layer: number
  head: number
}

export const sameCell = (a: CellAt | null, b: CellAt | null): boolean => a !== null && a.layer === b?.layer && a.head === b.head

export interface WiringGridProps {
  reads: Reads
  /** The cell whose sources are being edited. */
  opened: CellAt | null
  /** The cell that is pointed at or focused. */
  active: CellAt | null
  onActive: (cell: CellAt | null) => void
  onOpen: (cell: CellAt, byKeyboard: boolean) => void
}

const cellId = ({ layer, head }: CellAt): string => `${layer}.${head}`

/** Focuses a cell of a grid that lies within `root`. */
export function focusCell(root: HTMLElement | null, cell: CellAt): void {
  root?.querySelector<HTMLElement>(`[data-cell="${cellId(cell)}"]`)?.focus()
}

/** Where a key leads from a cell; null for other keys. Upwards is to the next layer, since the top layer is on top. */
function target(event: KeyboardEvent, { layer, head }: CellAt, layers: number, heads: number): CellAt | null {
  const corner = event.ctrlKey || event.metaKey
  const to = (l: number, h: number): CellAt => ({
    layer: Math.min(layers - 1, Math.max(0, l)),
    head: Math.min(heads - 1, Math.max(0, h)),
  })
  switch (event.key) {
    case 'ArrowUp':
      return to(layer + 1, head)
    case 'ArrowDown':
      return to(layer - 1, head)
    case 'ArrowLeft':
      return to(layer, head - 1)
    case 'ArrowRight':
      return to(layer, head + 1)
    case 'PageUp':
      return to(layers - 1, head)
    case 'PageDown':
      return to(0, head)
    case 'Home':
      return to(corner ? layers - 1 : layer, 0)
    case 'End':
      return to(corner ? 0 : layer, heads - 1)
    default:
      return null
  }
}

/** Layers × heads, the top layer on top. One cell is a tab stop; arrow keys move between cells, Enter opens one. */
export function WiringGrid({ reads, opened, active, onActive, onOpen }: WiringGridProps) {
  const grid = useRef<HTMLDivElement>(null)
  const layers = reads.length
  const heads = reads[0].length
  const [tabStop, setTabStop] = useState<CellAt>({ layer: layers - 1, head: 0 })
  // A smaller model may have lost the cell.
  const stop = { layer: Math.min(tabStop.layer, layers - 1), head: Math.min(tabStop.head, heads - 1) }
  const sources = new Set(active && active.layer < layers && active.head < heads ? reads[active.layer][active.head].flat() : [])
  const onKeyDown = (event: KeyboardEvent, cell: CellAt) => {
    const to = target(event, cell, layers, heads)
    if (to) focusCell(grid.current, to)
    else if (event.key === 'Enter' || event.key === ' ') onOpen(cell, true)
    else return
    event.preventDefault()
  }
  // Two layers of two digits want more room.
  const style: CSSProperties & Record<'--wiring-cell', string> = { '--wiring-cell': layers > 10 ? '58px' : '44px' }
  return (
    <div className="wiring-scroll">
      <div
        className="wiring-grid"
        role="grid"
        aria-label="Sources of every head"
        ref={grid}
        style={style}
        onMouseLeave={() => onActive(null)}
      >
        <div className="wiring-row wiring-heads" role="row">
          <span className="wiring-corner" role="columnheader">
            <span className="wiring-hidden">Layer</span>
          </span>
          {reads[0].map((_, h) => (
            <span key={h} className="wiring-column" role="columnheader">
              Head {h}
            </span>
          ))}
        </div>
        {reads.map((_, i) => {
          const layer = layers - 1 - i
          return (
            <div key={layer} className="wiring-row" role="row">
              <span className={`wiring-layer${sources.has(layer) ? ' is-source' : ''}`} role="rowheader">
                Layer {layer}
              </span>
              {reads[layer].map((slots, head) => {
                const cell = { layer, head }
                const kind = headKind(layer, slots)
                return (
                  <div
                    key={head}
                    role="gridcell"
                    data-cell={cellId(cell)}
                    className={`wiring-cell wiring-${kind}${sameCell(opened, cell) ? ' is-open' : ''}`}
                    aria-label={cellLabel(layer, head, slots)}
                    aria-selected={sameCell(opened, cell)}
                    tabIndex={sameCell(stop, cell) ? 0 : -1}
                    onFocus={() => {
                      setTabStop(cell)
                      onActive(cell)
                    }}
                    onBlur={() => onActive(null)}
                    onMouseEnter={() => onActive(cell)}
                    onClick={() => onOpen(cell, false)}
                    onKeyDown={(event) => onKeyDown(event, cell)}
                  >
                    <KindMark kind={kind} />
                    <span>{cellText(slots)}</span>
                  </div>
                )
              })}
            </div>
          )
        })}
      </div>
    </div>
  )
}
