import { Button } from '@mantine/core'
import { useMemo } from 'react'
import type { CutResult } from '../../io/recording.ts'
import { csvOf } from '../../io/csv.ts'
import { headRows, headSeries, type HeadRow } from '../../store/reads-back.ts'
import { hasModel } from '../../store/session.ts'
import { isRecorded, shown } from '../../store/session-view.ts'
import { useApp, useView } from '../app-context.ts'
import { FigureMenu } from '../figure/FigureMenu.tsx'
import { HeadSquares } from '../heads/HeadSquares.tsx'
import { readsBackRows, squaresSvg } from '../heads/heads-figure.ts'
import type { CutState } from '../heads/CutCell.tsx'
import { LeaderCard } from '../heads/LeaderCard.tsx'
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

const NO_CUTS: CutResult[] = []

/** What can be cut now, and otherwise why not. */
function useCutState(): CutState {
  const { session } = useApp()
  const cutting = useView((view) => view.cutting)
  const recorded = useView((view) => view.recording !== null)
  const model = useView(hasModel)
  if (model && !recorded) return { cutting, onCut: session.cut }
  return {
    cutting,
    onCut: null,
    cutReason: recorded
      ? 'This is a recording: its heads were cut when it was made. Train to cut heads yourself.'
      : 'There is no model yet: press Train.',
  }
}

/** Every head of the run that is shown as a square, and in words the one that reads back most. */
export function ShownSquares({ selected, onSelect }: ShownSquaresProps) {
  const { loadRecordedModel } = useApp()
  const { rows, step, startStep } = useRows()
  const cuts = useView((view) => shown(view)?.cuts ?? NO_CUTS)
  const guessing = useView((view) => {
    const run = shown(view)?.run
    return run && Math.log(run.config.vocab_size)
  })
  const recorded = useView(isRecorded)
  const cutState = useCutState()
  const canLoad = useView((view) => view.recording !== null && view.adapter !== null && !view.broken && view.state === 'idle')
  return (
    <HeadSquares
      rows={rows}
      startStep={startStep}
      selected={selected}
      onSelect={onSelect}
      mark={rows.length === 0 ? undefined : recorded ? 'Recording' : 'Your run'}
      figure={
        rows.length > 0 && (
          <FigureMenu
            name={`heads-step${step}`}
            label="Save the figure of the heads"
            svg={() => squaresSvg(rows, step)}
            csv={() => csvOf(readsBackRows(rows, cuts, step))}
          />
        )
      }
    >
      <LeaderCard
        rows={rows}
        step={step}
        startStep={startStep}
        cuts={cuts}
        guessing={guessing}
        {...cutState}
        actions={
          <>
            <TwinButton />
            {canLoad && (
              <Button variant="default" size="sm" onClick={loadRecordedModel}>
                Load this model
              </Button>
            )}
          </>
        }
      />
    </HeadSquares>
  )
}

/** Every head of the run that is shown that reads back, and what cutting it costs. */
export function ShownReadsBack({ onSelect }: { onSelect: (layer: number, head: number) => void }) {
  const { rows, step, startStep } = useRows()
  const run = useView(shown)
  const cutState = useCutState()
  const cuts = run?.cuts ?? NO_CUTS
  const readingBack = rows.filter((row) => row.kind !== 'own')
  return (
    <ReadsBack
      rows={rows}
      startStep={startStep}
      series={(row) => headSeries(run?.snapshots ?? [], row)}
      cuts={cuts}
      onSelect={onSelect}
      heldOut={run?.run.heldOut ?? ''}
      figure={
        readingBack.length > 0 && (
          <FigureMenu
            name={`heads-that-read-back-step${step}`}
            text="Save the table"
            label="Save the table of the heads"
            svg={() => squaresSvg(rows, step)}
            csv={() => csvOf(readsBackRows(readingBack, cuts, step))}
          />
        )
      }
      {...cutState}
    />
  )
}
