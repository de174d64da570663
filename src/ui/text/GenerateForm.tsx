import { Button, Group, Text, Textarea, TextInput } from '@mantine/core'
import { attempt } from '../../store/app.ts'
import { hasModel } from '../../store/session.ts'
import { generateFields, type Setup } from '../../store/setup.ts'
import { useApp, useSetup, useView } from '../app-context.ts'
import { Explained } from '../Explained.tsx'
import { useTask } from '../useTask.ts'

interface FieldProps {
  field: 'tokens' | 'temperature' | 'topK' | 'topP'
  label: string
  hint: string
  more: string
  min: number
  step: number
}

const FIELDS: FieldProps[] = [
  {
    field: 'tokens',
    label: 'Tokens',
    hint: 'how many to add',
    more: 'A token is what the model reads and writes at a time: for the texts that come with the page, one character.',
    min: 1,
    step: 1,
  },
  {
    field: 'temperature',
    label: 'Temperature',
    hint: '0 always takes the likeliest',
    more: 'How daring the draw is. 0 takes the likeliest token each time; 1 draws with the model’s own probabilities; above 1 the unlikely ones come more often.',
    min: 0,
    step: 0.1,
  },
  {
    field: 'topK',
    label: 'Top k',
    hint: '0 is no limit',
    more: 'Draws only from the k likeliest tokens, so that no slip of chance spoils the text. 0 draws from all of them.',
    min: 0,
    step: 1,
  },
  {
    field: 'topP',
    label: 'Top p',
    hint: '1 is no limit',
    more: 'Draws only from the likeliest tokens that together have this probability: few where the model is sure, many where it is not. 1 draws from all of them.',
    min: 0,
    step: 0.05,
  },
]

function NumberField({ field, label, hint, more, min, step }: FieldProps) {
  const { setup } = useApp()
  const value = useSetup((all) => all[field])
  const patch = (text: string): Partial<Setup> => ({ [field]: text })
  return (
    <TextInput
      type="number"
      className="number-field"
      label={label}
      description={<Explained more={more}>{hint}</Explained>}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      min={min}
      step={step}
      value={value}
      onChange={(event) => setup.setState(patch(event.currentTarget.value))}
    />
  )
}

/** What the model is asked to go on with, and how it draws. */
export function GenerateForm() {
  const { session, setup } = useApp()
  const prompt = useSetup((all) => all.prompt)
  const task = useTask()
  const model = useView(hasModel)
  const busy = useView((view) => view.generation.busy)
  return (
    <>
      <Textarea
        name="prompt"
        label="Prompt"
        description={
          task ? 'In the symbols of the task, separated by blanks, as they stand above the maps.' : 'The model goes on from here.'
        }
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        autosize
        minRows={2}
        maxRows={6}
        value={prompt}
        onChange={(event) => setup.setState({ prompt: event.currentTarget.value })}
      />
      <Group grow gap="sm" align="flex-start">
        {FIELDS.map((props) => (
          <NumberField key={props.field} {...props} />
        ))}
      </Group>
      <Group gap="sm">
        <Button onClick={() => attempt(session, () => session.generate(generateFields(setup.getState())))} disabled={!model}>
          Generate
        </Button>
        <Button variant="default" onClick={() => session.cancelGeneration()} disabled={!busy}>
          Stop writing
        </Button>
        {!model && <Text size="sm">There is a model to ask as soon as training has begun.</Text>}
      </Group>
    </>
  )
}
