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
  const { list, current, problem, elsewhere } = useStore(useApp().experiments.store, (view) => view)
  return (
    <Stack gap="sm">
      <Panel title="A new experiment">
        <NewExperiment />
      </Panel>
      {elsewhere && (
        <Alert role="note" color="gray" variant="outline">
          Another tab of this browser runs the experiments; here they are as this tab found them. Queue and hold them there. Once it is
          closed, this tab goes on with them.
        </Alert>
      )}
      {problem !== null && (
        <Alert color="red" variant="outline">
          {problem}
        </Alert>
      )}
      {[...(list ?? [])].reverse().map((experiment) => (
        <ExperimentPanel
          key={experiment.id}
          experiment={experiment}
          current={current?.id === experiment.id ? current : null}
          elsewhere={elsewhere}
        />
      ))}
    </Stack>
  )
}
