import { Anchor, Button, Group, NativeSelect, Text } from '@mantine/core'
import { useId } from 'react'
import { WIRINGS, type WiringOptions, type WiringSize } from '../../model/wiring.ts'
import { optionsInUse, readsNamed, type Named } from '../../model/wiring-names.ts'

/** "arXiv 2406.11274" as a link to it. */
function Paper({ source }: { source: string }) {
  return (
    <Anchor href={`https://arxiv.org/abs/${source.replace('arXiv ', '')}`} target="_blank" rel="noreferrer" inherit underline="always">
      {source}
    </Anchor>
  )
}

const numbers = (from: number, to: number): number[] => Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)

interface Choice {
  label: string
  values: number[]
  text: (value: number) => string
}

/** What each option offers; the rest of the options as they stand. */
function choiceOf(option: keyof WiringOptions, { n_layers, n_heads }: WiringSize, inUse: WiringOptions): Choice {
  switch (option) {
    case 'distance':
      return {
        label: 'Layers back',
        values: numbers(1, n_layers - 1),
        text: (n) => (n === 1 ? '1: adjacent' : `${n}`),
      }
    case 'heads':
      return { label: 'Heads that read back', values: numbers(1, n_heads), text: (n) => `${n} of ${n_heads}` }
    case 'first':
      return {
        label: 'First reading layer',
        values: numbers(inUse.distance ?? 1, n_layers - 1),
        text: (n) => `Layer ${n} (${n_layers - n} ${n_layers - n === 1 ? 'reads' : 'read'} back)`,
      }
    case 'group':
      return { label: 'Layers in a group', values: numbers(2, n_layers), text: (n) => `${n}` }
  }
}

interface OptionSelectProps {
  option: keyof WiringOptions
  named: Named
  size: WiringSize
  onChange: (options: WiringOptions) => void
}

function OptionSelect({ option, named, size, onChange }: OptionSelectProps) {
  const inUse = optionsInUse(named, size)
  const { label, values, text } = choiceOf(option, size, inUse)
  const value = inUse[option] ?? values[0]
  // What an address or a file asks for is shown even where it is not worth offering, such as 0 heads.
  const offered = values.includes(value) ? values : [value, ...values]
  const choose = (chosen: number) => {
    const { first, ...others } = { ...named.options, [option]: chosen }
    onChange({ ...others, ...(first !== undefined && first >= (others.distance ?? inUse.distance ?? 1) && { first }) })
  }
  return (
    <NativeSelect
      className="wiring-option"
      label={label}
      value={`${value}`}
      data={offered.map((n) => ({ value: `${n}`, label: text(n) }))}
      onChange={(event) => choose(Number(event.currentTarget.value))}
    />
  )
}

export interface NamedWiringsProps {
  size: WiringSize
  /** Null for a custom wiring. */
  named: Named | null
  onNamed: (name: string, options: WiringOptions) => void
}

/** The wirings that have a name, and the options of the one that is in use. */
export function NamedWirings({ size, named, onNamed }: NamedWiringsProps) {
  const label = useId()
  const wiring = WIRINGS.find(({ name }) => name === named?.name)
  return (
    <div className="wiring-named">
      <Group gap="xs" role="group" aria-labelledby={label}>
        <Text size="sm" id={label}>
          Start from
        </Text>
        {WIRINGS.map(({ name, title }) => {
          const isOn = name === named?.name
          return (
            <Button
              key={name}
              size="xs"
              variant={isOn ? 'filled' : 'default'}
              aria-pressed={isOn}
              disabled={readsNamed(name, size, {}) === null}
              onClick={() => onNamed(name, {})}
            >
              {title}
            </Button>
          )
        })}
      </Group>
      {named && wiring ? (
        <>
          <Text size="sm" mt="xs">
            {wiring.summary} {wiring.source && <Paper source={wiring.source} />}
          </Text>
          {wiring.uses.length > 0 && (
            <div className="wiring-options">
              {wiring.uses.map((option) => (
                <OptionSelect key={option} option={option} named={named} size={size} onChange={(options) => onNamed(named.name, options)} />
              ))}
            </div>
          )}
          {named.name === 'skip' && (
            <p className="wiring-note">
              {optionsInUse(named, size).distance === 1 &&
                'Adjacent, 1 layer back, is not Skip-Layer Attention: that reads a layer farther down. '}
              The paper has a number of “skip layers”, which may mean how far back a layer reads or how many layers read back; its abstract
              leaves it open. Here you set both: layers back, and the first reading layer.
            </p>
          )}
        </>
      ) : (
        <Text size="sm" mt="xs">
          Custom: your own sources, equal to none of these. Choose one to start over from it; Undo brings yours back.
        </Text>
      )}
    </div>
  )
}
