import { Radio, TextInput } from '@mantine/core'
import { DATASETS, type DatasetEntry } from '../../data/catalogue.ts'
import type { TaskOption } from '../../data/tasks.ts'
import { chooseDataset } from '../../store/setup.ts'
import { baseName, OWN_TEXT, taskOf, taskOption, taskOptionProblem, withTaskOption } from '../../store/setup/data.ts'
import { useApp, useSetup } from '../app-context.ts'
import { Source } from './Source.tsx'

function OptionField({ option }: { option: TaskOption }) {
  const { setup } = useApp()
  const dataset = useSetup((all) => all.dataset)
  return (
    <TextInput
      size="xs"
      className="setup-task-option"
      label={`${option.name}: ${option.summary}`}
      inputMode="numeric"
      placeholder={`${option.default}`}
      value={taskOption(dataset, option.name)}
      error={taskOptionProblem(dataset, option)}
      onChange={(event) => setup.setState({ dataset: withTaskOption(dataset, option.name, event.currentTarget.value) })}
    />
  )
}

function Entry({ entry, chosen }: { entry: DatasetEntry; chosen: boolean }) {
  return (
    <div className="setup-dataset" data-chosen={chosen || undefined}>
      <Radio value={entry.name} label={entry.title} description={entry.summary} />
      {entry.source && (
        <p className="setup-dataset-source">
          <Source source={entry.source} />
        </p>
      )}
      {chosen && taskOf(entry.name)?.options.map((option) => <OptionField key={option.name} option={option} />)}
    </div>
  )
}

/** Everything that can be trained on, with its explanation; a task's options stand under it once it is chosen. */
export function DatasetList() {
  const { setup } = useApp()
  const chosen = useSetup((all) => baseName(all.dataset))
  const choose = (name: string) => {
    if (name !== baseName(setup.getState().dataset)) setup.setState(chooseDataset(setup.getState(), name))
  }
  const entries = (kind: DatasetEntry['kind']) =>
    DATASETS.filter((entry) => entry.kind === kind).map((entry) => <Entry key={entry.name} entry={entry} chosen={entry.name === chosen} />)
  return (
    <Radio.Group aria-label="What to train on" value={chosen} onChange={choose}>
      <h3 className="setup-subheading">Texts</h3>
      <div className="setup-datasets">
        {entries('text')}
        <div className="setup-dataset" data-chosen={chosen === OWN_TEXT || undefined}>
          <Radio
            value={OWN_TEXT}
            label="Your own text"
            description="any plain text, from a file, an address or the clipboard; bring it below"
          />
        </div>
      </div>
      <h3 className="setup-subheading">Tasks: small puzzles with a known answer, so that accuracy can be measured</h3>
      <div className="setup-datasets">{entries('task')}</div>
    </Radio.Group>
  )
}
