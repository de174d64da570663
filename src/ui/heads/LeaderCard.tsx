import { Group } from '@mantine/core'
import type { ReactNode } from 'react'
import type { CutResult } from '../../io/recording.ts'
import { costliest, cutOf, measuredHeads, wiredHeads, type HeadRow, type MeasuredHead, type WiredHead } from '../../store/reads-back.ts'
import { chanceWords, cutNumbers, cutWords, headName, leadingWords, percent, wiredWords, verdictOf } from '../../store/reads-back-words.ts'
import { sourceLabel } from '../../store/patterns.ts'
import { CutButton, type CutState } from './CutCell.tsx'
import { useHold } from './hold.ts'

interface LeaderCardProps extends CutState {
  /** Every head of the shown moment. */
  rows: HeadRow[]
  /** The step that its values are of. */
  step: number
  startStep: number
  cuts: CutResult[]
  /** The loss of guessing, ln V, nats. */
  guessing?: number
  /** Buttons beside Cut. */
  actions?: ReactNode
}

function meaning(row: MeasuredHead | WiredHead, startStep: number): string {
  const start = row.start === null ? '' : `; at step ${startStep} it was ${percent(row.start)}`
  if (row.kind === 'wired') {
    const sources = row.slots.map((slot) => sourceLabel(row.layer, slot)).join(' and ')
    return `By design it reads ${sources} alone, so what it gives is the finding: an equal part would be ${percent(row.chance)}${start}.`
  }
  return `${chanceWords(row)}: a head that weighed all it can read alike would pay ${percent(row.chance)}${start}.`
}

/** The head that reads back most (where none has a choice: the one that gives most), in one sentence, and whether it matters. */
export function LeaderCard({ rows, step, startStep, cuts, guessing, cutting, onCut, cutReason, actions }: LeaderCardProps) {
  const ranked = [...measuredHeads(rows), ...wiredHeads(rows)]
  const first = ranked.at(0)
  const { held, handlers } = useHold(first ? headName(first) : '')
  const row = ranked.find((other) => headName(other) === held) ?? first
  if (!row) return rows.length > 0 ? <Group gap="xs">{actions}</Group> : null
  const cut = cutOf(cuts, row)
  const most = row.kind === 'measured' ? costliest(measuredHeads(rows), cuts) : costliest(wiredHeads(rows), cuts)
  const value = row.kind === 'measured' ? row.earlier : row.share
  return (
    <div className="heads-leader" {...handlers}>
      <p className="heads-leader-title">
        {row.kind === 'measured' ? 'Reads back most' : 'Gives most of the heads that are wired back'}, after {step}{' '}
        {step === 1 ? 'step' : 'steps'}
      </p>
      <p className="heads-leader-sentence">
        <b>{headName(row)}:</b> <span data-value={value}>{row.kind === 'measured' ? leadingWords(row) : wiredWords(row)}</span>.{' '}
        {cut ? (
          <>
            Cut:{' '}
            <span className="heads-number" data-value={cut.difference} data-interval={cut.interval}>
              {cutNumbers(cut)}
            </span>
          </>
        ) : (
          <span className="heads-soft">Not cut yet</span>
        )}
      </p>
      <p className="heads-leader-meaning">
        {meaning(row, startStep)}{' '}
        {cut
          ? `${cutWords(cut)} Held-out loss ${cut.loss.toFixed(2)} → ${(cut.loss + cut.difference).toFixed(2)}${guessing === undefined ? '' : `, guessing ${guessing.toFixed(2)}`}; measured at step ${cut.step}.`
          : 'Cut it to see whether the model relies on it.'}
      </p>
      {most && most.row !== row && verdictOf(most.cut) === 'hurts' && (
        <p className="heads-leader-meaning">
          <b>Costs most when cut:</b> {headName(most.row)}, {cutNumbers(most.cut)}
          {row.kind === 'measured' ? ', though it reads back less' : ''}.
        </p>
      )}
      <Group gap="xs">
        <CutButton layer={row.layer} head={row.head} name="Cut this head" size="sm" cutting={cutting} onCut={onCut} cutReason={cutReason} />
        {actions}
      </Group>
      {!onCut && cutReason && <p className="heads-leader-meaning">{cutReason}</p>}
    </div>
  )
}
