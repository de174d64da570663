import { Button, Stack, Text } from '@mantine/core'
import { useMemo } from 'react'
import type { Reads, WiringOptions } from '../../model/wiring.ts'
import { readsOf, CUSTOM } from '../../store/setup/wiring.ts'
import { messageOf } from '../../store/message-of.ts'
import { settingOf, sizeOf } from '../../store/setup/settings.ts'
import type { Setup } from '../../store/setup.ts'
import { describeReads } from '../../model/wiring-names.ts'
import { useApp, useSetup } from '../app-context.ts'
import { Panel } from '../Panel.tsx'
import { WiringEditor } from '../wiring/WiringEditor.tsx'

type Fields = Pick<Setup, 'preset' | 'dataset' | 'settings' | 'wiring' | 'options' | 'reads'>

/** The wiring of the set-up, or the line that says why there is none to show. */
function wiringOf(setup: Fields): { reads: Reads; problem: null } | { reads: null; problem: string } {
  try {
    return { reads: readsOf(setup), problem: null }
  } catch (error) {
    return { reads: null, problem: messageOf(error) }
  }
}

/** Which layers every head of the next run reads. */
export function WiringTab() {
  const { setup } = useApp()
  const all = useSetup((fields) => fields)
  const { reads, problem } = useMemo(() => wiringOf(all), [all])
  const named = useMemo(() => reads && describeReads(reads), [reads])
  const choose = (name: string, options: WiringOptions = {}) => {
    const typed = Object.fromEntries(Object.entries(options).map(([key, value]) => [key, `${value}`]))
    setup.setState({ wiring: name, options: typed })
  }
  const edit = (next: Reads) => {
    const known = describeReads(next)
    if (known) choose(known.name, known.options)
    else setup.setState({ wiring: CUSTOM, reads: next })
  }
  if (!reads)
    return (
      <Panel title="Wiring">
        <Stack gap="sm" align="flex-start">
          <Text>{problem}</Text>
          <Button variant="default" onClick={() => choose('joint')}>
            Begin from Joint
          </Button>
        </Stack>
      </Panel>
    )
  return (
    <Panel title="Which layers every head reads">
      <WiringEditor
        reads={reads}
        config={{ ...sizeOf(all), bias: settingOf(all, 'bias') === 'true' }}
        batch={Number(settingOf(all, 'batch_size'))}
        onChange={edit}
        named={named}
        onNamed={(name, options) => choose(name, options)}
      />
    </Panel>
  )
}
