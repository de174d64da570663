import type { DepthMark as Mark } from '../../store/depth-map.ts'
import { halfOf, radiusOf } from './depth-figure.ts'

interface DepthMarkProps {
  mark: Pick<Mark, 'amount' | 'chanceAmount'>
  /** Pixels of the cell. */
  side: number
  fill: string
  earlier: boolean
}

/** A mark in its cell: a circle with a ring at chance where the head could have looked elsewhere, else a dashed square. */
export function DepthMark({ mark: { amount, chanceAmount }, side, fill, earlier }: DepthMarkProps) {
  const half = halfOf(amount, side)
  const [middle, look] = [side / 2, earlier ? 'depth-mark earlier' : 'depth-mark']
  return (
    <svg width={side} height={side} viewBox={`0 0 ${side} ${side}`} aria-hidden>
      {chanceAmount === null ? (
        <rect x={middle - half} y={middle - half} width={2 * half} height={2 * half} fill={fill} className={`${look} wired`} />
      ) : (
        <>
          <circle cx={middle} cy={middle} r={radiusOf(amount, side)} fill={fill} className={look} />
          <circle cx={middle} cy={middle} r={radiusOf(chanceAmount, side)} className="depth-chance" />
        </>
      )}
    </svg>
  )
}
