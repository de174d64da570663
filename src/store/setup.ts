/** The choices of the set-up, as typed: numbers stay text until the run is asked for, so that a half-typed one is no error. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import { DATASETS } from '../data/catalogue.ts'
import { modelShape, parseConfig, PRESETS, presetNamed } from '../model/config.ts'
import type { Reads } from '../model/wiring.ts'
import type { DatasetChoice, RunRequest } from '../worker/protocol.ts'
import { SETTINGS } from './settings-catalogue.ts'
import { datasetName, isTask, OWN_TEXT } from './setup/data.ts'
import { numberOf } from './setup/number.ts'
import { overridesOf, valueInForce, type TypedSettings } from './setup/settings.ts'
import { readsOf, wiringChoice, type WiringOption } from './setup/wiring.ts'
import { messageOf } from './message-of.ts'

export interface OwnText {
  title: string
  text: string
  /** Where it came from, when that was an address. */
  url?: string
}

/** The choices that make a run. */
export interface RunFields {
  /** A name of the catalogue, task options allowed as in "k-hop:k=4", or OWN_TEXT. */
  dataset: string
  ownText: OwnText | null
  preset: string
  /** A name, or CUSTOM for `reads`. */
  wiring: string
  /** Options of a wiring by name; blank is the wiring's own default. */
  options: Partial<Record<WiringOption, string>>
  /** The edited wiring. It is kept while a wiring by name is chosen. */
  reads: Reads | null
  settings: TypedSettings
}

/** A text on its way from an address. */
export interface Loading {
  title: string
  /** Bytes. */
  received: number
  /** Bytes in all; null where the site does not say. */
  total: number | null
  cancel: () => void
}

export interface Setup extends RunFields {
  /** The choices of the run on the GPU; null when it came from a file or there is none. */
  asked: RunFields | null
  loading: Loading | null
  /** Why the last text that was brought could not be taken. */
  textProblem: string | null
  probe: string
  prompt: string
  /** What the lens looks at. */
  lensText: string
  tokens: string
  temperature: string
  topK: string
  topP: string
}

export type SetupStore = StoreApi<Setup>

/** A preset just as it is: nothing typed over it. */
export const fieldsOf = (preset: string): Pick<Setup, 'preset' | 'settings'> => ({ preset: presetNamed(preset).name, settings: {} })

/** A prompt that any English text can go on from; tasks have alphabets of their own. */
const TEXT_PROMPT = 'The '
const promptFor = (dataset: string): string => (isTask(dataset) ? '' : TEXT_PROMPT)

export const initialSetup = (): Setup => ({
  ...fieldsOf('tiny'),
  dataset: DATASETS[0].name,
  ownText: null,
  wiring: 'joint',
  options: {},
  reads: null,
  asked: null,
  loading: null,
  textProblem: null,
  probe: '',
  prompt: promptFor(DATASETS[0].name),
  lensText: promptFor(DATASETS[0].name),
  tokens: '200',
  temperature: '0.8',
  topK: '0',
  topP: '1',
})

export const createSetup = (): SetupStore => createStore<Setup>(initialSetup)

export const runFields = ({ dataset, ownText, preset, wiring, options, reads, settings }: RunFields): RunFields => ({
  dataset,
  ownText,
  preset,
  wiring,
  options,
  reads,
  settings,
})

/** What the fields come to; null where they make no run. Fields that mean the same come to the same. */
function outcome(fields: RunFields): string | null {
  try {
    const dataset = fields.dataset === OWN_TEXT ? OWN_TEXT : datasetName(fields.dataset)
    const settings = SETTINGS.map(({ key }) => valueInForce(fields, key))
    return JSON.stringify([dataset, fields.preset, fields.wiring, readsOf(fields), settings])
  } catch {
    return null
  }
}

/** Whether Train would begin another run than the one on the GPU. */
export function isChanged(setup: Setup): boolean {
  const { asked } = setup
  if (!asked) return true
  const now = outcome(setup)
  if (now === null || now !== outcome(asked)) return true
  return setup.dataset === OWN_TEXT && (setup.ownText?.title !== asked.ownText?.title || setup.ownText?.text !== asked.ownText?.text)
}

/** Chooses a dataset; prompts that nobody has touched follow its kind. */
export function chooseDataset(setup: Setup, dataset: string): Setup {
  const following = (prompt: string): string => (prompt === '' || prompt === TEXT_PROMPT ? promptFor(dataset) : prompt)
  return { ...setup, dataset, prompt: following(setup.prompt), lensText: following(setup.lensText) }
}

/** Whether some preset decides a setting. */
const ofPresets = (key: string): boolean => PRESETS.some(({ model, train }) => key in model || key in train)

/** Chooses a preset: what presets decide becomes this one's, and what was typed besides (seed, dropout, …) stays. */
export function choosePreset(setup: Setup, preset: string): Setup {
  const settings = Object.fromEntries(Object.entries(setup.settings).filter(([key]) => !ofPresets(key)))
  return { ...setup, preset: presetNamed(preset).name, settings }
}

function datasetChoice({ dataset, ownText }: RunFields): DatasetChoice {
  if (dataset !== OWN_TEXT) return { name: datasetName(dataset) }
  if (!ownText) throw new Error('No text has been chosen. Press "Choose a text file", or pick another dataset.')
  return { title: ownText.title, text: ownText.text }
}

/** Throws the line of the first thing by which the parts of the model do not fit together. */
function checkModel(setup: RunFields): void {
  const config: Record<string, unknown> = { reads: readsOf(setup) }
  for (const { key } of SETTINGS) if (Object.hasOwn(modelShape.shape, key)) config[key] = valueInForce(setup, key)
  // The data's vocabulary is not known here, and nothing else depends on it.
  parseConfig({ ...config, vocab_size: config.vocab_size ?? 1 }, 'The model')
}

/** The line by which model and wiring cannot be had as they are set; null when they can. */
export function modelProblem(setup: RunFields): string | null {
  try {
    checkModel(setup)
    return null
  } catch (error) {
    return messageOf(error)
  }
}

/** The run that the choices describe; throws one line that names the field and the fix. */
export function runRequest(setup: RunFields): RunRequest {
  const preset = presetNamed(setup.preset).name
  const wiring = wiringChoice(setup)
  const settings = overridesOf(setup)
  checkModel(setup)
  return { dataset: datasetChoice(setup), preset, wiring, settings }
}

export interface GenerateFields {
  prompt: string
  tokens: number
  temperature: number
  topK: number
  topP: number
}

/** What Generate asks for; throws one line that names the field and the fix. */
export function generateFields(setup: Setup): GenerateFields {
  if (setup.prompt === '') throw new Error('The prompt is empty. Type a few characters for the text to begin with.')
  return {
    prompt: setup.prompt,
    tokens: numberOf('Tokens', setup.tokens, { whole: true, least: 1, most: 100_000 }),
    temperature: numberOf('Temperature', setup.temperature, { least: 0, most: 100 }),
    topK: numberOf('Top k', setup.topK, { whole: true, least: 0 }),
    topP: numberOf('Top p', setup.topP, { above: 0, most: 1 }),
  }
}

export const presetChoices = PRESETS.map(({ name, title }) => ({ value: name, label: title }))
