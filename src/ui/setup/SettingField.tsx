import { CloseButton, NativeSelect, Switch, TextInput } from '@mantine/core'
import { useId } from 'react'
import type { Setting } from '../../store/settings-catalogue.ts'
import { isOwnSetting, setSetting, settingOf, settingProblem, usualSetting } from '../../store/setup/settings.ts'
import { useApp, useSetup } from '../app-context.ts'
import { Source } from './Source.tsx'

interface InputProps {
  setting: Setting
  /** The element that explains it. */
  describedBy: string
}

function SettingInput({ setting: { key, label, kind }, describedBy }: InputProps) {
  const { setup } = useApp()
  const typed = useSetup((all) => all.settings[key] ?? '')
  const text = useSetup((all) => settingOf(all, key))
  const usual = useSetup((all) => usualSetting(all, key))
  const problem = useSetup((all) => settingProblem(all, key))
  const set = (value: string) => setup.setState(setSetting(setup.getState(), key, value === usual ? '' : value))
  if (kind.kind === 'switch')
    return (
      <Switch
        aria-label={label}
        aria-describedby={describedBy}
        label={text === 'true' ? 'on' : 'off'}
        checked={text === 'true'}
        onChange={(event) => set(`${event.currentTarget.checked}`)}
      />
    )
  if (kind.kind === 'choice')
    return (
      <NativeSelect
        size="xs"
        aria-label={label}
        aria-describedby={describedBy}
        data={kind.choices}
        value={text}
        onChange={(event) => set(event.currentTarget.value)}
      />
    )
  return (
    <TextInput
      size="xs"
      aria-label={label}
      aria-describedby={describedBy}
      inputMode="decimal"
      placeholder={usual === '' ? 'as many as the data has' : usual}
      value={typed}
      error={problem}
      onChange={(event) => setup.setState(setSetting(setup.getState(), key, event.currentTarget.value))}
    />
  )
}

/** A setting with its explanation and source; one that is other than the preset's is marked and can be given back. */
export function SettingField({ setting }: { setting: Setting }) {
  const { setup } = useApp()
  const own = useSetup((all) => isOwnSetting(all, setting.key))
  const id = useId()
  return (
    <div className="setup-setting" data-own={own || undefined}>
      <div className="setup-setting-head">
        <span aria-hidden>{setting.label}</span>
        <CloseButton
          size="xs"
          className="setup-reset"
          aria-label={`Reset ${setting.label}`}
          title="Back to the preset's value"
          disabled={!own}
          onClick={() => setup.setState(setSetting(setup.getState(), setting.key, ''))}
        />
      </div>
      <SettingInput setting={setting} describedBy={id} />
      <p id={id}>
        {setting.explanation}
        {setting.sources && (
          <span>
            {' '}
            (<Source source={setting.sources.join(' · ')} />)
          </span>
        )}
      </p>
    </div>
  )
}
