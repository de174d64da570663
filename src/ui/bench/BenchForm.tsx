import { Button, Checkbox, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { WIRINGS } from '../../model/wiring.ts'
import { BENCH_SHAPES, COMPARED_SHAPES } from '../../store/query.ts'
import { PROCESSOR_SHAPE, WINDOW, WINDOWS } from '../../train/windows.ts'
import { useApp, useView } from '../app-context.ts'
import { Term } from '../help/Term.tsx'

interface Choices {
  /** Null until a person or the address chooses: then it depends on the adapter. */
  shapes: string[] | null
  steps: string
  reads: string
  profile: boolean
}

const isCount = (text: string): boolean => /^[1-9]\d*$/.test(text.trim())

/** What is to be timed, and the button that begins it. */
export function BenchForm() {
  const { session, benchAsked } = useApp()
  const running = useView((view) => view.bench.running !== null)
  const state = useView((view) => view.state)
  const broken = useView((view) => view.broken)
  const software = useView((view) => view.adapter?.software ?? false)
  const [choices, setChoices] = useState<Choices>(() => ({
    shapes: benchAsked?.shapes ?? null,
    steps: `${benchAsked?.steps ?? WINDOW * WINDOWS}`,
    reads: benchAsked && 'name' in benchAsked.wiring ? benchAsked.wiring.name : 'standard',
    profile: benchAsked?.profile ?? false,
  }))
  const set = (change: Partial<Choices>) => setChoices((now) => ({ ...now, ...change }))
  const shapes = choices.shapes ?? (software ? [PROCESSOR_SHAPE.name] : COMPARED_SHAPES)
  const training = state === 'running' || state === 'compiling'
  const wrongSteps = isCount(choices.steps) ? null : 'A whole number from 1 on.'
  const begin = () =>
    session.bench({
      shapes: BENCH_SHAPES.map(({ name }) => name).filter((name) => shapes.includes(name)),
      steps: Number(choices.steps),
      wiring: { name: choices.reads },
      profile: choices.profile,
    })
  return (
    <Stack gap="sm">
      <Text size="sm">
        Times training steps of models of fixed sizes on random text, so that machines can be compared. It trains nothing that is kept.
      </Text>
      <Checkbox.Group
        label="Model sizes"
        description="Larger ones take longer and need more memory; the smallest is for machines without a GPU."
        value={shapes}
        onChange={(value) => set({ shapes: value })}
      >
        <Group gap="md" mt="xs">
          {BENCH_SHAPES.map(({ name, title, summary }) => (
            <Checkbox key={name} value={name} label={`${title}: ${summary}`} disabled={running} />
          ))}
        </Group>
      </Checkbox.Group>
      <div className="bench-options">
        <TextInput
          label="How many to time"
          description={`Steps of each size, in windows of ${WINDOW}; the median window counts.`}
          inputMode="numeric"
          value={choices.steps}
          error={wrongSteps}
          disabled={running}
          onChange={(event) => set({ steps: event.currentTarget.value })}
        />
        <NativeSelect
          label="Heads read"
          description="Which layers the heads read: what a run’s choice of the same name does."
          data={WIRINGS.map(({ name, title }) => ({ value: name, label: title }))}
          value={choices.reads}
          disabled={running}
          onChange={(event) => set({ reads: event.currentTarget.value })}
        />
        <NativeSelect
          label="Numbers"
          description="How they are kept; 32 bits is the only way so far."
          data={[{ value: 'f32', label: '32-bit (f32)' }]}
          disabled={running}
        />
      </div>
      <Checkbox
        label="Also time every kernel"
        description="Shows where the time of a step goes; takes some seconds more."
        checked={choices.profile}
        disabled={running}
        onChange={(event) => set({ profile: event.currentTarget.checked })}
      />
      <Group gap="sm">
        <Button onClick={begin} disabled={running || training || broken || shapes.length === 0 || wrongSteps !== null}>
          Run benchmark
        </Button>
        <Button variant="default" onClick={session.cancelBench} disabled={!running}>
          Cancel benchmark
        </Button>
      </Group>
      {training && !running && (
        <Text size="sm">A run is being trained: pause or stop it first, a benchmark beside it would measure neither.</Text>
      )}
      {broken && <Text size="sm">Timing needs a GPU that this browser lets pages use.</Text>}
      <Text size="sm" className="bench-soft">
        A step starts many <Term word="kernel">kernels</Term>, each by a <Term word="dispatch" />, handed over in one or two{' '}
        <Term word="submit">submits</Term>. How much arithmetic that comes to is told in <Term word="TFLOP/s" />.
      </Text>
    </Stack>
  )
}
