import { memo } from 'react'
import { tickPositions } from './ticks.ts'

interface TokenTicksProps {
  labels: string[]
  /** At most so many of them are shown. */
  most: number
  axis: 'rows' | 'columns'
  /** Shown in any case, and marked. */
  at?: number
}

/** Tokens along an edge of a map; drawn anew only with another text. */
export const TokenTicks = memo(function TokenTicks({ labels, most, axis, at }: TokenTicksProps) {
  const place = (position: number) => {
    const middle = `${(100 * (position + 0.5)) / labels.length}%`
    return axis === 'rows' ? { top: middle } : { left: middle }
  }
  // Around the marked token there is room for it alone.
  const room = labels.length / most
  const ticks = tickPositions(labels.length, most).filter((position) => at === undefined || Math.abs(position - at) >= room)
  return (
    <div className={`maps-ticks ${axis}`} aria-hidden>
      {ticks.map((position) => (
        <span key={position} style={place(position)}>
          {labels[position]}
        </span>
      ))}
      {at !== undefined && (
        <span className="at" style={place(at)}>
          {labels[at]}
        </span>
      )}
    </div>
  )
})
