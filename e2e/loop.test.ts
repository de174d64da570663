/** How far the loop goes ahead of the GPU. */
import { afterEach, expect, test, vi } from 'vitest'
import { createMachine } from '../src/model/machine.ts'
import { initialParameters } from '../src/model/initialise.ts'
import { loop } from '../src/train/loop.ts'
import { ASK_STEPS, createTrainer } from '../src/train/trainer.ts'
import { gpuOfTests, setUpSmoke } from './engine.ts'

const STEPS = 3 * ASK_STEPS + 5

afterEach(() => {
  vi.restoreAllMocks()
})

/** The most steps whose losses had not come, by a clock that goes on while losses are read, and after each step. The run's own stands still, as in a pause. */
async function aheadBy(reading: number, between: number): Promise<number> {
  const { config, settings, dataset } = await setUpSmoke({ steps: STEPS, eval_every: 0 })
  const machine = createMachine(await gpuOfTests(), config)
  const trainer = await createTrainer({ machine, dataset, settings, T: config.context_length, clock: () => 0 })
  machine.load(initialParameters(config, settings.seed))
  let now = performance.now()
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const { mapAsync } = GPUBuffer.prototype
  vi.spyOn(GPUBuffer.prototype, 'mapAsync').mockImplementation(async function (this: GPUBuffer, ...given) {
    await mapAsync.apply(this, given)
    now += reading
    return undefined
  })
  const arrived: number[] = []
  let most = 0
  for await (const { step, metrics } of loop(trainer)) {
    arrived.push(...(metrics?.step ?? []))
    most = Math.max(most, step - arrived.length)
    now += between
  }
  machine.dispose()
  expect(arrived).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1))
  return most
}

test.each([
  { what: 'steps that take no time', reading: 0, between: 0, group: ASK_STEPS },
  { what: 'steps that take long', reading: 10_000, between: 0, group: 1 },
  { what: 'steps that are asked for slowly', reading: 0, between: 60, group: 1 },
])(
  '$what: submits while losses are on their way, never more than two groups, and hands on every loss once',
  async ({ reading, between, group }) => {
    const most = await aheadBy(reading, between)
    expect(most).toBeGreaterThanOrEqual(group)
    expect(most).toBeLessThanOrEqual(2 * group)
  },
)
