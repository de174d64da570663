import { useLayoutEffect, useRef } from 'react'
import type { GeneratedPiece } from '../../worker/protocol.ts'
import { percentText, shown } from './probability.ts'

interface PieceCardProps {
  id: string
  piece: GeneratedPiece
  /** Its `data-piece`. */
  index: number
  /** The positioned element that card and piece lie in. */
  frame: HTMLElement
}

const GAP = 6

/** What the model held likely where a piece of text stands; placed below it, or above where there is no room. */
export function PieceCard({ id, index, piece, frame }: PieceCardProps) {
  const card = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const box = card.current
    const span = frame.querySelector(`[data-piece="${index}"]`)
    if (!box || !span) return
    const [at, around] = [span.getBoundingClientRect(), frame.getBoundingClientRect()]
    const below = at.bottom + GAP + box.offsetHeight <= window.innerHeight
    box.style.left = `${Math.max(0, Math.min(at.left - around.left, around.width - box.offsetWidth))}px`
    box.style.top = `${(below ? at.bottom + GAP : at.top - GAP - box.offsetHeight) - around.top}px`
  }, [piece, index, frame])
  const chosen = piece.alternatives.findIndex(({ probability }) => probability === piece.probability)
  return (
    <div role="tooltip" id={id} ref={card} className="text-card">
      <p>
        <code>{shown(piece.text)}</code> had a probability of <b>{percentText(piece.probability)}</b>
      </p>
      {piece.alternatives.length > 0 && (
        <>
          <p className="text-soft">Likeliest here:</p>
          <ol>
            {piece.alternatives.map(({ id: token, label, probability }, i) => (
              <li key={token} className={i === chosen ? 'text-chosen' : undefined}>
                <code>{label}</code>
                <span className="text-bar">
                  <span style={{ width: `${100 * probability}%` }} />
                </span>
                <span className="text-percent">{percentText(probability)}</span>
              </li>
            ))}
          </ol>
        </>
      )}
    </div>
  )
}
