import { useState, type FocusEvent, type PointerEvent } from 'react'

interface Hold<Value> {
  /** What was current when somebody came; null while nobody is there. */
  held: Value | null
  /** For the element that shows it. */
  handlers: {
    onPointerEnter: () => void
    onPointerLeave: (event: PointerEvent<HTMLElement>) => void
    onFocus: () => void
    onBlur: (event: FocusEvent<HTMLElement>) => void
  }
}

/** Keeps a ranking as it is while somebody points at it or is in it by keyboard, so that nothing moves from under a click. */
export function useHold<Value>(current: Value): Hold<Value> {
  const [held, setHeld] = useState<Value | null>(null)
  const hold = () => setHeld((before) => before ?? current)
  return {
    held,
    handlers: {
      onPointerEnter: hold,
      onPointerLeave({ currentTarget }) {
        // A button that was clicked has the focus too, but nobody goes on by keyboard from there.
        if (!currentTarget.querySelector(':focus-visible')) setHeld(null)
      },
      onFocus: hold,
      onBlur({ currentTarget, relatedTarget }) {
        if (!currentTarget.matches(':hover') && !currentTarget.contains(relatedTarget)) setHeld(null)
      },
    },
  }
}
