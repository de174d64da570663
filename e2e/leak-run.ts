/** A run of `smoke` with everything that goes on beside it, watched for what it creates. */
import { loadShippedText } from '../src/cli/files.ts'
import type { DatasetChoice } from '../src/data/catalogue.ts'
import type { Gpu } from '../src/gpu/device.ts'
import { observe } from '../src/lab/observe.ts'
import { initialParameters } from '../src/model/initialise.ts'
import { createGenerator, slide } from '../src/model/generate.ts'
import { createMachine } from '../src/model/machine.ts'
import { createForward } from '../src/train/forward.ts'
import { setUp } from '../src/train/setup.ts'
import { sampleText } from '../src/train/sample-text.ts'
import { createTrainer } from '../src/train/trainer.ts'
import { countGpu, KINDS, type GpuCounts, type Live } from './count-gpu.ts'

export interface LeakRun {
  steps: number
  /** After step 2, after the last, and after everything was disposed of. */
  before: Live
  after: Live
  disposed: Live
  /** Created between step 2 and the end. */
  made: GpuCounts['created']
  /** One step as the device saw it. */
  step: { dispatches: number; submits: number }
  /** The same as the trainer says. */
  claimed: { dispatches: number; submits: number }
  firstLoss: number
  lastLoss: number
}

/** Trains, and every so often evaluates, probes every head of a held-out text and generates past a full context. */
export async function leakRun(gpu: Gpu, steps: number, dataset: DatasetChoice = { name: 'moby-dick' }): Promise<LeakRun> {
  const counts = countGpu(gpu.device)
  const run = async () => {
    const overrides = { steps, eval_batches: 1 }
    const {
      config,
      settings,
      dataset: data,
    } = await setUp({ dataset, base: { preset: 'smoke' }, wiring: { name: 'joint' }, overrides }, loadShippedText)
    const T = config.context_length
    const machine = createMachine(gpu, config)
    machine.load(initialParameters(config, settings.seed))
    const trainer = await createTrainer({ machine, dataset: data, settings, T })
    const watched = await createForward(machine, 1, T, { observe: 'all' })
    const generator = await createGenerator(machine)
    const sample = data.heldOutSample(T)
    let tokens = Array.from(sample)
    const beside = async (): Promise<void> => {
      await trainer.evaluate()
      await observe(watched, config, { tokens: sample, targets: new Int32Array(T) }, 1, T)
      generator.reset()
      for (let i = 0; i < 3; i++) {
        const logits = await generator.next(tokens)
        tokens = slide([...tokens, logits.indexOf(Math.max(...logits))], T)
      }
      let text = ''
      const sampling = { tokens: 2 * T, temperature: 0.8, topK: 20, topP: 0.9, seed: 1 }
      for await (const piece of sampleText(generator, data.tokenizer, data.tokenizer.decode(sample.subarray(0, 5)), sampling))
        text += piece.text
      if (text.length !== 2 * T) throw new Error(`${text.length} characters were written where ${2 * T} are due.`)
    }

    trainer.step()
    const [dispatches, submits] = [counts.dispatches, counts.submits]
    trainer.step()
    const step = { dispatches: counts.dispatches - dispatches, submits: counts.submits - submits }
    const first = await trainer.fetch()
    await beside()
    const before = await counts.live()
    const made = { ...counts.created }
    let lastLoss = NaN
    for (let done = 2; done < steps; done++) {
      trainer.step()
      if ((done + 1) % 50 === 0) await beside()
      if ((done + 1) % 10 === 0 || done + 1 === steps) lastLoss = (await trainer.fetch()).loss.at(-1) ?? NaN
    }
    const after = await counts.live()
    for (const kind of KINDS) made[kind] = counts.created[kind] - made[kind]
    watched.dispose()
    generator.dispose()
    trainer.dispose()
    machine.dispose()
    const claimed = { dispatches: trainer.dispatches, submits: trainer.submits }
    return { steps, before, after, made, step, claimed, firstLoss: first.loss[0], lastLoss }
  }
  const result = await run()
  return { ...result, disposed: await counts.live() }
}

/** What is wrong with a run: one line each, none when all is well. */
export function leaksOf(run: LeakRun): string[] {
  const bad: string[] = []
  for (const kind of [...KINDS, 'bytes'] as const) {
    const [before, after, disposed] = [run.before[kind], run.after[kind], run.disposed[kind]]
    if (before !== after) bad.push(`${kind}: ${before} after step 2, ${after} after step ${run.steps}`)
    if (disposed !== 0) bad.push(`${kind}: ${disposed} after dispose`)
  }
  for (const kind of KINDS) if (run.made[kind] !== 0) bad.push(`${run.made[kind]} ${kind} were created after step 2`)
  for (const what of ['dispatches', 'submits'] as const)
    if (run.step[what] !== run.claimed[what]) bad.push(`${what}: the trainer says ${run.claimed[what]}, the device saw ${run.step[what]}`)
  return bad
}
