import { Container, Grid, Stack } from '@mantine/core'
import { Complaints } from './Complaints.tsx'
import { Controls } from './Controls.tsx'
import { Curves } from './Curves.tsx'
import { LiveValues } from './LiveValues.tsx'
import { MapsPanel } from './MapsPanel.tsx'
import { PageHeader } from './PageHeader.tsx'
import { Panel } from './Panel.tsx'
import { RunFacts } from './RunFacts.tsx'
import { SetupPanel } from './SetupPanel.tsx'
import { TextPanel } from './TextPanel.tsx'

export function Page() {
  return (
    <Container size="xl" px={{ base: 'sm', sm: 'lg' }} py="md">
      <PageHeader />
      <main>
        <Stack gap="md">
          <Complaints />
          <Grid gap="md">
            <Grid.Col span={{ base: 12, md: 4 }}>
              <SetupPanel />
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 8 }}>
              <Panel title="Training">
                <Controls />
                <LiveValues />
                <RunFacts />
                <Curves />
              </Panel>
            </Grid.Col>
          </Grid>
          <MapsPanel />
          <TextPanel />
        </Stack>
      </main>
    </Container>
  )
}
