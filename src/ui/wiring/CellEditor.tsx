import { Button, Group, SegmentedControl, Stack, Text, Title } from '@mantine/core'
import { useId, useRef, useState } from 'react'
import { headKind, type Slot } from '../../model/wiring.ts'
import { nextSource, type Carry, type Reach } from '../../store/wiring-edit.ts'
import { KindMark } from './KindMark.tsx'
import { KINDS } from './labels.ts'
import { SourceRow } from './SourceRow.tsx'

const CARRY_RULE: Record<Carry, string> = {
  'layers back':
    'A source 2 layers back is 2 layers back in every layer. Where that would lie below layer 0, the head reads its own layer instead.',
  layer: 'Layer 1 as a source is layer 1 for every layer above it. Layers 0 and 1 then read their own layer instead.',
}

export interface CellEditorProps {
  layer: number
  head: number
  slots: Slot[]
  onChange: (slots: Slot[]) => void
  onApply: (reach: Reach, carry: Carry) => void
  onClose: () => void
}

/** The sources of one head of one layer, and their spread to other cells. */
export function CellEditor({ layer, head, slots, onChange, onApply, onClose }: CellEditorProps) {
  const [carry, setCarry] = useState<Carry>('layers back')
  const addButton = useRef<HTMLButtonElement>(null)
  const carryLabel = useId()
  const kind = headKind(layer, slots)
  const next = nextSource(layer, slots)
  const replaced = (s: number, slot: Slot): Slot[] => slots.map((own, i) => (i === s ? slot : own))
  const remove = (s: number) => {
    onChange(slots.filter((_, i) => i !== s))
    // The pressed button is gone with its source: the keyboard goes on from here.
    addButton.current?.focus()
  }
  return (
    <Stack gap="sm">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Title order={3} size="h5">
          Layer {layer}, head {head}
        </Title>
        <Button size="compact-sm" variant="default" onClick={onClose}>
          Close
        </Button>
      </Group>
      <p className={`wiring-kind wiring-${kind}`}>
        <KindMark kind={kind} />
        <span>
          <strong>{KINDS[kind].title}.</strong> {KINDS[kind].explanation}
        </span>
      </p>
      <div>
        <Text size="sm" fw={500}>
          Keys and values from
        </Text>
        <ol className="wiring-sources">
          {slots.map((slot, s) => (
            <SourceRow
              key={`${s} of ${slots.length}`}
              number={s + 1}
              layer={layer}
              slot={slot}
              repeated={slots.slice(0, s).some(([key, value]) => key === slot[0] && value === slot[1])}
              onChange={(changed) => onChange(replaced(s, changed))}
              onRemove={slots.length > 1 ? () => remove(s) : undefined}
            />
          ))}
        </ol>
        <Button
          ref={addButton}
          size="xs"
          variant="light"
          aria-disabled={next === null}
          data-disabled={next === null || undefined}
          onClick={() => next && onChange([...slots, next])}
        >
          Add a source
        </Button>
        <p className="wiring-note">
          {next
            ? 'Each source adds attention work. Apart: keys from one layer, values from another.'
            : layer === 0
              ? 'Layer 0 has no earlier layer to read.'
              : 'Every layer up to this one is a source already.'}
        </p>
      </div>
      <div role="group" aria-label="Copy these sources to other heads" className="wiring-apply">
        <Text size="sm" fw={500}>
          Copy these sources to
        </Text>
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={() => onApply('head', carry)}>
            Head {head} in all layers
          </Button>
          <Button size="xs" variant="default" onClick={() => onApply('layer', carry)}>
            All heads of layer {layer}
          </Button>
          <Button size="xs" variant="default" onClick={() => onApply('all', carry)}>
            All heads of all layers
          </Button>
        </Group>
        <Text size="sm" id={carryLabel}>
          In other layers, an earlier source keeps
        </Text>
        <SegmentedControl<Carry>
          size="xs"
          aria-labelledby={carryLabel}
          value={carry}
          onChange={setCarry}
          data={[
            { value: 'layers back', label: 'how far back it is' },
            { value: 'layer', label: 'which layer it is' },
          ]}
        />
        <p className="wiring-note">{CARRY_RULE[carry]}</p>
      </div>
    </Stack>
  )
}
