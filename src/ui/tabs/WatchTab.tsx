import { Grid, Stack } from '@mantine/core'
import { useState } from 'react'
import { entryOf } from '../../store/setup/data.ts'
import type { RunSummary } from '../../worker/protocol.ts'
import { useView } from '../app-context.ts'
import { LoadingSnippet } from '../export/LoadingSnippet.tsx'
import { Panel } from '../Panel.tsx'
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

/** How much of a held-out text the Python code begins with: words of a task, characters of a text. */
const WORDS = 8
const CHARACTERS = 16

/** A text that the model of a run can surely read: tasks have alphabets of their own, and a text of one's own may have. */
function promptOf({ dataset, heldOut }: RunSummary): string {
  const kind = entryOf(dataset)?.kind
  if (kind === 'text' || heldOut === '') return 'The '
  // Half a word is no symbol of a task.
  return kind === 'task' ? heldOut.split(' ').slice(0, WORDS).join(' ') : [...heldOut].slice(0, CHARACTERS).join('')
}

/** The lines of Python for the folder that was exported last. */
function TakeToPyTorch() {
  const name = useView((view) => view.exported)
  const prompt = useView(({ live }) => (live ? promptOf(live.run) : undefined))
  return (
    <Panel title="Take it to PyTorch">
      <LoadingSnippet name={name} prompt={prompt} />
    </Panel>
  )
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
      <TakeToPyTorch />
      <LargeHead at={large} onSelect={select} onClose={() => setLarge(null)} />
    </Stack>
  )
}
