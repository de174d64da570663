import './runs.css'
import { Alert, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useMemo, useRef } from 'react'
import type { DamagedRun, KeptRun } from '../../store/kept-run.ts'
import type { Usage } from '../../store/runs.ts'
import { Comparison } from './Comparison.tsx'
import { DeleteButton } from './DeleteButton.tsx'
import { RunRow, type RunActions } from './RunRow.tsx'
import type { RunStyle } from './Swatch.tsx'
import { sizeText } from './words.ts'

export interface RunsPanelProps extends RunActions {
  /** Newest first. */
  runs: readonly KeptRun[]
  damaged: readonly DamagedRun[]
  /** What could not be kept, with the fix. */
  problem: string | null
  usage: Usage | null
  /** The ids of the runs that are drawn in the curves. */
  drawn: ReadonlySet<string>
  styleOf: (id: string) => RunStyle | null
  /** The id of the run on the GPU. */
  current: string | null
  /** Whether weights can be loaded into the GPU now. */
  canLoad: boolean
}

const HEADINGS = ['Draw', 'Run', 'Dataset', 'Wiring', 'Steps', 'Held-out loss', 'Weights', 'Actions']

function storageText({ bytes, quota }: Usage): string {
  const granted = quota === null ? '' : `, of about ${sizeText(quota)} that it grants`
  return `${sizeText(bytes)} of this browser's storage${granted}`
}

/** The runs that this browser keeps, and what differs between those that are drawn. */
export function RunsPanel({ runs, damaged, problem, usage, drawn, styleOf, current, canLoad, ...actions }: RunsPanelProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  const compared = useMemo(() => runs.filter(({ id }) => drawn.has(id)), [runs, drawn])
  const remove = (id: string) => {
    actions.onRemove(id)
    // The row goes, and the focus with it, unless it is given a place.
    heading.current?.focus()
  }
  const empty = runs.length === 0 && damaged.length === 0
  return (
    <Paper component="section" withBorder p={{ base: 'sm', sm: 'md' }} className="runs">
      <Stack gap="md">
        <Group justify="space-between" gap="xs">
          <Title order={2} size="h4" ref={heading} tabIndex={-1} className="runs-heading">
            Runs kept in this browser
          </Title>
          {usage && !empty && (
            <Text size="sm" className="runs-soft">
              {storageText(usage)}
            </Text>
          )}
        </Group>
        {problem && (
          <Alert color="red" variant="outline" title="Keeping runs did not work" classNames={{ title: 'complaint-title' }}>
            {problem}
          </Alert>
        )}
        {empty && !problem && (
          <Text className="runs-empty">
            Runs you train here are kept in this browser only: their settings, curves and attention through training. Come back to them,
            note what you saw, and set them side by side. Nothing leaves this device.
          </Text>
        )}
        {runs.length > 0 && (
          <table role="table" className="runs-table" aria-label="Kept runs, the newest first">
            <thead role="rowgroup">
              <tr role="row">
                {HEADINGS.map((text) => (
                  <th key={text} role="columnheader" scope="col">
                    {text}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody role="rowgroup">
              {runs.map((run, i) => (
                <RunRow
                  key={run.id}
                  {...actions}
                  onRemove={remove}
                  run={run}
                  before={runs[i + 1]}
                  original={runs.find(({ id }) => id === run.pair)}
                  drawn={drawn.has(run.id)}
                  style={styleOf(run.id)}
                  current={run.id === current}
                  canLoad={canLoad}
                />
              ))}
            </tbody>
          </table>
        )}
        {damaged.length > 0 && (
          <section>
            <Title order={3} size="h5" mb={4}>
              Cannot be read
            </Title>
            <Text size="sm">These are damaged, or were kept by another version of Skipscope. All you can do here is delete them.</Text>
            <ul className="runs-damaged">
              {damaged.map(({ id, name, reason }) => (
                <li key={id}>
                  <div>
                    <Text size="sm">{name}</Text>
                    <Text size="xs" className="runs-soft breakable">
                      {reason}
                    </Text>
                  </div>
                  <DeleteButton name={name} question="Delete it with its weights?" onDelete={() => remove(id)} />
                </li>
              ))}
            </ul>
          </section>
        )}
        {compared.length > 1 && <Comparison runs={compared} styleOf={styleOf} />}
        {compared.length < 2 && runs.length > 1 && (
          <Text size="sm" className="runs-soft">
            Ticked runs are drawn among the curves. Tick two or more to see here what differs between them.
          </Text>
        )}
      </Stack>
    </Paper>
  )
}
