import '../curves/curves.css'
import '../experiments/experiments.css'
import { Alert, Stack } from '@mantine/core'
import { useStore } from 'zustand'
import { useApp } from '../app-context.ts'
import { ExperimentPanel } from '../experiments/ExperimentPanel.tsx'
import { NewExperiment } from '../experiments/NewExperiment.tsx'
import { Panel } from '../Panel.tsx'

/** Which setting is better, beyond what seeds do by chance. */
export function ExperimentsTab() {
  const { list, current, problem } = useStore(useApp().experiments.store, (view) => view)
  return (
    <Stack gap="sm">
      <Panel title="A new experiment">
        <NewExperiment />
      </Panel>
      {problem !== null && (
        <Alert color="red" variant="outline">
          {problem}
        </Alert>
      )}
      {[...(list ?? [])].reverse().map((experiment) => (
        <ExperimentPanel key={experiment.id} experiment={experiment} current={current?.id === experiment.id ? current : null} />
      ))}
    </Stack>
  )
}
