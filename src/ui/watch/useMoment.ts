/** The moment of the run that the page shows. */
import { useMemo } from 'react'
import { momentOf, type Moment } from '../../store/moment.ts'
import { shown } from '../../store/session-view.ts'
import { useView } from '../app-context.ts'

export function useMoment(): Moment | null {
  const run = useView(shown)
  const scrub = useView((view) => view.scrub)
  return useMemo(() => (run ? momentOf(run, scrub) : null), [run, scrub])
}
