/** Ways to take less memory change nothing of a run. */
import { afterEach, expect, test } from 'vitest'
import type { Machine } from '../src/model/machine.ts'
import { planTraining } from '../src/train/planned.ts'
import type { Overrides } from '../src/train/setup.ts'
import { bitsOf, relativeError, setUpSmoke, startRun } from './engine.ts'

const machines: Machine[] = []
afterEach(() => {
  for (const machine of machines.splice(0)) machine.dispose()
})

const STEPS = 4

/** Losses, gradient norms and weights after a few steps, and the bytes that the run took. */
async function run(overrides: Overrides, wiring: string) {
  const setup = await setUpSmoke({ steps: STEPS, warmup: 0, n_layers: 3, n_heads: 4, n_kv_heads: 2, eval_batches: 1, ...overrides }, wiring)
  const { machine, trainer } = await startRun(setup)
  machines.push(machine)
  while (trainer.done < STEPS) trainer.step()
  const { loss, gradNorm } = await trainer.fetch()
  const validation = await trainer.evaluate()
  const weights = await machine.readPack('parameters')
  expect(planTraining(setup.config, setup.settings, machine.gpu.limits, { parallel: machine.gpu.parallel }).bytes).toBe(
    machine.pool.bytes(),
  )
  return { loss, gradNorm, validation, weights, bytes: machine.pool.bytes() }
}

test.each<Overrides & { wiring: string }>([
  { wiring: 'standard', positions: 'rope', dropout: 0.2, batch_size: 4 },
  { wiring: 'skip', activation: 'swiglu', batch_size: 4 },
  { wiring: 'joint', tie_embeddings: true, dropout: 0.2, batch_size: 4 },
  { wiring: 'values-from-first', norm: 'rmsnorm', bias: false, batch_size: 4 },
  { wiring: 'all-earlier', activation: 'relu2', positions: 'none', batch_size: 4 },
  { wiring: 'shared', batch_size: 4 },
])('computing again instead of keeping changes no bit: %j', async ({ wiring, ...overrides }) => {
  const [kept, again] = [await run(overrides, wiring), await run({ ...overrides, recompute: true }, wiring)]
  expect(kept.loss.every((loss) => loss > 0)).toBe(true)
  expect(again.loss).toEqual(kept.loss)
  expect(again.gradNorm).toEqual(kept.gradNorm)
  expect(again.validation).toEqual(kept.validation)
  expect(bitsOf(again.weights)).toEqual(bitsOf(kept.weights))
  expect(again.bytes).toBeLessThan(kept.bytes)
})

test.each<Overrides & { wiring: string }>([
  { wiring: 'standard', accumulate: 4, dropout: 0.2 },
  { wiring: 'joint', accumulate: 8, positions: 'rope', tie_embeddings: true },
  { wiring: 'skip', accumulate: 2, dropout: 0.2, recompute: true },
])('micro-batches are the large batch: %j', async ({ wiring, accumulate, recompute = false, ...rest }) => {
  const overrides = { ...rest, batch_size: 8 }
  const [large, parts] = [await run(overrides, wiring), await run({ ...overrides, accumulate, recompute }, wiring)]
  expect(relativeError(parts.loss, large.loss)).toBeLessThan(1e-5)
  expect(relativeError(parts.gradNorm, large.gradNorm)).toBeLessThan(1e-5)
  expect(parts.validation.loss / large.validation.loss).toBeCloseTo(1, 5)
  // A bias of keys shifts all scores of a query alike: its gradient is rounding.
  for (const [name, { data }] of parts.weights)
    if (!name.endsWith('attn.k.bias')) expect(relativeError(data, large.weights.get(name)?.data ?? []), name).toBeLessThan(1e-4)
  expect(parts.bytes).toBeLessThan(large.bytes)
})

test('a batch that cannot be parted so is refused', async () => {
  await expect(setUpSmoke({ batch_size: 8, accumulate: 3 })).rejects.toThrow('accumulate 3 must divide batch_size 8')
})
