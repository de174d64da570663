import './setup.css'
import { Anchor, NativeSelect } from '@mantine/core'
import { presetNamed } from '../../model/config.ts'
import { choosePreset, chooseDataset, presetChoices, type RunFields } from '../../store/setup.ts'
import { SETTINGS } from '../../store/settings-catalogue.ts'
import { baseName, datasetChoices, entryOf, OWN_TEXT } from '../../store/setup/data.ts'
import { isOwnSetting } from '../../store/setup/settings.ts'
import { CUSTOM, readsOf, wiringChoices, wiringNamed } from '../../store/setup/wiring.ts'
import { useApp, useSetup } from '../app-context.ts'
import { Source } from './Source.tsx'
import { StepsField } from './StepsField.tsx'
import { WiringOptionFields } from './WiringOptionFields.tsx'

const ORDER: ('label' | 'input' | 'description' | 'error')[] = ['label', 'input', 'error', 'description']

function DatasetSelect({ onOpenData }: { onOpenData: () => void }) {
  const { setup } = useApp()
  const dataset = useSetup((all) => all.dataset)
  const title = useSetup((all) => all.ownText?.title)
  const own = title ? `${title} ` : 'No text has been chosen yet. '
  return (
    <NativeSelect
      className="setup-wide"
      label="Dataset"
      data={datasetChoices}
      value={baseName(dataset)}
      description={
        dataset === OWN_TEXT ? (
          <>
            {own}
            <Anchor component="button" type="button" inherit underline="always" onClick={onOpenData}>
              {title ? 'Change it' : 'Choose one'}
            </Anchor>
          </>
        ) : (
          entryOf(dataset)?.summary
        )
      }
      inputWrapperOrder={ORDER}
      onChange={(event) => setup.setState(chooseDataset(setup.getState(), event.currentTarget.value))}
    />
  )
}

/** How many settings beside the steps, which stand in the bar, are other than the preset's. */
const changedSettings = (setup: RunFields): number => SETTINGS.filter(({ key }) => key !== 'steps' && isOwnSetting(setup, key)).length

function PresetSelect() {
  const { setup } = useApp()
  const preset = useSetup((all) => all.preset)
  const changed = useSetup(changedSettings)
  const note = changed === 0 ? '' : ` (${changed} ${changed === 1 ? 'setting' : 'settings'} changed)`
  return (
    <NativeSelect
      className="setup-wide"
      label="Preset"
      data={presetChoices}
      value={preset}
      description={presetNamed(preset).summary + note}
      inputWrapperOrder={ORDER}
      onChange={(event) => setup.setState(choosePreset(setup.getState(), event.currentTarget.value))}
    />
  )
}

/** The line by which the wiring does not fit; null when it does. */
function wiringProblem(setup: RunFields): string | null {
  try {
    readsOf(setup)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function WiringLine({ name }: { name: string }) {
  const wiring = wiringNamed(name)
  if (!wiring) return 'As edited in the tab Wiring.'
  if (!wiring.source) return wiring.summary
  return (
    <>
      {wiring.summary} (<Source source={wiring.source} />)
    </>
  )
}

function WiringSelect() {
  const { setup } = useApp()
  const wiring = useSetup((all) => all.wiring)
  const edited = useSetup((all) => all.reads !== null)
  const problem = useSetup(wiringProblem)
  return (
    <NativeSelect
      className="setup-wide setup-widest"
      label="Wiring"
      data={wiringChoices(edited || wiring === CUSTOM)}
      value={wiring}
      description={<WiringLine name={wiring} />}
      error={problem}
      inputWrapperOrder={ORDER}
      onChange={(event) => setup.setState({ wiring: event.currentTarget.value })}
    />
  )
}

/** What to train on, how large, which layers the heads read, and how long. `onOpenData` shows the place where a text of one's own is chosen. */
export function SetupBar({ onOpenData }: { onOpenData: () => void }) {
  return (
    <div className="setup-bar" role="group" aria-label="Set-up">
      <DatasetSelect onOpenData={onOpenData} />
      <PresetSelect />
      <WiringSelect />
      <WiringOptionFields />
      <StepsField />
    </div>
  )
}
