import { Text } from '@mantine/core'
import { isTask } from '../../store/setup/data.ts'
import { isChanged } from '../../store/setup.ts'
import { useSetup, useView } from '../app-context.ts'
import { bytesText, durationText, parametersText } from '../units.ts'

/** What Train will do, how large it is, and how long it should take here. */
export function PlanLine() {
  const adapter = useView((view) => view.adapter)
  const broken = useView((view) => view.broken)
  const { value, problem } = useView((view) => view.estimate)
  const task = useSetup((setup) => isTask(setup.dataset))
  const running = useView((view) => view.state === 'running')
  const changed = useSetup(isChanged)
  const under = running && !changed
  if (broken) return <Text size="sm">Training needs a GPU that this browser lets pages use; the recording below needs none.</Text>
  if (problem !== null)
    return (
      <Text size="sm" className="plan-problem">
        {problem}
      </Text>
    )
  if (!value || !adapter) return <Text size="sm">Measuring this machine…</Text>
  const { config, settings, parameters, bytes, bytesOtherwise, seconds } = value
  return (
    <Text size="sm">
      {config.n_layers} layers of {config.n_heads} heads: {parametersText(parameters)} parameters, {bytesText(bytes)} of{' '}
      {adapter.software ? 'memory' : 'GPU memory'} ({bytesText(bytesOtherwise)}{' '}
      {settings.recompute ? 'if everything is kept' : 'if layers are computed again'}
      ). {settings.steps.toLocaleString('en')} steps{task ? '' : ' on this text'}
      {under ? ' ' : ': '}
      {!under && <strong>{durationText(seconds)} </strong>}
      {adapter.software ? 'on this processor (no GPU was found)' : 'on this GPU'}.
    </Text>
  )
}
