/** It learns: a short run, and one batch by heart. */
import { expect, test } from 'vitest'
import { setUpSmoke, startRun } from './engine.ts'

test.each(['skip', 'joint'])('smoke on Moby Dick falls by half a nat and more in 100 steps: %s', async (wiring) => {
  const setup = await setUpSmoke({ steps: 100, eval_batches: 2 }, wiring)
  const { machine, trainer } = await startRun(setup)
  trainer.step()
  const [first] = (await trainer.fetch()).loss
  const untrained = await trainer.evaluate()
  while (trainer.done < 100) trainer.step()
  const losses = (await trainer.fetch()).loss
  const held = await trainer.evaluate()
  machine.dispose()
  // An untrained model knows nothing: the logarithm of the vocabulary.
  expect(first).toBeCloseTo(Math.log(setup.config.vocab_size), 0)
  expect(losses.at(-1)).toBeLessThan(first - 0.5)
  expect(held.loss).toBeLessThan(untrained.loss - 0.5)
})

test('one batch is learnt by heart', async () => {
  const overrides = { steps: 250, lr: 1e-2, min_lr: 1e-3, warmup: 10, weight_decay: 0, batch_size: 2, context_length: 16 }
  const setup = await setUpSmoke(overrides, 'joint')
  const { dataset } = setup
  const same = {
    ...setup,
    dataset: { ...dataset, trainBatch: (seed: number, _step: number, B: number, T: number) => dataset.trainBatch(seed, 1, B, T) },
  }
  const { machine, trainer } = await startRun(same)
  while (trainer.done < setup.settings.steps) trainer.step()
  const { loss } = await trainer.fetch()
  machine.dispose()
  expect(loss.at(-1)).toBeLessThan(0.1)
})
