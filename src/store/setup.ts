/** The choices of the set-up panel, as typed: numbers stay text until the run is asked for, so that a half-typed one is no error. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import { DATASETS } from '../data/catalogue.ts'
import { PRESETS, parseSettings, presetNamed } from '../model/config.ts'
import { WIRINGS, namedWiring, type NamedWiring, type WiringOptions } from '../model/wiring.ts'
import type { DatasetChoice, RunRequest } from '../worker/protocol.ts'

/** The value of Dataset that stands for a text of one's own. */
export const OWN_TEXT = 'own-text'

/** The choices that make a run. */
export interface RunFields {
  /** A name of the catalogue, or OWN_TEXT. */
  dataset: string
  ownText: { title: string; text: string } | null
  preset: string
  wiring: string
  /** Options of the wiring; empty is the wiring's own default. */
  distance: string
  heads: string
  group: string
  steps: string
  lr: string
  seed: string
}

export interface Setup extends RunFields {
  /** The choices of the run on the GPU; null when it came from a file or there is none. */
  asked: RunFields | null
  probe: string
  prompt: string
  tokens: string
  temperature: string
  topK: string
}

export type SetupStore = StoreApi<Setup>

/** What a preset brings for the fields that a person may change. */
export function fieldsOf(preset: string): Pick<Setup, 'preset' | 'steps' | 'lr'> {
  const { steps, lr } = parseSettings(presetNamed(preset).train)
  return { preset, steps: `${steps}`, lr: `${lr}` }
}

/** A prompt that any English text can go on from; tasks have alphabets of their own. */
const TEXT_PROMPT = 'The '

export const initialSetup = (): Setup => ({
  ...fieldsOf('tiny'),
  dataset: DATASETS[0].name,
  ownText: null,
  wiring: 'joint',
  distance: '',
  heads: '',
  group: '',
  seed: '1',
  asked: null,
  probe: '',
  prompt: DATASETS[0].kind === 'text' ? TEXT_PROMPT : '',
  tokens: '200',
  temperature: '0.8',
  topK: '0',
})

export const createSetup = (): SetupStore => createStore<Setup>(initialSetup)

export const runFields = ({ dataset, ownText, preset, wiring, distance, heads, group, steps, lr, seed }: RunFields): RunFields => ({
  dataset,
  ownText,
  preset,
  wiring,
  distance,
  heads,
  group,
  steps,
  lr,
  seed,
})

/** Whether Train would begin another run than the one on the GPU. */
export function isChanged(setup: Setup): boolean {
  const { asked } = setup
  if (!asked) return true
  const now = runFields(setup)
  return JSON.stringify({ ...now, ownText: null }) !== JSON.stringify({ ...asked, ownText: null }) || now.ownText !== asked.ownText
}

export const isTask = (dataset: string): boolean => DATASETS.some((entry) => entry.name === dataset && entry.kind === 'task')

/** Chooses a dataset; a prompt that nobody has touched follows its kind. */
export function chooseDataset(setup: Setup, dataset: string): Setup {
  const untouched = setup.prompt === '' || setup.prompt === TEXT_PROMPT
  return { ...setup, dataset, prompt: untouched ? (isTask(dataset) ? '' : TEXT_PROMPT) : setup.prompt }
}

export const wiringNamed = (name: string): NamedWiring | undefined => WIRINGS.find((wiring) => wiring.name === name)

/** Throws a line with the label and the range unless the text is such a number. */
export function numberOf(label: string, text: string, { whole = true, least = 0, most = Infinity } = {}): number {
  const value = text.trim() === '' ? NaN : Number(text)
  if (Number.isFinite(value) && value >= least && value <= most && (!whole || Number.isInteger(value))) return value
  const range = most === Infinity ? `${least} or more` : `from ${least} to ${most}`
  throw new Error(`${label} is "${text}": give a ${whole ? 'whole ' : ''}number, ${range}.`)
}

const OPTION_LABELS: Record<keyof WiringOptions, string> = { distance: 'Layers back', heads: 'Heads', group: 'Layers in a group' }
export const optionLabel = (option: keyof WiringOptions): string => OPTION_LABELS[option]

/** What the wiring takes where the option is left empty, found by asking the wiring itself; null where the preset has no room for the wiring. */
export function optionDefault({ preset, wiring }: RunFields, option: keyof WiringOptions): number | null {
  const { model } = presetNamed(preset)
  const readsWith = (options: WiringOptions): string | null => {
    try {
      return JSON.stringify(namedWiring(wiring, model, options))
    } catch {
      return null
    }
  }
  const usual = readsWith({})
  if (usual === null) return null
  for (let value = 0; value <= Math.max(model.n_layers, model.n_heads); value++) if (readsWith({ [option]: value }) === usual) return value
  return null
}

function wiringOptions(setup: Setup, wiring: NamedWiring): WiringOptions {
  const given = wiring.uses.filter((option) => setup[option].trim() !== '')
  return Object.fromEntries(given.map((option) => [option, numberOf(optionLabel(option), setup[option])]))
}

function datasetChoice({ dataset, ownText }: Setup): DatasetChoice {
  if (dataset !== OWN_TEXT) return { name: dataset }
  if (!ownText) throw new Error('No text has been chosen. Press "Choose a text file", or pick another dataset.')
  return { title: ownText.title, text: ownText.text }
}

/** The run that the choices describe; throws one line that names the field and the fix. */
export function runRequest(setup: Setup): RunRequest {
  const preset = presetNamed(setup.preset)
  const wiring = wiringNamed(setup.wiring)
  if (!wiring) throw new Error(`There is no wiring called "${setup.wiring}". Choose one of: ${WIRINGS.map((w) => w.name).join(', ')}.`)
  const options = wiringOptions(setup, wiring)
  namedWiring(wiring.name, preset.model, options)
  const lr = numberOf('Learning rate', setup.lr, { whole: false, least: Number.MIN_VALUE, most: 1 })
  const settings = {
    steps: numberOf('Steps', setup.steps, { least: 1 }),
    lr,
    // A rate chosen below the preset's floor would otherwise rise during the run.
    min_lr: Math.min(lr, parseSettings(preset.train).min_lr),
    seed: numberOf('Seed', setup.seed, { most: 0xffffffff }),
  }
  return { dataset: datasetChoice(setup), preset: preset.name, wiring: { name: wiring.name, ...options }, settings }
}

export interface GenerateFields {
  prompt: string
  tokens: number
  temperature: number
  topK: number
}

/** What Generate asks for; throws one line that names the field and the fix. */
export function generateFields(setup: Setup): GenerateFields {
  if (setup.prompt === '') throw new Error('The prompt is empty. Type a few characters for the text to begin with.')
  return {
    prompt: setup.prompt,
    tokens: numberOf('Tokens', setup.tokens, { least: 1, most: 100_000 }),
    temperature: numberOf('Temperature', setup.temperature, { whole: false, most: 100 }),
    topK: numberOf('Top k', setup.topK),
  }
}

/** The presets, datasets and wirings as choices of a select. */
export const presetChoices = PRESETS.map(({ name, title }) => ({ value: name, label: title }))
export const wiringChoices = WIRINGS.map(({ name, title }) => ({ value: name, label: title }))
export const datasetChoices = [
  ...DATASETS.map(({ name, title }) => ({ value: name, label: title })),
  { value: OWN_TEXT, label: 'Your own text…' },
]
