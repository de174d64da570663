import { Group, Text, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import type { ShownMaps } from '../../store/reads-back.ts'
import { Panel } from '../Panel.tsx'
import { MapGrid } from './MapGrid.tsx'
import { ScaleLegend } from './ScaleLegend.tsx'
import { useScheme } from './scheme.ts'
import './maps.css'

interface MapsPanelProps {
  /** Null before there are any. */
  maps: ShownMaps | null
  /** The text that the person chose; empty is the held-out sample. */
  text: string
  /** Null where no other text can be looked at; then `textReason` says why. */
  onText: ((text: string) => void) | null
  textReason?: string
  /** What stands between two tokens: the symbols of a task are words. */
  between: '' | ' '
  /** Opens the large map of a head. */
  onSelect: (layer: number, head: number) => void
  figure?: ReactNode
}

/** Where each head looks, on one text. */
export function MapsPanel({ maps, text, onText, textReason, between, onSelect, figure }: MapsPanelProps) {
  const more = useScheme() === 'light' ? 'darker' : 'brighter'
  return (
    <Panel title="Where each head looks" action={figure}>
      <Text size="sm" maw="52rem">
        One map for each head. A row is a token that reads: the {more} a square in it, the more of the token’s attention goes to the token
        of that column. Only itself and what stands before it can be read, hence the triangles. A map with parts reads several layers at
        once, and says how much of its attention goes to each.
      </Text>
      <Group gap="lg" align="flex-end">
        <TextInput
          className="maps-text"
          label="Text to look at"
          placeholder="Empty: a sample of held-out text"
          description={onText ? undefined : textReason}
          value={text}
          disabled={!onText}
          onChange={(event) => onText?.(event.currentTarget.value)}
        />
        <ScaleLegend />
      </Group>
      {maps ? (
        <>
          <Text size="xs" className="maps-shown">
            After {maps.step} {maps.step === 1 ? 'step' : 'steps'}, on {maps.labels.length} tokens:{' '}
            <span className="maps-tokens">{maps.labels.join(between)}</span>
          </Text>
          <MapGrid maps={maps} between={between} onSelect={onSelect} />
        </>
      ) : (
        <Text size="sm">The maps appear with the first steps of training.</Text>
      )}
    </Panel>
  )
}
