import { TextInput } from '@mantine/core'
import { optionDefault, optionLabel, wiringNamed, type WiringOption } from '../../store/setup/wiring.ts'
import { useApp, useSetup } from '../app-context.ts'

function OptionField({ option }: { option: WiringOption }) {
  const { setup } = useApp()
  const value = useSetup((all) => all.options[option] ?? '')
  const usual = useSetup((all) => optionDefault(all, option))
  return (
    <TextInput
      className="setup-narrow"
      label={optionLabel(option)}
      inputMode="numeric"
      placeholder={usual === null ? undefined : `${usual}`}
      value={value}
      onChange={(event) => setup.setState({ options: { ...setup.getState().options, [option]: event.currentTarget.value } })}
    />
  )
}

/** The options that the chosen wiring has; left empty, each is the wiring's own. */
export function WiringOptionFields() {
  const name = useSetup((all) => all.wiring)
  return wiringNamed(name)?.uses.map((option) => <OptionField key={option} option={option} />)
}
