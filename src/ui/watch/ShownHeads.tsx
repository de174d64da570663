import { Button } from '@mantine/core'
import { useMemo } from 'react'
import { csvOf } from '../../store/figure.ts'
import { headRows, headSeries, type HeadRow } from '../../store/reads-back.ts'
import { hasModel } from '../../store/session.ts'
import { shown } from '../../store/session-view.ts'
import { useApp, useView } from '../app-context.ts'
import { FigureMenu } from '../figure/FigureMenu.tsx'
import { HeadSquares } from '../heads/HeadSquares.tsx'
import { readsBackRows, squaresSvg } from '../heads/heads-figure.ts'
import { ReadsBack } from '../heads/ReadsBack.tsx'
import type { HeadPlace } from '../tabs/WatchTab.tsx'
import { TwinButton } from './TwinButton.tsx'
import { useMoment } from './useMoment.ts'

const NO_ROWS: HeadRow[] = []

/** The heads of the shown moment, with what they did at the start. */
function useRows(): { rows: HeadRow[]; step: number; startStep: number } {
  const moment = useMoment()
  const start = useView((view) => shown(view)?.snapshots[0])
  return useMemo(() => {
    if (!moment) return { rows: NO_ROWS, step: 0, startStep: 0 }
    const { maps, heads } = moment
    return { rows: headRows(maps.reads, heads, start?.heads ?? null), step: maps.step, startStep: start?.step ?? 0 }
  }, [moment, start])
}

interface ShownSquaresProps {
  selected: HeadPlace | null
  onSelect: (layer: number, head: number) => void
}

/** Every head of the run that is shown as a square. */
export function ShownSquares({ selected, onSelect }: ShownSquaresProps) {
  const { rows, step, startStep } = useRows()
  return (
    <HeadSquares
      rows={rows}
      startStep={startStep}
      selected={selected}
      onSelect={onSelect}
      figure={
        rows.length > 0 && (
          <FigureMenu
            name={`heads-step${step}`}
            label="Save the figure of the heads"
            svg={() => squaresSvg(rows, step)}
            csv={() => csvOf(readsBackRows(rows, [], step))}
          />
        )
      }
    />
  )
}

/** Which heads of the run that is shown read back, and what cutting them costs. */
export function ShownReadsBack({ onSelect }: { onSelect: (layer: number, head: number) => void }) {
  const { session, loadRecordedModel } = useApp()
  const { rows, step, startStep } = useRows()
  const run = useView(shown)
  const cutting = useView((view) => view.cutting)
  const recorded = useView((view) => view.recording !== null)
  const model = useView(hasModel)
  const canLoad = useView((view) => view.adapter !== null && !view.broken && view.state === 'idle')
  if (!run)
    return (
      <ReadsBack
        rows={NO_ROWS}
        step={0}
        series={() => ({ steps: [], values: [] })}
        cuts={[]}
        cutting={null}
        onCut={null}
        onSelect={onSelect}
        heldOut=""
      />
    )
  return (
    <ReadsBack
      rows={rows}
      step={step}
      startStep={startStep}
      series={(row) => headSeries(run.snapshots, row)}
      cuts={run.cuts}
      cutting={cutting}
      onCut={model && !recorded ? session.cut : null}
      cutReason={
        recorded
          ? 'This is a recording: every head was cut when it was made. Train, or load its model, to cut heads yourself.'
          : 'There is no model yet: press Train.'
      }
      onSelect={onSelect}
      heldOut={run.run.heldOut}
      actions={
        <>
          <TwinButton />
          {recorded && canLoad && (
            <Button variant="default" size="sm" onClick={loadRecordedModel}>
              Load its model
            </Button>
          )}
        </>
      }
      figure={
        rows.length > 0 && (
          <FigureMenu
            name={`reads-back-step${step}`}
            label="Save the table of the heads"
            svg={() => squaresSvg(rows, step)}
            csv={() => csvOf(readsBackRows(rows, run.cuts, step))}
          />
        )
      }
    />
  )
}
