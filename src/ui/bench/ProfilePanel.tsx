import { Text } from '@mantine/core'
import { figureText, percentText } from '../../store/bench-text.ts'
import type { Profile } from '../../worker/protocol.ts'
import { Term } from '../help/Term.tsx'
import { Panel } from '../Panel.tsx'
import { ProfileChart } from './ProfileChart.tsx'
import { ProfileTable } from './ProfileTable.tsx'

/** Where the time of a step goes, kernel by kernel. */
export function ProfilePanel({ shape, profile: { kernels, summary } }: { shape: string; profile: Profile }) {
  const { ceilings } = summary
  return (
    <Panel title={`Kernels of ${shape}`}>
      <Text size="sm">
        {summary.dispatches} dispatches: {figureText(summary.kernels_ms)} ms when each <Term word="kernel" /> is timed alone,{' '}
        {figureText(summary.step_ms)} ms one after another as in a step. At this machine’s limits it would be{' '}
        {figureText(summary.ceiling_ms)} ms ({percentText(summary.of_ceiling)} reached). Those were measured just now:{' '}
        {figureText(ceilings.tflops)} <Term word="TFLOP/s" /> in registers, {figureText(ceilings.gb_per_s)} <Term word="GB/s" /> of a copy,{' '}
        {figureText(ceilings.launch_us)} µs for an empty dispatch. Clock: {summary.clock}.
      </Text>
      <ProfileChart shape={shape} kernels={kernels} />
      <ProfileTable shape={shape} kernels={kernels} />
    </Panel>
  )
}
