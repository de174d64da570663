import { memo } from 'react'

/** Characters of the text's beginning, and of its end. */
const ENDS = 8

interface TextEdgeProps {
  labels: string[]
  /** What stands between two tokens. */
  between: string
  axis: 'rows' | 'columns'
}

/** The text along an edge of a small map: a short one token by token, of a longer one, whose squares are too small for that, its beginning and its end. */
export const TextEdge = memo(function TextEdge({ labels, between, axis }: TextEdgeProps) {
  if (labels.length <= 2 * ENDS && labels.every((label) => label.length === 1)) {
    return (
      <div className={`maps-edge each ${axis}`} aria-hidden>
        {labels.map((label, position) => (
          <span key={position}>{label}</span>
        ))}
      </div>
    )
  }
  const text = [...labels.join(between)]
  return (
    <div className={`maps-edge ends ${axis}`} aria-hidden>
      {text.length <= 2 * ENDS ? (
        <span>{text.join('')}</span>
      ) : (
        <>
          <span>{text.slice(0, ENDS).join('')}…</span>
          <span>…{text.slice(-ENDS).join('')}</span>
        </>
      )}
    </div>
  )
})
