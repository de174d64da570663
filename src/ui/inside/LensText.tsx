import { useLayoutEffect, useRef, type KeyboardEvent } from 'react'
import type { LensAnswer } from '../../store/lens-words.ts'

interface LensTextProps {
  answer: LensAnswer
  /** Something else is being asked. */
  busy: boolean
  /** So many tokens are to have been read. */
  onPlace: (at: number) => void
}

/** The text that is looked at: any of its tokens but the first, and what may follow it, can be the prediction. One stop of the Tab key, the arrow keys go on from there. */
export function LensText({ answer: { labels, at, label }, busy, onPlace }: LensTextProps) {
  const box = useRef<HTMLDivElement>(null)
  // In a long text the place that is followed may lie below the part that is seen.
  useLayoutEffect(() => {
    const all = box.current
    const followed = all?.querySelector<HTMLElement>('[aria-pressed="true"]')
    if (!all || !followed) return
    const below = followed.offsetTop + followed.offsetHeight - all.clientHeight
    all.scrollTop = Math.min(followed.offsetTop, Math.max(all.scrollTop, below))
  }, [labels, at])
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (!(event.target instanceof HTMLElement)) return
    const from = Number(event.target.dataset.place)
    const place = { ArrowRight: from + 1, ArrowLeft: from - 1, Home: 1, End: labels.length }[event.key]
    if (place === undefined) return
    event.preventDefault()
    event.currentTarget.querySelector<HTMLElement>(`[data-place="${place}"]`)?.focus()
  }
  return (
    <div ref={box} role="group" aria-label="Text under the lens" className="lens-text" onKeyDown={onKeyDown}>
      {[...labels, at === labels.length ? label : '…'].map((one, i) => {
        const end = i === labels.length
        return (
          <button
            key={i}
            type="button"
            className={`lens-token${i === at ? ' followed' : i > at ? ' later' : ''}`}
            data-place={i}
            tabIndex={i === at ? 0 : -1}
            aria-pressed={i === at}
            aria-label={i === 0 ? `“${one}”, the first token` : end ? 'Predict what follows the text' : `Predict “${one}”, token ${i + 1}`}
            disabled={i === 0}
            aria-disabled={busy}
            onClick={() => !busy && i !== at && onPlace(i)}
          >
            {one}
          </button>
        )
      })}
    </div>
  )
}
