import './setup.css'
import { Button, Group, Text } from '@mantine/core'
import { useShallow } from 'zustand/react/shallow'
import { trainSettings } from '../../model/config.ts'
import { modelProblem, type RunFields } from '../../store/setup.ts'
import { SETTING_GROUPS, SETTINGS, type Setting, type SettingGroup } from '../../store/settings-catalogue.ts'
import { isOwnSetting, setSetting, valueInForce } from '../../store/setup/settings.ts'
import { useApp, useSetup } from '../app-context.ts'
import { Part } from './Part.tsx'
import { ScheduleDrawing, type Schedule } from './ScheduleDrawing.tsx'
import { SettingField } from './SettingField.tsx'
import { WhileTraining, type Tuning } from './WhileTraining.tsx'

/** The steps stand in the bar, where everything else that one changes for every run is. */
const SHOWN = SETTINGS.filter(({ key }) => key !== 'steps')
const ofGroup = (group: SettingGroup): Setting[] => SHOWN.filter((setting) => setting.group === group)
const changed = (setup: RunFields): Setting[] => SHOWN.filter(({ key }) => isOwnSetting(setup, key))

/** What the drawing needs; null while a number is not in order. */
function scheduleOf(setup: RunFields): Schedule | null {
  try {
    const { lr, min_lr, warmup, schedule, decay_fraction, steps } = trainSettings.parse({
      lr: valueInForce(setup, 'lr'),
      min_lr: valueInForce(setup, 'min_lr'),
      warmup: valueInForce(setup, 'warmup'),
      schedule: valueInForce(setup, 'schedule'),
      decay_fraction: valueInForce(setup, 'decay_fraction'),
      steps: valueInForce(setup, 'steps'),
    })
    return { lr, min_lr, warmup, schedule, decay_fraction, steps }
  } catch {
    return null
  }
}

/** What is wrong with the model as a whole, where each number by itself may be right. */
function ModelProblem() {
  const problem = useSetup(modelProblem)
  return (
    <Text size="sm" className="setup-problem" role="status">
      {problem}
    </Text>
  )
}

function ResetAll() {
  const { setup } = useApp()
  const count = useSetup((all) => changed(all).length)
  const reset = () => setup.setState(changed(setup.getState()).reduce((all, { key }) => setSetting(all, key, ''), setup.getState()))
  return (
    <Group gap="sm">
      <Text size="sm" role="status">
        {count === 0 ? "All are the preset's." : `${count} ${count === 1 ? 'differs' : 'differ'} from the preset.`}
      </Text>
      <Button size="compact-sm" variant="default" disabled={count === 0} onClick={reset}>
        Reset all
      </Button>
    </Group>
  )
}

/** Every setting of the next run, and above them what may change while one goes on. */
export function SettingsPanel(tuning: Tuning) {
  const schedule = useSetup(useShallow(scheduleOf))
  return (
    <div className="setup-panel">
      <div className="setup-beside">
        <Part title="While it trains" note="These act on the run at once.">
          <WhileTraining {...tuning} />
        </Part>
        <Part title="For the next run" note="Grey values are the preset's. What you type instead is used when Train is pressed.">
          <ResetAll />
          <ModelProblem />
          <ScheduleDrawing schedule={schedule} />
        </Part>
      </div>
      {SETTING_GROUPS.map((group) => (
        <Part key={group} title={group}>
          <div className="setup-settings">
            {ofGroup(group).map((setting) => (
              <SettingField key={setting.key} setting={setting} />
            ))}
          </div>
        </Part>
      ))}
    </div>
  )
}
