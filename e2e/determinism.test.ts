/** The same seed gives the same bits, whatever happens between the steps. */
import { afterEach, describe, expect, test } from 'vitest'
import { observe } from '../src/lab/observe.ts'
import type { Machine } from '../src/model/machine.ts'
import { createGenerator } from '../src/model/generate.ts'
import { appendColumns, emptyColumns, type MetricColumns } from '../src/train/curve.ts'
import { createForward } from '../src/train/forward.ts'
import { loop, takeCheckpoint } from '../src/train/loop.ts'
import { sampleText } from '../src/train/sample-text.ts'
import { learningRate } from '../src/train/schedule.ts'
import type { Setup } from '../src/train/setup.ts'
import type { Trainer } from '../src/train/trainer.ts'
import { bitsOf, setUpSmoke, startRun, type StartFrom } from './engine.ts'

const STEPS = 50
const machines: Machine[] = []
afterEach(() => {
  for (const machine of machines.splice(0)) machine.dispose()
})

async function start(setup: Setup, from: StartFrom = {}): Promise<Trainer> {
  const { machine, trainer } = await startRun(setup, from)
  machines.push(machine)
  return trainer
}

/** What must be equal in every bit: losses, gradient norms and rates by step, then the weights and moments. */
async function resultOf(trainer: Trainer, { step, loss, gradNorm, lr }: MetricColumns) {
  const { parameters, m, v } = await takeCheckpoint(trainer)
  return { step, loss, gradNorm, lr, parameters: bitsOf(parameters), m: bitsOf(m), v: bitsOf(v) }
}

async function straight(setup: Setup, from: StartFrom = {}, until = STEPS) {
  const trainer = await start(setup, from)
  const curve = emptyColumns()
  while (trainer.done < until) {
    trainer.step()
    if (trainer.done % 25 === 0) appendColumns(curve, await trainer.fetch())
  }
  return resultOf(trainer, curve)
}

describe.each([
  { wiring: 'joint', dropout: 0.2, dataset: 'moby-dick' },
  { wiring: 'skip', dropout: 0, dataset: 'sort' },
])('$wiring on $dataset, dropout $dropout', ({ wiring, dropout, dataset }) => {
  const setting = () => setUpSmoke({ steps: STEPS, dropout, eval_every: 20, eval_batches: 1 }, wiring, dataset)

  test('two runs are equal, and so are pauses, single steps, evaluations, probes and samples in between', async () => {
    const setup = await setting()
    const first = await straight(setup)
    expect(first.step).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1))
    expect(first.loss.every(Number.isFinite)).toBe(true)
    expect(await straight(setup)).toEqual(first)

    const trainer = await start(setup)
    const { machine } = trainer
    const { config } = machine
    const T = config.context_length
    const watched = await createForward(machine, 1, T, { observe: 'all' })
    const generator = await createGenerator(machine)
    const sample = setup.dataset.heldOutSample(T)
    const curve = emptyColumns()
    let pauses = 0
    let samples = 0
    let evaluations = 0
    const options = {
      checkpointEvery: 0,
      sample: async (step: number) => {
        samples++
        generator.reset()
        const prompt = setup.dataset.tokenizer.decode(sample.subarray(0, 5))
        let text = ''
        const sampling = { tokens: T, temperature: 0.8, topK: 0, topP: 1, seed: step }
        for await (const piece of sampleText(generator, setup.dataset.tokenizer, prompt, sampling)) text += piece.text
        return { step, prompt, text }
      },
    }
    // Runs of a few steps with a pause after each: a generator that nobody asks does not run. Then another one goes on.
    for (const until of [7, 8, 9, 31, STEPS]) {
      for await (const event of loop(trainer, { ...options, until })) {
        if (event.metrics) appendColumns(curve, event.metrics)
        if (event.validation) evaluations++
        if (event.sample) expect(event.sample).toMatchObject({ step: event.step, text: expect.stringMatching(/./s) as unknown })
        if (event.step % 10 === 3) {
          await observe(watched, config, { tokens: sample, targets: new Int32Array(T) }, 1, T)
          await new Promise((resolve) => setTimeout(resolve, 20))
          pauses++
        }
      }
    }
    expect(Math.min(pauses, samples, evaluations)).toBeGreaterThan(3)
    expect(await resultOf(trainer, curve)).toEqual(first)
  })

  test('a run that goes on from a checkpoint is the run that never stopped', async () => {
    const setup = await setting()
    const whole = await straight(setup, {}, STEPS)
    const before = await start(setup)
    while (before.done < STEPS / 2) before.step()
    const checkpoint = await takeCheckpoint(before)
    expect(checkpoint.step).toBe(STEPS / 2)
    const { parameters, m, v, step } = checkpoint
    const after = await straight(setup, { parameters, m, v, done: step })
    expect(after.loss).toEqual(whole.loss.slice(STEPS / 2))
    expect({ ...after, step: [], loss: [], gradNorm: [], lr: [] }).toEqual({ ...whole, step: [], loss: [], gradNorm: [], lr: [] })
  })
})

test('a run whose rate is changed goes on from its checkpoint with the settings in force', async () => {
  const setup = await setUpSmoke({ steps: STEPS, lr: 3e-3, min_lr: 3e-4, schedule: 'cosine' })
  const trainer = await start(setup)
  const curve = emptyColumns()
  while (trainer.done < 20) trainer.step()
  // The losses so far have not been asked for: they keep the rates that they were made with.
  trainer.tune({ lr: 2e-4 })
  expect(trainer.settings).toEqual({ ...setup.settings, lr: 2e-4, min_lr: 2e-4 })
  while (trainer.done < 30) trainer.step()
  const settings = trainer.settings
  const checkpoint = await takeCheckpoint(trainer)
  while (trainer.done < STEPS) trainer.step()
  appendColumns(curve, await trainer.fetch())
  const rateAt = (step: number) => learningRate(step <= 20 ? setup.settings : settings, step)
  expect(curve.lr).toEqual(curve.step.map(rateAt))
  expect(curve.lr[20]).toBeLessThan(curve.lr[19] / 2)
  const { parameters, m, v, step } = checkpoint
  const after = await straight({ ...setup, settings }, { parameters, m, v, done: step })
  expect(await resultOf(trainer, { ...curve, step: [], loss: curve.loss.slice(30), gradNorm: [], lr: [] })).toEqual({
    ...after,
    step: [],
    gradNorm: [],
    lr: [],
  })
  for (const lr of [0, -1, NaN, Infinity]) expect(() => trainer.tune({ lr })).toThrow(`The learning rate is ${lr}`)
})

test('another seed gives another run', async () => {
  const [one, two] = await Promise.all([1, 2].map(async (seed) => straight(await setUpSmoke({ seed, steps: STEPS }), {}, 3)))
  expect(one.parameters).not.toEqual(two.parameters)
})
