/** `train`: a run from scratch to a model folder. */
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { DATASETS, type DatasetChoice } from '../data/catalogue.ts'
import { decodeTextFile } from '../data/text.ts'
import type { Gpu } from '../gpu/device.ts'
import { RUN_VERSION } from '../io/run.ts'
import { writeModelFolder, type FolderFiles } from '../io/folder.ts'
import { countParameters } from '../model/config.ts'
import { initialParameters } from '../model/initialise.ts'
import { createMachine, type Machine } from '../model/machine.ts'
import { createClock, type Clock } from '../train/clock.ts'
import { appendCurve, emptyCurve, type Curve } from '../train/curve.ts'
import { loop, takeCheckpoint, type LoopEvent, type LoopOptions } from '../train/loop.ts'
import { setUp, type Overrides, type Setup, type SetupRequest, type WiringChoice } from '../train/setup.ts'
import { createTrainer, type Trainer } from '../train/trainer.ts'
import { launchesOfRun } from '../train/planned.ts'
import { tuneFor, type Tuned } from '../train/tune.ts'
import { openNodeGpu } from './adapter.ts'
import { checkFolder, loadShippedText, readBytes, readJson, writeFolder } from './files.ts'
import { print, progress, tuning } from './print.ts'
import { fileStore } from './tuned-store.ts'

export interface TrainOptions {
  config?: string
  preset?: string
  wiring?: string
  data?: string
  task?: string
  steps: number
  out: string
  seed?: number
  evalEvery?: number
  set: Overrides
}

/** A file of reads, or a name. */
export function wiringChoice(text: string | undefined): WiringChoice | undefined {
  if (text === undefined) return undefined
  if (!text.endsWith('.json')) return { name: text }
  const value = readJson(text)
  // Checked with the model's size, where the message can name the layer.
  return { reads: (typeof value === 'object' && value !== null && 'reads' in value ? value.reads : value) as never }
}

function datasetChoice(options: TrainOptions): DatasetChoice {
  if ((options.data === undefined) === (options.task === undefined)) throw new Error('Give either --data FILE or --task NAME.')
  if (options.task !== undefined) return { name: options.task }
  const file = options.data ?? ''
  if (!existsSync(file) && DATASETS.some((d) => d.name === file)) return { name: file }
  return { title: basename(file), text: decodeTextFile(file, readBytes(file)) }
}

/** A run whose loss is no number can only go on so: it ends, and writes nothing. */
function checkLoss(what: string, step: number, loss: number, lr: number): void {
  if (!Number.isFinite(loss)) throw new Error(`${what} at step ${step} is ${loss}: the run has diverged. Lower lr, which is ${lr}.`)
}

/** A run that is about to begin. */
export interface StartedRun {
  options: TrainOptions
  dataset: DatasetChoice
  setup: Setup
  gpu: Gpu
  machine: Machine
  /** Of its products. */
  tiles: Tuned
  trainer: Trainer
  /** Filled by `followRun`. */
  curve: Curve
  clock: Clock
}

/** Sets up what the options say and puts it on the GPU. Throws one line when it cannot be; `check` may refuse it before the GPU is opened. */
export async function startRun(options: TrainOptions, check: (setup: Setup) => void = () => undefined): Promise<StartedRun> {
  if ((options.config === undefined) === (options.preset === undefined)) throw new Error('Give either --config FILE or --preset NAME.')
  if (!Number.isInteger(options.steps) || options.steps < 1) throw new Error('--steps must be a whole number from 1 on.')
  const overrides: Overrides = { ...options.set, steps: options.steps }
  if (options.seed !== undefined) overrides.seed = options.seed
  if (options.evalEvery !== undefined) overrides.eval_every = options.evalEvery
  const dataset = datasetChoice(options)
  const base: SetupRequest['base'] = options.config === undefined ? { preset: options.preset ?? '' } : { config: readJson(options.config) }
  const setup = await setUp({ dataset, base, wiring: wiringChoice(options.wiring), overrides }, loadShippedText)
  check(setup)
  const { config, settings } = setup
  const gpu = await openNodeGpu({ f16: settings.dtype === 'f16' })
  const tiles = await tuneFor(gpu, () => launchesOfRun(config, settings, gpu.limits), fileStore, { progress: tuning })
  const machine = createMachine(gpu, config, { tiles })
  // First the trainer, which refuses what does not fit before anything is made.
  const clock = createClock()
  const trainer = await createTrainer({ machine, dataset: setup.dataset, settings, T: config.context_length, clock: clock.now })
  machine.load(initialParameters(config, settings.seed))
  progress(
    `${countParameters(config)} parameters, ${(machine.pool.bytes() / 2 ** 20).toFixed(1)} MiB on the GPU, ${trainer.dispatches} dispatches a step`,
  )
  return { options, dataset, setup, gpu, machine, tiles, trainer, curve: emptyCurve(), clock }
}

export interface Beside {
  sample?: LoopOptions['sample']
  after?: (event: LoopEvent) => Promise<void>
}

/** Trains to the end and prints how it goes; `beside` is what else is due after a step. */
export async function followRun({ setup, trainer, curve, clock }: StartedRun, beside: Beside = {}): Promise<void> {
  const { config, settings } = setup
  const perStep = settings.batch_size * config.context_length
  const every = Math.max(1, Math.floor(settings.steps / 50))
  let lastStep = 0
  let lastMs = 0
  clock.start()
  for await (const event of loop(trainer, { sample: beside.sample })) {
    appendCurve(curve, event)
    event.metrics?.step.forEach((step, i) => {
      const { loss, ms } = event.metrics ?? { loss: [], ms: [] }
      checkLoss('The loss', step, loss[i], settings.lr)
      if (step !== 1 && step !== settings.steps && step % every !== 0) return
      print({ step, loss: loss[i], tokens_per_s: Math.round(((step - lastStep) * perStep * 1000) / Math.max(0.001, ms[i] - lastMs)) })
      ;[lastStep, lastMs] = [step, ms[i]]
    })
    if (event.validation) {
      const { step, loss, accuracy } = event.validation
      checkLoss('The held-out loss', step, loss, settings.lr)
      print({ step, val_loss: loss, ...(accuracy !== undefined && { accuracy }) })
    }
    await beside.after?.(event)
  }
}

/** The model folder of a run as it is now; only with the optimizer's moments can it be trained on. */
export async function runFolder(run: StartedRun, what: { optimizer: boolean }): Promise<FolderFiles> {
  const { options, dataset, setup, gpu, trainer, curve } = run
  const { parameters, m, v } = await takeCheckpoint(trainer)
  return writeModelFolder({
    config: setup.config,
    parameters,
    tokenizer: setup.dataset.tokenizer.toJSON(),
    ...(what.optimizer && { optimizer: { m, v } }),
    run: {
      version: RUN_VERSION,
      settings: trainer.settings,
      dataset: 'name' in dataset ? dataset : { title: dataset.title },
      preset: options.preset,
      seed: trainer.settings.seed,
      step: trainer.done,
      adapter: gpu.description,
      curve,
      tuned: run.tiles,
    },
  })
}

export async function train(options: TrainOptions): Promise<void> {
  checkFolder(options.out)
  const run = await startRun(options)
  await followRun(run)
  writeFolder(options.out, await runFolder(run, { optimizer: true }))
}
