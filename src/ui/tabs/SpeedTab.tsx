import '../bench/bench.css'
import { Stack } from '@mantine/core'
import { useEffect } from 'react'
import { useApp, useView } from '../app-context.ts'
import { BenchForm } from '../bench/BenchForm.tsx'
import { BenchProgress } from '../bench/BenchProgress.tsx'
import { CopyButtons } from '../bench/CopyButtons.tsx'
import { ProfilePanel } from '../bench/ProfilePanel.tsx'
import { Results } from '../bench/Results.tsx'
import { TunedKernels } from '../bench/TunedKernels.tsx'
import { Panel } from '../Panel.tsx'

/** How fast this adapter trains, beside others, and where the time goes. */
export function SpeedTab() {
  const { session } = useApp()
  const bench = useView((view) => view.bench)
  const run = useView((view) => view.live?.run)
  const ready = useView((view) => view.adapter !== null)
  const timing = bench.running !== null
  // Whatever has begun or ended meanwhile may have chosen more.
  useEffect(() => {
    if (ready && !timing) session.askTuned()
  }, [session, ready, timing, run])
  return (
    <Stack gap="sm">
      <Panel title="Benchmark">
        <BenchForm />
        <BenchProgress bench={bench} />
      </Panel>
      {bench.results.length > 0 && (
        <Panel title="Results">
          <Results results={bench.results} />
          <CopyButtons bench={bench} />
        </Panel>
      )}
      {Object.entries(bench.profiles).map(([shape, profile]) => (
        <ProfilePanel key={shape} shape={shape} profile={profile} />
      ))}
      <TunedKernels />
    </Stack>
  )
}
