import { Group, Text, TextInput } from '@mantine/core'
import { useApp, useSetup, useView } from './app-context.ts'
import { MapGrid } from './MapGrid.tsx'
import { Panel } from './Panel.tsx'
import { ScaleLegend } from './ScaleLegend.tsx'

/** Where each head looks, on one text. */
export function MapsPanel() {
  const { setup } = useApp()
  const probe = useSetup((all) => all.probe)
  const maps = useView((view) => view.maps)
  // The symbols of a task are words.
  const between = useView((view) => (view.run?.hasAccuracy ? ' ' : ''))
  return (
    <Panel title="Where each head looks">
      <Text size="sm" maw="60rem">
        Each map is one head: rows are the tokens that read, columns the tokens that are read; where a map has parts, the left one is the
        head’s own layer and those to its right are earlier layers. The top layer comes first, because text enters at the bottom. “Earlier”
        is the part of a head’s attention that goes to earlier layers: a head that weighed all it may read alike would show 50 % where it
        reads two layers. The share alone does not say that the head matters.
      </Text>
      <Group gap="lg" align="flex-end">
        <TextInput
          className="grow"
          label="Text to look at"
          placeholder="Empty: a sample of held-out data"
          value={probe}
          onChange={(event) => setup.setState({ probe: event.currentTarget.value })}
        />
        <ScaleLegend />
      </Group>
      {maps ? (
        <>
          <Text size="xs" className="breakable probe-tokens">
            After {maps.step} steps, on {maps.length} tokens: <code>{maps.labels.join(between)}</code>
          </Text>
          <MapGrid maps={maps} />
        </>
      ) : (
        <Text size="sm">The maps appear with the first steps of training.</Text>
      )}
    </Panel>
  )
}
