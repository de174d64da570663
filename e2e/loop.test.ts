/** How far the loop goes ahead of the GPU. */
import { expect, test } from 'vitest'
import { loop } from '../src/train/loop.ts'
import { ASK_EVERY } from '../src/train/trainer.ts'
import { setUpSmoke, startRun } from './engine.ts'

test('the loop submits steps while losses are on their way, never more than two groups of them, and hands on every loss once', async () => {
  const { machine, trainer } = await startRun(await setUpSmoke({ steps: 3 * ASK_EVERY + 5, eval_every: 0 }))
  const arrived: number[] = []
  const ahead: number[] = []
  for await (const { step, metrics } of loop(trainer, { fetchEvery: Infinity })) {
    arrived.push(...(metrics?.step ?? []))
    ahead.push(step - arrived.length)
  }
  expect(arrived).toEqual(Array.from({ length: 3 * ASK_EVERY + 5 }, (_, i) => i + 1))
  expect(Math.max(...ahead)).toBeGreaterThan(ASK_EVERY)
  expect(Math.max(...ahead)).toBeLessThan(2 * ASK_EVERY)
  machine.dispose()
})
