import { Grid, Stack } from '@mantine/core'
import { useState } from 'react'
import { LargeHead } from '../watch/LargeHead.tsx'
import { ShownCurves } from '../watch/ShownCurves.tsx'
import { ShownReadsBack, ShownSquares } from '../watch/ShownHeads.tsx'
import { ShownMapsPanel } from '../watch/ShownMapsPanel.tsx'
import { ShownScrub } from '../watch/ShownScrub.tsx'
import { ShownText } from '../watch/ShownText.tsx'

export interface HeadPlace {
  layer: number
  head: number
}

/** A run as it goes: whether it learns, which heads reach back, where they look, and what it writes. */
export function WatchTab() {
  const [large, setLarge] = useState<HeadPlace | null>(null)
  const select = (layer: number, head: number) => setLarge({ layer, head })
  return (
    <Stack gap="sm">
      <div className="watch-scrub">
        <ShownScrub />
      </div>
      <Grid gap="sm">
        <Grid.Col span={{ base: 12, md: 5 }}>
          <ShownCurves />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <ShownSquares selected={large} onSelect={select} />
        </Grid.Col>
      </Grid>
      <ShownReadsBack onSelect={select} />
      <ShownMapsPanel onSelect={select} />
      <ShownText />
      <LargeHead at={large} onSelect={select} onClose={() => setLarge(null)} />
    </Stack>
  )
}
