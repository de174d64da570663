import { Button, Grid, Group, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { attempt } from '../store/app.ts'
import { hasModel } from '../store/session.ts'
import { isTask } from '../store/setup/data.ts'
import { generateFields, type Setup } from '../store/setup.ts'
import { useApp, useSetup, useView } from './app-context.ts'
import { NextTokens } from './NextTokens.tsx'
import { Panel } from './Panel.tsx'

interface FieldProps {
  field: 'tokens' | 'temperature' | 'topK'
  label: string
  hint: string
  min: number
  step: number
}

function NumberField({ field, label, hint, min, step }: FieldProps) {
  const { setup } = useApp()
  const value = useSetup((all) => all[field])
  const patch = (text: string): Partial<Setup> => ({ [field]: text })
  return (
    <TextInput
      type="number"
      className="number-field"
      label={label}
      description={hint}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      min={min}
      step={step}
      value={value}
      onChange={(event) => setup.setState(patch(event.currentTarget.value))}
    />
  )
}

function GenerateForm() {
  const { session, setup } = useApp()
  const prompt = useSetup((all) => all.prompt)
  const task = useSetup((all) => isTask(all.dataset))
  const model = useView(hasModel)
  return (
    <>
      <Textarea
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
        <NumberField field="tokens" label="Tokens" hint="how many to add" min={1} step={1} />
        <NumberField field="temperature" label="Temperature" hint="0 always takes the likeliest" min={0} step={0.1} />
        <NumberField field="topK" label="Top k" hint="0 is no limit" min={0} step={1} />
      </Group>
      <Group gap="sm">
        <Button onClick={() => attempt(session, () => session.generate(generateFields(setup.getState())))} disabled={!model}>
          Generate
        </Button>
        {!model && <Text size="sm">There is a model to ask as soon as training has begun.</Text>}
      </Group>
    </>
  )
}

function Generated() {
  const text = useView((view) => view.generation.text)
  const busy = useView((view) => view.generation.busy)
  return (
    <div>
      <Text size="sm" fw={600} mb={4} aria-hidden>
        Generated text
      </Text>
      <div role="region" aria-label="Generated text" aria-live="polite" aria-busy={busy} tabIndex={0} className="generated">
        {text}
      </div>
    </div>
  )
}

/** The model at work: a text that goes on, and what it holds likeliest next. */
export function TextPanel() {
  return (
    <Panel title="What the model writes">
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="md">
            <GenerateForm />
            <Generated />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <NextTokens />
        </Grid.Col>
      </Grid>
    </Panel>
  )
}
