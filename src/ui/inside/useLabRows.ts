/** The heads of the shown moment with what the lab knows of them. */
import { useMemo } from 'react'
import { labRows, type LabRow, type Scores, type Swept } from '../../store/lab-rows.ts'
import { isRecorded } from '../../store/session-view.ts'
import { useView } from '../app-context.ts'
import { useMoment } from '../watch/useMoment.ts'

export interface LabRows {
  rows: LabRow[]
  scores: Scores | null
  swept: Swept | null
  /** The step of the answers, where the weights have changed since; 0 where they have not. */
  stale: number
}

const NO_ROWS: LabRow[] = []

/** Answers are about the run on the GPU: over a recording they are left out. */
export function useLabRows(): LabRows {
  const moment = useMoment()
  const recorded = useView(isRecorded)
  const answers = useView((view) => view.lab.answers)
  const step = useView((view) => view.live?.step ?? 0)
  const scores = recorded ? undefined : answers.scores
  const swept = recorded ? undefined : answers.sweep
  const rows = useMemo(
    () => (moment ? labRows(moment.maps.reads, moment.heads, scores?.answer ?? null, swept?.answer ?? null) : NO_ROWS),
    [moment, scores, swept],
  )
  const steps = [scores, swept].flatMap((one) => (one && one.step !== step ? [one.step] : []))
  return { rows, scores: scores?.answer ?? null, swept: swept?.answer ?? null, stale: Math.max(0, ...steps) }
}
