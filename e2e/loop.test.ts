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
async function aheadBy(software: boolean, reading: number, between: number): Promise<number> {
  const { config, settings, dataset } = await setUpSmoke({ steps: STEPS, eval_every: 0 })
  let now = performance.now()
  const gpu = await gpuOfTests()
  /** What is waited for through it in a run without evaluations are losses. */
  const orFailed = async <T>(work: Promise<T>): Promise<T> => {
    const result = await gpu.orFailed(work)
    now += reading
    return result
  }
  const machine = createMachine({ ...gpu, software, orFailed }, config)
  const trainer = await createTrainer({ machine, dataset, settings, T: config.context_length, clock: () => 0 })
  machine.load(initialParameters(config, settings.seed))
  vi.spyOn(performance, 'now').mockImplementation(() => now)
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
  { what: 'steps that take no time', software: false, reading: 0, between: 0, least: ASK_STEPS, most: 2 * ASK_STEPS },
  { what: 'steps of 100 ms', software: false, reading: 100, between: 0, least: 1, most: 2 },
  { what: 'steps of 100 ms on a processor', software: true, reading: 100, between: 0, least: 10, most: 2 * ASK_STEPS },
  { what: 'steps of 10 s on a processor', software: true, reading: 10_000, between: 0, least: 1, most: 2 },
  { what: 'steps that are asked for slowly', software: false, reading: 0, between: 60, least: 1, most: 2 },
])(
  '$what: submits while losses are on their way, at least $least and at most $most steps ahead, and hands on every loss once',
  async ({ software, reading, between, least, most }) => {
    const ahead = await aheadBy(software, reading, between)
    expect(ahead).toBeGreaterThanOrEqual(least)
    expect(ahead).toBeLessThanOrEqual(most)
  },
)
