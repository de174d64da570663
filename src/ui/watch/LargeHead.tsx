import { csvOf } from '../../io/csv.ts'
import { FigureMenu } from '../figure/FigureMenu.tsx'
import { LargeMapDialog } from '../maps/LargeMapDialog.tsx'
import { mapRows, mapSvg } from '../maps/map-figure.ts'
import { useScheme } from '../maps/scheme.ts'
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
  const scheme = useScheme()
  const maps = moment?.maps ?? null
  return (
    <LargeMapDialog
      maps={maps}
      at={at}
      onSelect={onSelect}
      onClose={onClose}
      scrub={<ShownScrub />}
      figure={
        maps &&
        at && (
          <FigureMenu
            name={`map-layer${at.layer}-head${at.head}-step${maps.step}`}
            label="Save the figure of this map"
            svg={() => mapSvg(maps, at.layer, at.head, scheme)}
            csv={() => csvOf(mapRows(maps, at.layer, at.head))}
          />
        )
      }
    />
  )
}
