import { Group, Paper } from '@mantine/core'
import { SetupBar } from '../setup/SetupBar.tsx'
import { ShareButton } from '../setup/ShareButton.tsx'
import { Controls, FileButtons, TrainButton } from './Controls.tsx'
import { LiveValues } from './LiveValues.tsx'
import { PlanLine } from './PlanLine.tsx'
import { RecordingBanner } from './RecordingBanner.tsx'
import { RunFacts } from './RunFacts.tsx'
import { StateLine } from './StateLine.tsx'

/** What stays in sight wherever one is: what to train, the one button that does it, and how it goes. */
export function TopBar({ onOpenData }: { onOpenData: () => void }) {
  return (
    <Paper component="section" aria-label="Set-up and run" withBorder p="sm" className="top-bar">
      <SetupBar onOpenData={onOpenData} />
      <div className="train-line">
        <TrainButton />
        <div className="train-plan">
          <PlanLine />
        </div>
        <Group gap="xs" className="train-buttons">
          <Controls />
          <FileButtons />
          <ShareButton />
        </Group>
      </div>
      <div className="train-state">
        <LiveValues />
        <div className="train-progress">
          <StateLine />
          <RecordingBanner />
          <RunFacts />
        </div>
      </div>
    </Paper>
  )
}
