/** How far the loop goes ahead of the GPU. */
import { expect, test } from 'vitest'
import { createMachine } from '../src/model/machine.ts'
import { initialParameters } from '../src/model/initialise.ts'
import { loop } from '../src/train/loop.ts'
import { ASK_STEPS, createTrainer } from '../src/train/trainer.ts'
import { gpuOfTests, setUpSmoke } from './engine.ts'

const STEPS = 3 * ASK_STEPS + 5

/** Steps whose losses had not come, after each step; by a clock that goes on by so much whenever it is read. */
async function aheadBy(tick: number): Promise<number[]> {
  const { config, settings, dataset } = await setUpSmoke({ steps: STEPS, eval_every: 0 })
  const machine = createMachine(await gpuOfTests(), config)
  let now = 0
  const clock = () => (now += tick)
  const trainer = await createTrainer({ machine, dataset, settings, T: config.context_length, clock })
  machine.load(initialParameters(config, settings.seed))
  const arrived: number[] = []
  const ahead: number[] = []
  for await (const { step, metrics } of loop(trainer)) {
    arrived.push(...(metrics?.step ?? []))
    ahead.push(step - arrived.length)
  }
  machine.dispose()
  expect(arrived).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1))
  return ahead
}

test.each([
  { steps: 'short', tick: 0, group: ASK_STEPS },
  { steps: 'long', tick: 1000, group: 1 },
])(
  'submits $steps steps while losses are on their way, never more than two groups, and hands on every loss once',
  async ({ tick, group }) => {
    const ahead = Math.max(...(await aheadBy(tick)))
    expect(ahead).toBeGreaterThanOrEqual(group)
    expect(ahead).toBeLessThan(2 * group + 1)
  },
)
