import { Group, Title } from '@mantine/core'
import { Fragment, type ReactNode } from 'react'
import type { CutResult } from '../../io/recording.ts'
import { cutOf, layerSummaries, measuredHeads, wiredHeads, type HeadRow, type HeadSeries } from '../../store/reads-back.ts'
import { headName, percent } from '../../store/reads-back-words.ts'
import { Panel } from '../Panel.tsx'
import { CutExplained } from './CutExplained.tsx'
import type { CutState } from './CutCell.tsx'
import { useHold } from './hold.ts'
import { HeadTable } from './HeadTable.tsx'
import { LeaderCard } from './LeaderCard.tsx'
import './heads.css'

export interface ReadsBackProps extends CutState {
  /** Every head of the shown moment; empty before there are measures. */
  rows: HeadRow[]
  /** The step that they are of. */
  step: number
  /** The step of the rows' values at the start. */
  startStep?: number
  /** A head over the snapshots of the run. */
  series: (row: HeadRow) => HeadSeries
  cuts: CutResult[]
  onSelect: (layer: number, head: number) => void
  /** The text that everything here is measured on. */
  heldOut: string
  /** Buttons of the card, beside Cut. */
  actions?: ReactNode
  figure?: ReactNode
}

/** The answer to: which heads attend to earlier layers? Heads with a choice and heads without are never ranked together. */
export function ReadsBack({ rows, step, startStep = 0, series, cuts, onSelect, heldOut, actions, figure, ...cutState }: ReadsBackProps) {
  const measured = measuredHeads(rows)
  const wired = wiredHeads(rows)
  const ranked = [...measured, ...wired]
  const first = ranked.at(0)
  const { held, handlers } = useHold(first ? headName(first) : '')
  const leader = ranked.find((row) => headName(row) === held) ?? first
  const table = { startStep, series, cuts, onSelect, ...cutState }
  const summaries = layerSummaries(rows)
  return (
    <Panel title="Which heads attend to earlier layers?">
      {rows.length === 0 && <p className="heads-note">The answer appears with the first steps of training.</p>}
      {rows.length > 0 && !leader && (
        <>
          <p className="heads-note">Every head reads its own layer: nothing can reach back. Choose Joint or Skip under Wiring.</p>
          <Group gap="xs">{actions}</Group>
        </>
      )}
      {leader && (
        <div {...handlers}>
          <LeaderCard row={leader} step={step} startStep={startStep} cut={cutOf(cuts, leader)} actions={actions} {...cutState} />
        </div>
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
      {leader && <CutExplained heldOut={heldOut} />}
      {figure}
    </Panel>
  )
}
