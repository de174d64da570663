/** `record`: a run as `train` makes it, and beside the model all that the page needs to show how it went. */
import type { Dataset } from '../data/dataset.ts'
import { encodeRecording } from '../io/recording-file.ts'
import { snapshotOf, type CutResult, type Snapshot, type TextSample } from '../io/recording.ts'
import { zipFolder } from '../io/zip.ts'
import { cutHead } from '../lab/cut.ts'
import { createEffectMeter } from '../lab/effect.ts'
import { createProbe } from '../lab/probe.ts'
import { createGenerator } from '../model/generate.ts'
import { headKind, namedWiring } from '../model/wiring.ts'
import { growingSteps } from '../train/loop.ts'
import { encodePrompt, sampleText } from '../train/sample-text.ts'
import { checkFolder, writeFolder } from './files.ts'
import { print } from './print.ts'
import { followRun, runFolder, startRun, type StartedRun, type TrainOptions } from './train-command.ts'

export interface RecordOptions extends TrainOptions {
  snapshots: number
  prompt?: string
  date?: string
}

const NAMES = ['recording.zip', 'model.zip', 'model']
const MOST_SNAPSHOTS = 48
const SAMPLE_TOKENS = 300
const SAMPLE_TEMPERATURE = 0.8

function dateOf(given: string | undefined): string {
  const date = given === undefined ? new Date() : new Date(given)
  if (Number.isNaN(date.getTime())) throw new Error(`--date ${given} is no date. Write it as in 2026-03-04 or 2026-03-04T05:06:07Z.`)
  return date.toISOString()
}

/** What samples begin with: a task goes on from the first half of its held-out sample. */
function promptOf(dataset: Dataset, given: string | undefined, T: number): string {
  const prompt = given ?? (dataset.kind === 'text' ? 'The ' : dataset.tokenizer.decode(dataset.heldOutSample(T).slice(0, Math.ceil(T / 2))))
  encodePrompt(dataset.tokenizer, prompt)
  return prompt
}

function wiringName({ options, setup }: StartedRun): string {
  if (options.wiring !== undefined) return options.wiring.endsWith('.json') ? 'custom' : options.wiring
  const { config } = setup
  return JSON.stringify(config.reads) === JSON.stringify(namedWiring('standard', config)) ? 'standard' : 'custom'
}

/** Does what is none of the run's time, once the steps that were asked for are done. */
async function aside<Result>({ trainer, clock }: StartedRun, work: () => Promise<Result>): Promise<Result> {
  await trainer.ask()
  clock.stop()
  const result = await work()
  clock.start()
  return result
}

/** Writes text as the model stands, always by the same draws. */
async function createSampler({ machine, setup }: StartedRun, prompt: string) {
  const { dataset, settings, config } = setup
  const generator = await createGenerator(machine)
  const T = config.context_length
  const tokens = dataset.kind === 'text' ? SAMPLE_TOKENS : Math.floor(T / 2)
  const sampling = { tokens, temperature: SAMPLE_TEMPERATURE, topK: 0, topP: 1, seed: settings.seed }
  return async (step: number): Promise<TextSample> => {
    generator.reset()
    let text = ''
    for await (const piece of sampleText(generator, dataset.tokenizer, prompt, sampling)) text += piece.text
    return { step, prompt, text }
  }
}

/** The cut of every head that reads back. */
async function cutAll({ machine, setup, trainer }: StartedRun): Promise<CutResult[]> {
  const meter = await createEffectMeter(machine, setup.dataset, setup.settings)
  const cuts: CutResult[] = []
  for (const [l, layer] of setup.config.reads.entries())
    for (const [h, slots] of layer.entries())
      if (headKind(l, slots) !== 'own') {
        const cut = await cutHead(meter, setup.config.reads, trainer.done, l, h)
        print(cut)
        cuts.push(cut)
      }
  meter.dispose()
  return cuts
}

export async function record(options: RecordOptions): Promise<void> {
  const { snapshots: most } = options
  if (!Number.isInteger(most) || most < 2 || most > MOST_SNAPSHOTS)
    throw new Error(`--snapshots must be a whole number from 2 to ${MOST_SNAPSHOTS}.`)
  const date = dateOf(options.date)
  checkFolder(options.out, NAMES)
  const run = await startRun(options, ({ dataset, config }) => void promptOf(dataset, options.prompt, config.context_length))
  const { config, dataset } = run.setup
  const probe = await createProbe(run.machine, dataset)
  const look = async (step: number): Promise<Snapshot> => snapshotOf(await probe.maps(step))
  const snapshots = [await look(0)]
  const sample = await createSampler(run, promptOf(dataset, options.prompt, config.context_length))
  const samples: TextSample[] = []
  const due = new Set(growingSteps(options.steps, most))
  await followRun(run, {
    sample: (step) => aside(run, () => sample(step)),
    after: async (event) => {
      if (event.sample) samples.push(event.sample)
      if (due.has(event.step)) snapshots.push(await aside(run, () => look(event.step)))
    },
  })
  const recording = encodeRecording({
    date,
    adapter: run.gpu.description,
    software: run.gpu.software,
    dataset: 'name' in run.dataset ? run.dataset.name : run.dataset.title,
    preset: options.preset,
    wiring: wiringName(run),
    config,
    settings: run.trainer.settings,
    curve: run.curve,
    samples,
    snapshots,
    cuts: await cutAll(run),
    heldOut: probe.heldOut,
  })
  const folder = await runFolder(run, { optimizer: false })
  const model = zipFolder('model', folder)
  const files = new Map([
    ['recording.zip', recording],
    ['model.zip', model],
  ])
  for (const [name, bytes] of folder) files.set(`model/${name}`, bytes)
  writeFolder(options.out, files, NAMES)
  print({ snapshots: snapshots.length, samples: samples.length, recording_bytes: recording.length, model_bytes: model.length })
}
