import { ActionIcon, NativeSelect, Switch } from '@mantine/core'
import { useState } from 'react'
import type { Slot } from '../../model/wiring.ts'
import { backLabel } from './labels.ts'

interface LayerSelectProps {
  name: string
  /** Whether the name stands beside the select, or is only heard. */
  isNamed: boolean
  /** The reading layer. */
  layer: number
  source: number
  onChange: (source: number) => void
}

function LayerSelect({ name, isNamed, layer, source, onChange }: LayerSelectProps) {
  const choices = Array.from({ length: layer + 1 }, (_, i) => layer - i)
  return (
    <label className="wiring-select">
      <span className={isNamed ? 'wiring-select-name' : 'wiring-hidden'}>{name}</span>
      <NativeSelect
        size="xs"
        value={`${source}`}
        data={choices.map((l) => ({ value: `${l}`, label: `Layer ${l} (${backLabel(layer, l)})` }))}
        onChange={(event) => onChange(Number(event.currentTarget.value))}
      />
    </label>
  )
}

export interface SourceRowProps {
  number: number
  layer: number
  slot: Slot
  /** Whether the same source is listed before this one. */
  repeated: boolean
  onChange: (slot: Slot) => void
  /** Absent for a head's only source: it keeps one. */
  onRemove?: () => void
}

/** One source of a head: the layer of its keys and values, or two layers where they are parted. */
export function SourceRow({ number, layer, slot: [key, value], repeated, onChange, onRemove }: SourceRowProps) {
  const [wantsApart, setApart] = useState(false)
  const apart = wantsApart || key !== value
  const part = (on: boolean) => {
    setApart(on)
    if (!on && key !== value) onChange([key, key])
  }
  return (
    <li className="wiring-source">
      <div role="group" aria-label={`Source ${number}`}>
        <div className="wiring-source-layers">
          {apart ? (
            <>
              <LayerSelect isNamed name="Keys from" layer={layer} source={key} onChange={(k) => onChange([k, value])} />
              <LayerSelect isNamed name="Values from" layer={layer} source={value} onChange={(v) => onChange([key, v])} />
            </>
          ) : (
            <LayerSelect isNamed={false} name="Keys and values from" layer={layer} source={key} onChange={(l) => onChange([l, l])} />
          )}
          {repeated && <p className="wiring-note">Listed twice: its keys are weighed twice.</p>}
        </div>
        <Switch size="xs" label="Apart" checked={apart} onChange={(event) => part(event.currentTarget.checked)} />
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`Remove source ${number}`}
          title={onRemove ? 'Remove this source' : 'A head reads at least one source'}
          aria-disabled={!onRemove}
          data-disabled={!onRemove || undefined}
          onClick={onRemove}
        >
          <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round">
            <path d="M 3 3 L 11 11 M 11 3 L 3 11" />
          </svg>
        </ActionIcon>
      </div>
    </li>
  )
}
