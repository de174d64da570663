import { Anchor, Group, NativeSelect, TextInput } from '@mantine/core'
import type { WiringOptions } from '../model/wiring.ts'
import { optionDefault, optionLabel, wiringChoices, wiringNamed, type Setup } from '../store/setup.ts'
import { useApp, useSetup } from './app-context.ts'

/** "arXiv 2406.11274" as a link to it. */
function Source({ source }: { source: string }) {
  const number = /^arXiv (\d{4}\.\d{4,5})$/.exec(source)?.[1]
  if (!number) return source
  return (
    <Anchor href={`https://arxiv.org/abs/${number}`} target="_blank" rel="noreferrer" inherit underline="always">
      {source}
    </Anchor>
  )
}

function OptionField({ option }: { option: keyof WiringOptions }) {
  const { setup } = useApp()
  const value = useSetup((all) => all[option])
  const standard = useSetup((all) => optionDefault(all, option))
  const patch = (text: string): Partial<Setup> => ({ [option]: text })
  return (
    <TextInput
      type="number"
      className="number-field"
      label={optionLabel(option)}
      placeholder={standard === null ? undefined : `${standard} (usual)`}
      min={option === 'heads' ? 0 : 1}
      step={1}
      value={value}
      onChange={(event) => setup.setState(patch(event.currentTarget.value))}
    />
  )
}

/** Which layers the heads read: the wiring by name, and the options it has. */
export function WiringFields() {
  const { setup } = useApp()
  const name = useSetup((all) => all.wiring)
  const wiring = wiringNamed(name)
  return (
    <>
      <NativeSelect
        label="Wiring"
        data={wiringChoices}
        value={name}
        description={
          <>
            {wiring?.summary}
            {wiring?.source && (
              <>
                {' '}
                (<Source source={wiring.source} />)
              </>
            )}
          </>
        }
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        onChange={(event) => setup.setState({ wiring: event.currentTarget.value })}
      />
      {wiring && wiring.uses.length > 0 && (
        <Group grow gap="sm" align="flex-start">
          {wiring.uses.map((option) => (
            <OptionField key={option} option={option} />
          ))}
        </Group>
      )}
    </>
  )
}
