import { Text } from '@mantine/core'
import { datasetTitle } from '../../store/kept-run.ts'
import { useView } from '../app-context.ts'
import { bytesText, parametersText } from '../units.ts'

/** What the run on the GPU is and takes, in one line. */
export function RunFacts() {
  const live = useView((view) => view.live)
  const elsewhere = useView((view) => view.recording !== null && view.state !== 'compiling')
  // While a recording is shown, its own line stands here.
  if (!live || elsewhere) return null
  const { run, curve, adapter } = live
  const { training } = curve
  const norm = training.gradNorm.at(-1)
  const rate = training.lr.at(-1)
  const facts = [
    `${run.wiring} on ${datasetTitle(run.dataset)}`,
    `${parametersText(run.parameters)} parameters`,
    `${bytesText(run.bytes)} of ${adapter.software ? 'memory' : 'GPU memory'}`,
    `seed ${run.settings.seed}`,
    ...(rate === undefined ? [] : [`learning rate ${rate.toPrecision(3)}`]),
    ...(norm === undefined ? [] : [`gradient norm ${norm.toPrecision(3)}`]),
  ]
  return (
    <Text size="xs" className="unit">
      {facts.join(' · ')}
    </Text>
  )
}
