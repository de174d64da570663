import { Text } from '@mantine/core'
import { sampleAt } from '../../store/moment.ts'
import { shown } from '../../store/session-view.ts'
import { useView } from '../app-context.ts'

/** Above the curve: what the falling loss comes to in words. */
export function NowWrites() {
  const sample = useView((view) => {
    const run = shown(view)
    if (!run) return null
    return sampleAt(run.samples, view.scrub === null ? Infinity : (run.snapshots[view.scrub]?.step ?? Infinity))
  })
  return (
    <div className="now-writes">
      <Text size="sm" fw={600}>
        {sample ? `What it writes after ${sample.step.toLocaleString('en')} ${sample.step === 1 ? 'step' : 'steps'}` : 'What it writes'}
      </Text>
      {sample ? (
        <p className="now-writes-text">
          <span className="now-writes-prompt">{sample.prompt}</span>
          {sample.text}
        </p>
      ) : (
        <p className="now-writes-text unit">The first words come with the first steps.</p>
      )}
    </div>
  )
}
