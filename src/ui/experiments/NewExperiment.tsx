import { Alert, Button, Checkbox, FileButton, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useEffect, useMemo, useState } from 'react'
import { useStore } from 'zustand'
import { parsePlan, PLAN_VERSION } from '../../lab/experiment/plan.ts'
import { READY_PLANS } from '../../lab/experiment/ready.ts'
import { WIRINGS } from '../../model/wiring.ts'
import { messageOf } from '../../store/message-of.ts'
import { runRequest, type Setup } from '../../store/setup.ts'
import type { Plan } from '../../worker/protocol.ts'
import { useApp, useSetup, useView } from '../app-context.ts'
import { Explained } from '../Explained.tsx'
import { durationText } from '../units.ts'
import { sizeText } from './words.ts'

const OWN = 'own'

/** Points of each curve: enough for its shape, and for reading it at a time. */
const EVALUATIONS = 20

interface Choices {
  from: string
  wirings: string[]
  seeds: string
  steps: string
}

/** The set-up of the bar above, by wiring and seed. Throws one line where it makes no plan. */
function planOfSetup(setup: Setup, { wirings, seeds, steps }: Choices): Plan {
  const number = (text: string, what: string): number => {
    if (!/^[1-9]\d*$/.test(text.trim())) throw new Error(`${what} must be a whole number from 1 on.`)
    return Number(text)
  }
  if (wirings.length < 2) throw new Error('Choose two wirings or more: they are compared with the first.')
  const { dataset, preset, settings } = runRequest(setup)
  const { seed = 1, ...shared } = settings
  const each = number(steps, 'Steps of each run')
  const titles = wirings.map((name) => WIRINGS.find((one) => one.name === name)?.title ?? name)
  return parsePlan({
    version: PLAN_VERSION,
    title: titles.join(', '),
    dataset,
    preset,
    settings: { ...shared, steps: each, eval_every: Math.ceil(each / EVALUATIONS) },
    cells: wirings.map((name) => ({ name, wiring: { name } })),
    baseline: wirings[0],
    seeds: Array.from({ length: number(seeds, 'The number of seeds') }, (_, i) => Number(seed) + i),
  })
}

const stepsOf = (setup: Setup): string => {
  try {
    return String(runRequest(setup).settings.steps ?? 1000)
  } catch {
    // Whatever is wrong with the set-up is told where the plan is made of it.
    return '1000'
  }
}

/** The plan that the choices make, or why they make none. */
function attemptPlan(make: () => Plan): { plan: Plan | null; problem: string | null } {
  try {
    return { plan: make(), problem: null }
  } catch (error) {
    return { plan: null, problem: messageOf(error) }
  }
}

/** Asking at every key would keep the worker busy. */
const TYPING_MS = 400

/** How many runs a plan has, and how long they take here. */
function Takes({ plan }: { plan: Plan }) {
  const { experiments } = useApp()
  const ready = useView((view) => view.adapter !== null && !view.broken)
  const [asked] = useDebouncedValue(plan, TYPING_MS)
  const estimate = useStore(experiments.store, (view) => view.estimate)
  useEffect(() => {
    if (ready) experiments.estimate(asked)
  }, [experiments, ready, asked])
  const time = estimate === null || estimate.seconds === null || asked !== plan ? '' : `, ${durationText(estimate.seconds)} here`
  return (
    <Text size="sm">
      {sizeText(plan)}
      {time}
      {estimate?.problem && asked === plan && <span className="plan-problem">. {estimate.problem}</span>}
    </Text>
  )
}

/** What is to be compared, and the button that puts it into the queue. */
export function NewExperiment() {
  const { experiments } = useApp()
  const setup = useSetup((now) => now)
  const broken = useView((view) => view.broken)
  const elsewhere = useStore(experiments.store, (view) => view.elsewhere)
  const [choices, setChoices] = useState<Choices>(() => ({ from: OWN, wirings: ['standard', 'joint'], seeds: '5', steps: stepsOf(setup) }))
  const [opened, setOpened] = useState<{ name: string; problem: string | null } | null>(null)
  const set = (change: Partial<Choices>) => setChoices((now) => ({ ...now, ...change }))
  const ready = READY_PLANS.find(({ name }) => name === choices.from)
  const { plan, problem } = useMemo(() => attemptPlan(() => (ready ? ready.plan() : planOfSetup(setup, choices))), [ready, setup, choices])
  const open = async (file: File | null) => {
    if (!file) return
    try {
      const text = await file.text()
      experiments.queue(parsePlan(JSON.parse(text), file.name))
      setOpened({ name: file.name, problem: null })
    } catch (error) {
      const what = error instanceof SyntaxError ? `${file.name} is not JSON. Choose a plan that was saved here.` : messageOf(error)
      setOpened({ name: file.name, problem: what })
    }
  }
  return (
    <Stack gap="sm">
      <Text size="sm">
        One run proves little: what a seed does by chance is as large as what most wirings do. An experiment trains the same settings with
        several seeds, one run after another, and says what stands out from{' '}
        <Explained more="Two runs that differ in nothing but the seed end at different losses. Runs of one seed share their data order and their start, so their difference is less noisy than either loss.">
          chance
        </Explained>
        .
      </Text>
      <div className="experiments-choices">
        <NativeSelect
          label="Experiment"
          description={ready?.asks ?? 'The data, size and settings chosen above, by wiring.'}
          data={[{ value: OWN, label: 'The set-up above' }, ...READY_PLANS.map(({ name, title }) => ({ value: name, label: title }))]}
          value={choices.from}
          onChange={(event) => set({ from: event.currentTarget.value })}
        />
        {!ready && (
          <>
            <TextInput
              label="Number of seeds"
              description="Fewer than five say little."
              inputMode="numeric"
              value={choices.seeds}
              onChange={(event) => set({ seeds: event.currentTarget.value })}
            />
            <TextInput
              label="Steps of each run"
              description="The schedule is fitted to them."
              inputMode="numeric"
              value={choices.steps}
              onChange={(event) => set({ steps: event.currentTarget.value })}
            />
          </>
        )}
      </div>
      {!ready && (
        <Checkbox.Group
          label="Wirings compared"
          description="The first is the baseline."
          value={choices.wirings}
          onChange={(wirings) => set({ wirings: inOrder(wirings) })}
        >
          <Group gap="md" mt="xs">
            {WIRINGS.map(({ name, title }) => (
              <Checkbox key={name} value={name} label={title} />
            ))}
          </Group>
        </Checkbox.Group>
      )}
      {problem !== null && (
        <Text size="sm" c="red">
          {problem}
        </Text>
      )}
      <Group gap="sm">
        <Button disabled={plan === null || broken || elsewhere} onClick={() => plan && experiments.queue(plan)}>
          Queue the experiment
        </Button>
        <FileButton accept="application/json,.json" onChange={(file) => void open(file)} inputProps={{ 'aria-label': 'Plan file' }}>
          {(props) => (
            <Button variant="default" disabled={elsewhere} {...props}>
              Open a plan
            </Button>
          )}
        </FileButton>
        {plan && <Takes plan={plan} />}
      </Group>
      {opened?.problem && (
        <Alert color="red" variant="outline">
          {opened.problem}
        </Alert>
      )}
      {broken && <Text size="sm">Experiments need a GPU that this browser lets pages use.</Text>}
    </Stack>
  )
}

const inOrder = (wirings: string[]): string[] => WIRINGS.map(({ name }) => name).filter((name) => wirings.includes(name))
