import { LargeMapDialog } from '../maps/LargeMapDialog.tsx'
import type { HeadPlace } from '../tabs/WatchTab.tsx'
import { ShownScrub } from './ShownScrub.tsx'
import { useMoment } from './useMoment.ts'

interface LargeHeadProps {
  at: HeadPlace | null
  onSelect: (layer: number, head: number) => void
  onClose: () => void
}

/** One head of the run that is shown, large. */
export function LargeHead({ at, onSelect, onClose }: LargeHeadProps) {
  const moment = useMoment()
  return <LargeMapDialog maps={moment?.maps ?? null} at={at} onSelect={onSelect} onClose={onClose} scrub={<ShownScrub />} />
}
