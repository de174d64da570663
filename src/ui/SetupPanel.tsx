import { NativeSelect, SimpleGrid, TextInput } from '@mantine/core'
import { PRESETS } from '../model/config.ts'
import { DATASETS } from '../data/catalogue.ts'
import { OWN_TEXT, chooseDataset, datasetChoices, fieldsOf, presetChoices, type Setup } from '../store/setup.ts'
import { useApp, useSetup } from './app-context.ts'
import { OwnText } from './OwnText.tsx'
import { Panel } from './Panel.tsx'
import { WiringFields } from './WiringFields.tsx'

type NumberField = 'steps' | 'lr' | 'seed'

function NumberInput({ field, label, step, min }: { field: NumberField; label: string; step: number | 'any'; min: number }) {
  const { setup } = useApp()
  const value = useSetup((all) => all[field])
  const patch = (text: string): Partial<Setup> => ({ [field]: text })
  return (
    <TextInput
      type="number"
      inputMode="decimal"
      className="number-field"
      label={label}
      min={min}
      step={step}
      value={value}
      onChange={(event) => setup.setState(patch(event.currentTarget.value))}
    />
  )
}

/** What to train, how large, with which wiring, and how long. */
export function SetupPanel() {
  const { setup } = useApp()
  const dataset = useSetup((all) => all.dataset)
  const preset = useSetup((all) => all.preset)
  const entry = DATASETS.find((candidate) => candidate.name === dataset)
  return (
    <Panel title="Set-up">
      <NativeSelect
        label="Dataset"
        data={datasetChoices}
        value={dataset}
        description={entry ? [entry.summary, entry.source].filter(Boolean).join(' · ') : 'Any UTF-8 text file; it stays on this machine.'}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        onChange={(event) => setup.setState(chooseDataset(setup.getState(), event.currentTarget.value))}
      />
      {dataset === OWN_TEXT && <OwnText />}
      <NativeSelect
        label="Preset"
        data={presetChoices}
        value={preset}
        description={PRESETS.find((candidate) => candidate.name === preset)?.summary}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        onChange={(event) => setup.setState(fieldsOf(event.currentTarget.value))}
      />
      <WiringFields />
      <SimpleGrid cols={3} spacing="xs" className="align-end">
        <NumberInput field="steps" label="Steps" min={1} step={1} />
        <NumberInput field="lr" label="Learning rate" min={0} step="any" />
        <NumberInput field="seed" label="Seed" min={0} step={1} />
      </SimpleGrid>
    </Panel>
  )
}
