/** From what a person chose (data, preset or config, wiring, overrides) to a model, its settings and its data: one way for page and command line. */
import { openDataset, type DatasetChoice } from '../data/catalogue.ts'
import type { Dataset } from '../data/dataset.ts'
import {
  configOf,
  followed,
  parseConfig,
  parseSettings,
  presetNamed,
  trainSettings,
  type ModelConfig,
  type TrainSettings,
} from '../model/config.ts'
import { namedWiring, WIRINGS, type Reads, type WiringOptions } from '../model/wiring.ts'

export type WiringChoice = ({ name: string } & WiringOptions) | { reads: Reads }

export type Overrides = Record<string, string | number | boolean>

export interface SetupRequest {
  dataset: DatasetChoice
  /** The name of a preset, or the object of a `config.json`. */
  base: { preset: string } | { config: unknown }
  /** Standard, or the config's own reads, where nothing is said. */
  wiring?: WiringChoice
  /** By the names of config.json and of the training settings; also the wiring's distance, heads, first and group. */
  overrides: Overrides
}

export interface Setup {
  config: ModelConfig
  settings: TrainSettings
  dataset: Dataset
}

const MODEL_KEYS = [
  'vocab_size',
  'context_length',
  'n_layers',
  'n_heads',
  'n_kv_heads',
  'd_model',
  'd_ff',
  'norm',
  'norm_eps',
  'activation',
  'positions',
  'rope_theta',
  'bias',
  'tie_embeddings',
  'dropout',
] as const
const WIRING_KEYS = ['distance', 'heads', 'first', 'group'] as const
const TRAIN_KEYS = Object.keys(trainSettings.shape)

/** "3e-3" -> 0.003, "true" -> true; what is neither stays text. */
function valueOf(value: string | number | boolean): string | number | boolean {
  if (typeof value !== 'string') return value
  if (value === 'true' || value === 'false') return value === 'true'
  const number = Number(value)
  return value.trim() !== '' && Number.isFinite(number) ? number : value
}

function splitOverrides(overrides: Overrides) {
  const model: Record<string, unknown> = {}
  const train: Record<string, unknown> = {}
  const wiring: Record<string, unknown> = {}
  for (const [key, text] of Object.entries(overrides)) {
    const into = MODEL_KEYS.some((k) => k === key)
      ? model
      : TRAIN_KEYS.includes(key)
        ? train
        : WIRING_KEYS.some((k) => k === key)
          ? wiring
          : null
    if (!into)
      throw new Error(`There is no setting called "${key}". Choose one of: ${[...MODEL_KEYS, ...TRAIN_KEYS, ...WIRING_KEYS].join(', ')}.`)
    into[key] = valueOf(text)
  }
  return { model, train, wiring }
}

function checkSize(merged: Record<string, unknown>): { n_layers: number; n_heads: number } {
  const { n_layers, n_heads } = merged
  if (!Number.isInteger(n_layers) || !Number.isInteger(n_heads) || Number(n_layers) < 1 || Number(n_heads) < 1)
    throw new Error('n_layers and n_heads must be whole numbers from 1 on.')
  return { n_layers: Number(n_layers), n_heads: Number(n_heads) }
}

/** Throws when reads that are written out are given options of a wiring by name. */
function refuseOptions(over: Record<string, unknown>): void {
  const [key] = Object.keys(over)
  if (key !== undefined) throw new Error(`Reads that are written out take no ${key}. Leave it out, or choose a wiring by name.`)
}

function wiringOf(choice: WiringChoice, size: { n_layers: number; n_heads: number }, over: Record<string, unknown>): Reads {
  if ('reads' in choice) {
    refuseOptions(over)
    return choice.reads
  }
  const { name, ...own } = choice
  const options = { ...own, ...over }
  const wiring = WIRINGS.find((w) => w.name === name)
  const unused = WIRING_KEYS.find((key) => options[key] !== undefined && wiring && !wiring.uses.includes(key))
  if (wiring && unused)
    throw new Error(`The wiring "${name}" takes no ${unused}: it takes ${wiring.uses.join(', ') || 'no options'}. Leave ${unused} out.`)
  return namedWiring(name, size, options)
}

/** The vocabulary that is asked for, where one is: at least the data's. */
function vocabularyOf(asked: unknown, data: number, what: string): number {
  if (asked === undefined) return data
  const size = Number(asked)
  if (!Number.isInteger(size) || size < data)
    throw new Error(`${what} is ${JSON.stringify(asked)}, the data needs ${data}. Raise it or leave it out.`)
  return size
}

export async function setUp(request: SetupRequest, loadText: (name: string) => Promise<string>): Promise<Setup> {
  const over = splitOverrides(request.overrides)
  const preset = 'preset' in request.base ? presetNamed(request.base.preset) : undefined
  const given = 'config' in request.base ? request.base.config : undefined
  const settings = parseSettings({ ...preset?.train, ...over.train })
  const own = typeof given === 'object' && given !== null && !Array.isArray(given) ? (given as Record<string, unknown>) : undefined
  if (!preset && !own) throw new Error('The config: a JSON object is due.')
  const wantsLength = 'context_length' in over.model ? Number(over.model.context_length) : undefined
  const askedLength = over.model.context_length ?? own?.context_length
  const dataset = await openDataset(
    request.dataset,
    { tokenizer: settings.tokenizer, valFraction: settings.val_fraction, contextLength: wantsLength },
    loadText,
  )
  // A task is defined at its own length; a model must have just that. A preset's length is nobody's wish and follows.
  if (dataset.contextLength !== undefined && askedLength !== undefined && askedLength !== dataset.contextLength)
    throw new Error(
      `The task "${dataset.name}" has sequences of ${dataset.contextLength} tokens and context_length is ${JSON.stringify(askedLength)}. Set context_length to ${dataset.contextLength}, or leave it out.`,
    )
  const length = dataset.contextLength === undefined ? {} : { context_length: dataset.contextLength }
  const inData = dataset.tokenizer.vocabSize
  const vocabulary =
    'vocab_size' in over.model
      ? vocabularyOf(over.model.vocab_size, inData, 'vocab_size')
      : vocabularyOf(own?.vocab_size, inData, "The config's vocab_size")
  if (preset) {
    const merged = { ...followed(preset.model, over.model), ...length }
    const reads = wiringOf(request.wiring ?? { name: 'standard' }, checkSize(merged), over.wiring)
    const config = configOf({ ...preset.model, ...merged, reads }, vocabulary)
    return checked(config, settings, dataset)
  }
  const merged: Record<string, unknown> = { ...own, ...over.model, ...length }
  if (!request.wiring) refuseOptions(over.wiring)
  const reads = request.wiring
    ? wiringOf(request.wiring, checkSize(merged), over.wiring)
    : (merged.reads ?? namedWiring('standard', checkSize(merged)))
  return checked(parseConfig({ ...merged, vocab_size: vocabulary, reads }, 'The config'), settings, dataset)
}

/** A text must hold at least one window: asked again with the length that the model turned out to have. */
function checked(config: ModelConfig, settings: TrainSettings, dataset: Dataset): Setup {
  dataset.trainBatch(settings.seed, 1, 1, config.context_length)
  dataset.heldOutBatch(0, 1, config.context_length)
  return { config, settings, dataset }
}
