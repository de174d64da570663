import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { setSetting, settingOf, settingProblem } from '../../store/setup/settings.ts'
import { useApp, useSetup } from '../app-context.ts'

/** The number of steps. Emptied, it is the preset's again, and shows so once the field is left. */
export function StepsField() {
  const { setup } = useApp()
  const steps = useSetup((all) => settingOf(all, 'steps'))
  const problem = useSetup((all) => settingProblem(all, 'steps'))
  const [emptied, setEmptied] = useState(false)
  return (
    <TextInput
      className="setup-narrow"
      label="Steps"
      inputMode="numeric"
      value={emptied ? '' : steps}
      error={problem}
      onChange={(event) => {
        const text = event.currentTarget.value
        setEmptied(text === '')
        setup.setState(setSetting(setup.getState(), 'steps', text))
      }}
      onBlur={() => setEmptied(false)}
    />
  )
}
