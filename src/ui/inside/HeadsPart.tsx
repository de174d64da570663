import './inside.css'
import { Group, Stack, Text } from '@mantine/core'
import { useMemo } from 'react'
import type { Snapshot } from '../../io/recording.ts'
import { Panel } from '../Panel.tsx'
import { ShownScrub } from '../watch/ShownScrub.tsx'
import { AskButton } from './AskButton.tsx'
import { HeadTable } from './HeadTable.tsx'
import { useLabRows } from './useLabRows.ts'
import { useView } from '../app-context.ts'
import type { LabRow } from '../../store/lab-rows.ts'
import { percent } from '../../store/reads-back-words.ts'
import { shown } from '../../store/session-view.ts'

const KINDS = [
  {
    kind: 'measured',
    title: 'Heads with a choice',
    about: 'They weigh their own layer against an earlier one: how much they read back is measured.',
  },
  {
    kind: 'wired',
    title: 'Wired heads',
    about: 'Every source is an earlier layer by design: where they look back is no finding, what it is worth may be.',
  },
  { kind: 'own', title: 'Heads of their own layer', about: 'They read no other layer.' },
] as const

const NONE: Snapshot[] = []

/** What no preference at all would show. */
function chanceText(rows: readonly LabRow[]): string {
  const chances = [...new Set(rows.map(({ chance }) => percent(chance)))]
  return ` Weighing all alike, they would pay ${chances.join(' or ')} to earlier layers.`
}

/** What every head does: measures on text, scores on repeated random sequences, and what its absence costs. */
export function HeadsPart() {
  const { rows, scores, stale } = useLabRows()
  const snapshots = useView((view) => shown(view)?.snapshots ?? NONE)
  const kinds = useMemo(() => KINDS.map((one) => ({ ...one, rows: rows.filter(({ kind }) => kind === one.kind) })), [rows])
  return (
    <Panel title="What every head does">
      <Stack gap="sm">
        <Text size="sm">
          The first four columns are of the held-out sample and move with the scrub bar. The scores look for patterns that are known: a head
          that scores high on induction continues what has been seen before. Where a head looks is not yet what it does for the model: the
          change of loss takes its output away. Press a column’s name for its formula and source.
        </Text>
        <ShownScrub />
        <Group gap="sm">
          <AskButton question={{ about: 'scores' }}>Score the heads</AskButton>
          <AskButton question={{ about: 'sweep', sweep: 'mean' }} quiet>
            Sweep all heads
          </AskButton>
        </Group>
        {scores && (
          <Text size="sm" className="inside-soft">
            Scores on {scores.sequences} sequences: {scores.block} random tokens twice, {scores.quarter} four times.
          </Text>
        )}
        {stale > 0 && (
          <Text size="sm" className="inside-soft">
            Scores and changes of loss are of step {stale.toLocaleString('en')}; ask again for the weights as they are now.
          </Text>
        )}
        {rows.length === 0 && <Text size="sm">There is no run yet: press Train.</Text>}
        {kinds.map(
          ({ kind, title, about, rows: own }) =>
            own.length > 0 && (
              <Stack key={kind} gap="xs">
                <Text size="sm" fw={600}>
                  {title}
                </Text>
                <Text size="sm" className="inside-soft">
                  {about}
                  {kind === 'measured' && chanceText(own)}
                </Text>
                <HeadTable title={title} rows={own} snapshots={snapshots} />
              </Stack>
            ),
        )}
        <Text size="sm" className="inside-soft">
          Change of loss: mean over held-out sequences ± its 95 % interval. Without retraining; heads may compensate.
        </Text>
      </Stack>
    </Panel>
  )
}
