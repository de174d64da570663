import { memo } from 'react'

/** Characters of the text's beginning, and of its end. */
const ENDS = 8

interface TextEdgeProps {
  labels: string[]
  /** What stands between two tokens. */
  between: string
  axis: 'rows' | 'columns'
}

/** How the text begins and ends along an edge of a small map, whose squares are too small for a label each; drawn anew only with another text. */
export const TextEdge = memo(function TextEdge({ labels, between, axis }: TextEdgeProps) {
  const text = [...labels.join(between)]
  return (
    <div className={`maps-edge ${axis}`} aria-hidden>
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
