import { Alert, Button, Group, Progress, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { curvesTable, resultsOf, runsTable } from '../../lab/experiment/export.ts'
import type { CurrentRun } from '../../store/experiments.ts'
import type { KeptExperiment } from '../../store/experiments-database.ts'
import type { Plan } from '../../worker/protocol.ts'
import { useApp } from '../app-context.ts'
import { copyText } from '../clipboard.ts'
import { saveFile } from '../files.ts'
import { Panel } from '../Panel.tsx'
import { CellTable } from './CellTable.tsx'
import { DifferencePlot } from './DifferencePlot.tsx'
import { MasteryPlot } from './MasteryPlot.tsx'
import { SeedCurves } from './SeedCurves.tsx'
import { command, count, fileName, runCount, sizeText, stateText } from './words.ts'

interface ExperimentPanelProps {
  experiment: KeptExperiment
  current: CurrentRun | null
  /** Another tab has the queue. */
  elsewhere: boolean
}

const pretty = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`

function Saves({ experiment: { plan, runs } }: { experiment: KeptExperiment }) {
  const name = fileName(plan)
  const none = runs.length === 0
  return (
    <Group gap="xs">
      <Button size="compact-sm" variant="default" onClick={() => saveFile(`${name}.plan.json`, pretty(plan), 'application/json')}>
        Save the plan
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        disabled={none}
        onClick={() => saveFile(`${name}.results.json`, pretty(resultsOf(plan, [...runs])), 'application/json')}
      >
        Save results as JSON
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        disabled={none}
        onClick={() => saveFile(`${name}.csv`, runsTable(runs), 'text/csv;charset=utf-8')}
      >
        Save results as CSV
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        disabled={none}
        onClick={() => saveFile(`${name}.curves.csv`, curvesTable(runs), 'text/csv;charset=utf-8')}
      >
        Save curves as CSV
      </Button>
    </Group>
  )
}

/** The command that repeats it. */
function Repeat({ plan }: { plan: Plan }) {
  const [copied, setCopied] = useState<boolean | null>(null)
  return (
    <>
      <Group gap="sm">
        <Text size="sm" className="experiments-soft">
          The saved plan gives the same numbers on the command line, on the same adapter:
        </Text>
        <Button size="compact-sm" variant="default" onClick={() => void copyText(command(plan)).then(setCopied)}>
          Copy the command
        </Button>
        <Text size="sm" aria-live="polite">
          {copied !== null && (copied ? 'Copied.' : 'The browser does not let the page copy: mark the line and copy it by hand.')}
        </Text>
      </Group>
      <code className="experiments-command">{command(plan)}</code>
    </>
  )
}

/** One experiment: how far it is, what it says, and what to take along. */
export function ExperimentPanel({ experiment, current, elsewhere }: ExperimentPanelProps) {
  const { experiments } = useApp()
  const { id, plan, runs, state, problem } = experiment
  const isTask = runs.some(({ evaluations }) => evaluations.at(-1)?.accuracy !== undefined)
  const inRun = current ? current.step / current.steps : 0
  const goes = state === 'running' || state === 'waiting'
  return (
    <Panel title={plan.title} mark={sizeText(plan)}>
      <Stack gap="sm">
        <Text size="sm" role="status">
          {stateText(experiment)}
          {current &&
            ` Now ${current.cell}, seed ${current.seed}: step ${current.step.toLocaleString('en')} of ${current.steps.toLocaleString('en')}.`}
        </Text>
        {goes && !elsewhere && (
          <Text size="sm" className="experiments-soft">
            It is run while this tab is open. After a reload what is finished is still there, and the run under way begins anew.
          </Text>
        )}
        {problem !== null && (
          <Alert role={state === 'failed' ? 'alert' : 'note'} color={state === 'failed' ? 'red' : 'gray'} variant="outline">
            {problem}
          </Alert>
        )}
        {state !== 'over' && <Progress value={(100 * (runs.length + inRun)) / runCount(plan)} aria-label={`How far ${plan.title} is`} />}
        {!elsewhere && (
          <Group gap="xs">
            {goes && (
              <Button size="compact-sm" onClick={() => experiments.hold(id)}>
                Hold the experiment
              </Button>
            )}
            {(state === 'held' || state === 'failed') && (
              <Button size="compact-sm" onClick={() => experiments.goOn(id)}>
                Go on with the experiment
              </Button>
            )}
            <Button size="compact-sm" variant="default" color="red" onClick={() => experiments.remove(id)}>
              Delete the experiment
            </Button>
          </Group>
        )}
        {runs.length > 0 && (
          <>
            <CellTable plan={plan} runs={runs} />
            <Text size="sm" className="experiments-reading">
              How to read it: were the whole experiment repeated with new seeds many times, 95 in 100 such intervals would hold the true
              difference. One that holds zero does not show that the settings are equal, only that {count(plan.seeds.length, 'seed')} cannot
              tell them apart; its ends say how large the difference may still be. More seeds make it narrower.
            </Text>
            <div className="experiments-figures">
              <DifferencePlot plan={plan} runs={runs} quantity="loss" />
              <SeedCurves plan={plan} runs={runs} current={current} quantity="loss" />
              {isTask && (
                <>
                  <DifferencePlot plan={plan} runs={runs} quantity="accuracy" />
                  <SeedCurves plan={plan} runs={runs} current={current} quantity="accuracy" />
                  <MasteryPlot plan={plan} runs={runs} />
                </>
              )}
            </div>
          </>
        )}
        <Saves experiment={experiment} />
        <Repeat plan={plan} />
      </Stack>
    </Panel>
  )
}
