import { useState } from 'react'
import type { Reads } from '../../model/wiring.ts'
import { record, redo, startHistory, undo, type History } from '../../store/wiring-edit.ts'

export interface ReadsHistory {
  canUndo: boolean
  canRedo: boolean
  undo: () => void
  redo: () => void
}

/** Remembers what `reads` has been, whoever changed it, and goes back and forth through `onChange`. */
export function useHistory(reads: Reads, onChange: (reads: Reads) => void): ReadsHistory {
  const [history, setHistory] = useState(() => startHistory(reads))
  if (history.present !== reads) setHistory(record(history, reads))
  const go = (to: History) => () => {
    if (to.present === history.present) return
    setHistory(to)
    onChange(to.present)
  }
  return { canUndo: history.past.length > 0, canRedo: history.future.length > 0, undo: go(undo(history)), redo: go(redo(history)) }
}
