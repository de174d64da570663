import './text.css'
import { Grid, Stack } from '@mantine/core'
import type { TextSample } from '../../io/recording.ts'
import { useSetup, useView } from '../app-context.ts'
import { Panel } from '../Panel.tsx'
import { GenerateForm } from './GenerateForm.tsx'
import { NextTokens } from './NextTokens.tsx'
import { Samples } from './Samples.tsx'
import { TextView } from './TextView.tsx'

interface TextPanelProps {
  /** What the run wrote of its own accord, by ascending step. */
  samples: readonly TextSample[]
  /** The step that the page is looking at; null is the latest. */
  step: number | null
}

/** The model at work: a text that goes on, what it holds likeliest next, and what it wrote while it learned. */
export function TextPanel({ samples, step }: TextPanelProps) {
  const pieces = useView((view) => view.generation.pieces)
  const busy = useView((view) => view.generation.busy)
  const tokens = useView((view) => view.nextTokens.tokens)
  const prompt = useSetup((all) => all.prompt)
  return (
    <Panel title="What the model writes">
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="md">
            <GenerateForm />
            <TextView pieces={pieces} busy={busy} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <NextTokens tokens={tokens} prompt={prompt} />
        </Grid.Col>
        <Grid.Col span={12}>
          <Samples samples={samples} step={step} />
        </Grid.Col>
      </Grid>
    </Panel>
  )
}
