import type { Reads } from '../../model/wiring.ts'
import { arcPath, arcsOf, dotX, layersRead, rowY, strokeWidth, thickest, type Arc } from './arcs.ts'
import type { CellAt } from './WiringGrid.tsx'

export interface ArcsProps {
  reads: Reads
  /** The cell whose arcs stand out. */
  active: CellAt | null
  width: number
  /** The height of a layer's row, in pixels. */
  row: number
}

/** Arcs from every layer down to the earlier layers that it reads, on the rows of the grid beside it. */
export function Arcs({ reads, active, width, row }: ArcsProps) {
  const space = { layers: reads.length, heads: reads[0].length, width, row }
  const arcs = arcsOf(reads)
  const most = thickest(arcs)
  const chosen = active ? arcsOf(reads, active) : []
  const read = layersRead(reads)
  const keyOf = ({ reader, source, part, kind }: Arc): string => `${reader}.${source}.${part}.${kind}`
  const summary =
    arcs.length === 0 ? 'none: every head reads its own layer' : `${arcs.length}, one for each layer and earlier layer that it reads`
  return (
    <svg
      className={`wiring-arcs${chosen.length > 0 ? ' has-active' : ''}`}
      role="img"
      aria-label={`Arcs between layers: ${summary}`}
      width={width}
      height={row * space.layers}
    >
      {arcs.map((arc) => (
        <path
          key={keyOf(arc)}
          className={`wiring-arc wiring-${arc.kind}${arc.part === 'both' ? '' : ' is-part'}`}
          d={arcPath(arc, space)}
          strokeWidth={strokeWidth(arc, space, most)}
        />
      ))}
      {chosen.map((arc) => (
        <path
          key={keyOf(arc)}
          className={`wiring-arc wiring-${arc.kind} is-active${arc.part === 'both' ? '' : ' is-part'}`}
          d={arcPath(arc, space)}
          strokeWidth={3}
        />
      ))}
      {reads.map((_, l) => (
        <circle key={l} className={`wiring-dot${read.has(l) ? '' : ' is-unread'}`} cx={dotX(space)} cy={rowY(space, l)} r={4} />
      ))}
    </svg>
  )
}
