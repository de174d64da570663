import { Button, NativeSelect } from '@mantine/core'
import { useState } from 'react'
import type { Change } from '../../model/changes.ts'
import type { Reads, Slot } from '../../model/wiring.ts'

interface ChangeFormProps {
  reads: Reads
  onAdd: (change: Change) => void
}

const KINDS = {
  mean: 'Replace a head’s output by its mean',
  zero: 'Replace a head’s output by zero',
  close: 'Close a source of a head',
  swap: 'Feed a head another layer',
  attn: 'Drop the attention of a layer',
  mlp: 'Drop the MLP of a layer',
}
type Kind = keyof typeof KINDS

const PARTS = { both: 'Keys and values', keys: 'Keys only', values: 'Values only' }
type Part = keyof typeof PARTS

const isKind = (value: string): value is Kind => value in KINDS
const isPart = (value: string): value is Part => value in PARTS
const slotName = ([key, value]: Slot, i: number): string => `${i}: ${key === value ? `layer ${key}` : `keys ${key}, values ${value}`}`
const numbers = (count: number, name: (i: number) => string = String) =>
  Array.from({ length: count }, (_, i) => ({ value: `${i}`, label: name(i) }))

/** One intervention, put together field by field. */
export function ChangeForm({ reads, onAdd }: ChangeFormProps) {
  const [kind, setKind] = useState<Kind>('mean')
  const [layer, setLayer] = useState(reads.length - 1)
  const [head, setHead] = useState(0)
  const [slot, setSlot] = useState(0)
  const [source, setSource] = useState(0)
  const [part, setPart] = useState<Part>('both')
  const slots = reads[layer]?.[head] ?? []
  const ofHead = kind !== 'attn' && kind !== 'mlp'
  const closable = kind !== 'close' || slots.length > 1
  const add = () => {
    switch (kind) {
      case 'mean':
      case 'zero':
        return onAdd({ ablate: [layer, head], with: kind })
      case 'close':
        return onAdd({ close: [layer, head, Math.min(slot, slots.length - 1)] })
      case 'swap':
        return onAdd({ swap: [layer, head], reads: [[part === 'values' ? layer : source, part === 'keys' ? layer : source]] })
      case 'attn':
      case 'mlp':
        return onAdd({ drop: [kind, layer] })
      default:
        kind satisfies never
    }
  }
  return (
    <div className="inside-fields">
      <NativeSelect
        className="inside-first"
        label="Intervention"
        data={Object.entries(KINDS).map(([value, label]) => ({ value, label }))}
        value={kind}
        onChange={(event) => isKind(event.currentTarget.value) && setKind(event.currentTarget.value)}
      />
      <NativeSelect
        label="In layer"
        data={numbers(reads.length)}
        value={`${layer}`}
        onChange={(event) => {
          setLayer(Number(event.currentTarget.value))
          setSource(0)
          setSlot(0)
        }}
      />
      {ofHead && (
        <NativeSelect
          label="Of head"
          data={numbers(reads[layer].length)}
          value={`${head}`}
          onChange={(event) => setHead(Number(event.currentTarget.value))}
        />
      )}
      {kind === 'close' && (
        <NativeSelect
          label="Source"
          data={slots.map((one, i) => ({ value: `${i}`, label: slotName(one, i) }))}
          value={`${Math.min(slot, slots.length - 1)}`}
          onChange={(event) => setSlot(Number(event.currentTarget.value))}
        />
      )}
      {kind === 'swap' && (
        <>
          <NativeSelect
            label="From layer"
            data={numbers(layer + 1)}
            value={`${Math.min(source, layer)}`}
            onChange={(event) => setSource(Number(event.currentTarget.value))}
          />
          <NativeSelect
            label="What of it"
            data={Object.entries(PARTS).map(([value, label]) => ({ value, label }))}
            value={part}
            onChange={(event) => isPart(event.currentTarget.value) && setPart(event.currentTarget.value)}
          />
        </>
      )}
      <Button variant="default" onClick={add} disabled={!closable}>
        Add it
      </Button>
      {!closable && <span className="inside-soft">This head has one source: replace its output instead.</span>}
    </div>
  )
}
