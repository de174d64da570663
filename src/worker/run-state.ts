/** All that a run is made from, before it lies on a device: as a person set it up, or from a model folder. */
import { openDataset, type DatasetChoice } from '../data/catalogue.ts'
import { tokenizerFromJSON, type Tokenizer } from '../data/tokenizer.ts'
import type { Gpu } from '../gpu/device.ts'
import type { ModelFolder } from '../io/folder.ts'
import { parseSettings, type TrainSettings } from '../model/config.ts'
import type { Parameters } from '../model/initialise.ts'
import { describeReads } from '../model/wiring-names.ts'
import { emptyCurve, type Curve } from '../train/curve.ts'
import type { Checkpoint } from '../train/loop.ts'
import { planTraining } from '../train/planned.ts'
import type { Setup } from '../train/setup.ts'
import type { Tuned } from '../train/tune.ts'
import { setUpRun, type LoadText } from './preflight.ts'
import type { RunRequest } from './protocol.ts'

/** All that a run is made from: enough to build it again on another device. */
export interface RunState extends Setup {
  choice: DatasetChoice
  preset?: string
  wiring: string
  /** The last step that is made. */
  until: number
  /** The moments came with the weights, so that it can be trained on. */
  trainable: boolean
  /** Where the run stands; absent before the first step. */
  checkpoint?: Checkpoint
  curve: Curve
  /** Tiles of its products, where it began on another device like this. */
  tuned?: Tuned
}

export const titleOf = (choice: DatasetChoice): string => ('name' in choice ? choice.name : choice.title)

/** A run as a person set it up. Throws one line when it cannot run on this device; nothing has been made then. */
export async function prepareRun(request: RunRequest, gpu: Gpu, loadText: LoadText): Promise<RunState> {
  const { dataset: choice, preset, wiring } = request
  const setup = await setUpRun(request, loadText)
  planTraining(setup.config, setup.settings, gpu.limits)
  return {
    ...setup,
    choice,
    preset,
    wiring: 'name' in wiring ? wiring.name : 'custom',
    until: Math.min(request.until ?? setup.settings.steps, setup.settings.steps),
    trainable: true,
    curve: emptyCurve(),
  }
}

const sameVocabulary = (a: Tokenizer, b: Tokenizer): boolean =>
  a.vocabSize === b.vocabSize && Array.from({ length: a.vocabSize }, (_, id) => id).every((id) => a.label(id) === b.label(id))

const zeros = (parameters: Parameters): Parameters =>
  new Map([...parameters].map(([name, { shape, data }]) => [name, { shape, data: new Float32Array(data.length) }]))

/**
 * A run from a model folder. The text that it was trained on must come with it or ship with the app. Without optimizer.safetensors it can be looked at and asked, and
 * is finished where it stands.
 */
export async function resumeFolder(folder: ModelFolder, gpu: Gpu, loadText: LoadText): Promise<RunState> {
  const { config, run, optimizer, parameters } = folder
  if (!run) throw new Error('This model folder has no run.json, which says what text it was trained on. Export it from a run.')
  if (!('name' in run.dataset) && run.dataset.text === undefined)
    throw new Error(
      `This run was trained on "${run.dataset.title}", which is not in the folder. Export it from the page, which puts the text with it.`,
    )
  const choice: DatasetChoice = 'name' in run.dataset ? run.dataset : { title: run.dataset.title, text: run.dataset.text ?? '' }
  const settings: TrainSettings = parseSettings(run.settings)
  const dataset = await openDataset(
    choice,
    { tokenizer: settings.tokenizer, valFraction: settings.val_fraction, contextLength: config.context_length },
    loadText,
  )
  if (dataset.tokenizer.vocabSize > config.vocab_size)
    throw new Error(`The data has ${dataset.tokenizer.vocabSize} tokens, the model ${config.vocab_size}: it was trained on another text.`)
  planTraining(config, settings, gpu.limits)
  if (folder.tokenizer !== undefined && !sameVocabulary(tokenizerFromJSON(folder.tokenizer), dataset.tokenizer))
    throw new Error("The folder's tokenizer.json is not that of its data: the model was trained on another text. Export the folder again.")
  const { m, v } = optimizer ?? { m: zeros(parameters), v: zeros(parameters) }
  const checkpoint = { step: run.step, parameters, m, v }
  const wiring = describeReads(config.reads)?.name ?? 'custom'
  const trainable = optimizer !== undefined
  const until = trainable ? settings.steps : run.step
  return {
    config,
    settings,
    dataset,
    choice,
    preset: run.preset,
    wiring,
    until,
    trainable,
    checkpoint,
    curve: run.curve,
    tuned: run.adapter === gpu.description ? run.tuned : undefined,
  }
}

/** The curve as it stood at a step. */
export function curveUntil(curve: Curve, step: number): Curve {
  const n = curve.training.step.findIndex((s) => s > step)
  const cut = <T>(column: T[]): T[] => (n < 0 ? [...column] : column.slice(0, n))
  const { training: t } = curve
  return {
    training: { step: cut(t.step), loss: cut(t.loss), lr: cut(t.lr), gradNorm: cut(t.gradNorm), ms: cut(t.ms) },
    validation: curve.validation.filter((p) => p.step <= step),
  }
}
