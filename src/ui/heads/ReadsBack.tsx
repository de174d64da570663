import { Title } from '@mantine/core'
import { Fragment, type ReactNode } from 'react'
import type { CutResult } from '../../io/recording.ts'
import { layerSummaries, measuredHeads, wiredHeads, type HeadRow, type HeadSeries } from '../../store/reads-back.ts'
import { percent } from '../../store/reads-back-words.ts'
import { Panel } from '../Panel.tsx'
import { CutExplained } from './CutExplained.tsx'
import type { CutState } from './CutCell.tsx'
import { HeadTable } from './HeadTable.tsx'
import './heads.css'

export interface ReadsBackProps extends CutState {
  /** Every head of the shown moment; empty before there are measures. */
  rows: HeadRow[]
  /** The step of the rows' values at the start. */
  startStep?: number
  /** A head over the snapshots of the run. */
  series: (row: HeadRow) => HeadSeries
  cuts: CutResult[]
  onSelect: (layer: number, head: number) => void
  /** The text that everything here is measured on. */
  heldOut: string
  figure?: ReactNode
}

/** The heads that attend to earlier layers, one by one. Heads with a choice and heads without are never ranked together. */
export function ReadsBack({ rows, startStep = 0, series, cuts, onSelect, heldOut, figure, ...cutState }: ReadsBackProps) {
  const measured = measuredHeads(rows)
  const wired = wiredHeads(rows)
  const table = { startStep, series, cuts, onSelect, ...cutState }
  const summaries = layerSummaries(rows)
  return (
    <Panel title="Every head that reads back" action={figure}>
      {rows.length === 0 && <p className="heads-note">The answer appears with the first steps of training.</p>}
      {rows.length > 0 && measured.length + wired.length === 0 && (
        <p className="heads-note">Every head reads its own layer: nothing can reach back. Choose Joint or Skip under Wiring.</p>
      )}
      {measured.length > 0 && (
        <section>
          <Title order={3} size="h5">
            Measured
          </Title>
          <p className="heads-note">These heads choose between their own layer and earlier ones. The mark on a bar is chance.</p>
          <HeadTable kind="measured" rows={measured} {...table} />
          <p className="heads-note">
            Mean by layer:{' '}
            {summaries.map(({ layer, earlier, chance }, i) => (
              <Fragment key={layer}>
                {i > 0 && '; '}
                <span className="heads-summary">
                  layer {layer} <b data-value={earlier}>{percent(earlier)}</b> (chance {percent(chance)})
                </span>
              </Fragment>
            ))}
            .
          </p>
        </section>
      )}
      {wired.length > 0 && (
        <section>
          <Title order={3} size="h5">
            Wired
          </Title>
          <p className="heads-note">
            These heads can read nothing but earlier layers, so where they look is no finding. What they give is: their part of their
            layer’s output. The mark on a bar is an equal part.
          </p>
          <HeadTable kind="wired" rows={wired} {...table} />
        </section>
      )}
      {measured.length + wired.length > 0 && <CutExplained heldOut={heldOut} />}
    </Panel>
  )
}
