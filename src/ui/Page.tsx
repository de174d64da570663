import { Container, Stack, Tabs } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useState } from 'react'
import { useApp } from './app-context.ts'
import { LastRun } from './bar/LastRun.tsx'
import { TopBar } from './bar/TopBar.tsx'
import { Complaints } from './Complaints.tsx'
import { DropTarget } from './DropTarget.tsx'
import { HelpSheet } from './help/HelpSheet.tsx'
import { PageHeader } from './PageHeader.tsx'
import { PLACES, type Place } from './places.ts'
import { DataTab } from './tabs/DataTab.tsx'
import { ExperimentsTab } from './tabs/ExperimentsTab.tsx'
import { LabTab } from './tabs/LabTab.tsx'
import { RunsTab } from './tabs/RunsTab.tsx'
import { SpeedTab } from './tabs/SpeedTab.tsx'
import { SettingsTab } from './tabs/SettingsTab.tsx'
import { WatchTab } from './tabs/WatchTab.tsx'
import { WiringTab } from './tabs/WiringTab.tsx'
import { useKeys } from './useKeys.ts'

const CONTENT: Record<Place, () => React.ReactNode> = {
  watch: WatchTab,
  wiring: WiringTab,
  data: DataTab,
  settings: SettingsTab,
  lab: LabTab,
  experiments: ExperimentsTab,
  runs: RunsTab,
  speed: SpeedTab,
}

export function Page() {
  const [place, setPlace] = useState<Place>(useApp().benchAsked ? 'speed' : 'watch')
  const [helpOpened, help] = useDisclosure(false)
  useKeys({ goTo: setPlace, help: help.open })
  return (
    <Container size="xl" px={{ base: 'sm', sm: 'lg' }} py="sm">
      <PageHeader onHelp={help.open} />
      <main>
        <Stack gap="sm">
          <Complaints />
          <LastRun />
          <TopBar onOpenData={() => setPlace('data')} />
          <Tabs
            value={place}
            onChange={(value) => setPlace(PLACES.find(({ id }) => id === value)?.id ?? 'watch')}
            keepMounted={false}
            className="places"
          >
            <Tabs.List>
              {PLACES.map(({ id, title }) => (
                <Tabs.Tab key={id} value={id}>
                  {title}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            {PLACES.map(({ id, what }) => {
              const Content = CONTENT[id]
              return (
                <Tabs.Panel key={id} value={id} pt="sm" aria-labelledby="" aria-label={what}>
                  <Content />
                </Tabs.Panel>
              )
            })}
          </Tabs>
        </Stack>
      </main>
      <HelpSheet opened={helpOpened} onClose={help.close} />
      <DropTarget />
    </Container>
  )
}
