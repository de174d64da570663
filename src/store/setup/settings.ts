/** Settings of the model and of its training: what the preset says, and what a person typed over it. */
import { followed, modelShape, parseSettings, presetNamed, trainSettings, type TrainSettings } from '../../model/config.ts'
import type { RunRequest } from '../../worker/protocol.ts'
import { SETTINGS, settingNamed, type SettingKey } from '../settings-catalogue.ts'
import type { RunFields } from '../setup.ts'
import { taskOf } from './data.ts'
import { numberOf } from './number.ts'
import { messageOf } from '../message-of.ts'

/** As typed; only what differs from the preset. Blank is the preset's. */
export type TypedSettings = Partial<Record<SettingKey, string>>

type Chosen = Pick<RunFields, 'preset' | 'dataset' | 'settings'>
export type SettingValue = string | number | boolean

/** The value that a text means; throws a line with the label and the range or the choices. */
export function settingValue(key: SettingKey, text: string): SettingValue {
  const { label, kind } = settingNamed(key)
  switch (kind.kind) {
    case 'number':
      return numberOf(label, text, kind.range)
    case 'choice':
      if (kind.choices.includes(text)) return text
      throw new Error(`${label} is "${text}". Choose one of: ${kind.choices.join(', ')}.`)
    case 'switch':
      if (text === 'true' || text === 'false') return text === 'true'
      throw new Error(`${label} is "${text}". Choose one of: true, false.`)
  }
}

/** The number typed for a key; undefined where none is, or none that is valid. */
function typedNumber({ settings }: Chosen, key: SettingKey): number | undefined {
  try {
    return Number(settingValue(key, settings[key] ?? ''))
  } catch {
    return undefined
  }
}

const isTraining = (key: SettingKey): key is keyof TrainSettings & SettingKey => Object.hasOwn(trainSettings.shape, key)

/** What holds where nothing is typed: the preset's value, or the one that follows from another setting or from the task. Empty for the vocabulary, which the data decides. */
export function usualSetting(setup: Chosen, key: SettingKey): string {
  if (key === 'vocab_size') return ''
  const preset = presetNamed(setup.preset)
  const task = taskOf(setup.dataset)
  if (key === 'context_length' && task) return `${task.contextLength}`
  const train = parseSettings(preset.train)
  // A rate chosen below the preset's floor would otherwise rise during the run.
  if (key === 'min_lr') return `${Math.min(train.min_lr, typedNumber(setup, 'lr') ?? train.lr)}`
  if (isTraining(key)) return `${train[key]}`
  const widths: Record<string, number> = {}
  for (const width of ['d_model', 'n_heads'] as const) {
    const value = width === key ? undefined : typedNumber(setup, width)
    if (value !== undefined) widths[width] = value
  }
  const model = modelShape.parse({ ...followed(preset.model, widths), vocab_size: 1 })
  return `${model[key]}`
}

/** What is typed, or else what holds without it. */
export function settingOf(setup: Chosen, key: SettingKey): string {
  const typed = setup.settings[key]
  return typed === undefined || typed.trim() === '' ? usualSetting(setup, key) : typed
}

/** Whether a setting was typed that means something else than what holds without it; what cannot be read counts as other. */
export function isOwnSetting(setup: Chosen, key: SettingKey): boolean {
  const text = settingOf(setup, key)
  const usual = usualSetting(setup, key)
  if (text === usual) return false
  try {
    return usual === '' || settingValue(key, text) !== settingValue(key, usual)
  } catch {
    return true
  }
}

/** Types a setting; a blank text gives it back to the preset. */
export function setSetting<T extends Chosen>(setup: T, key: SettingKey, text: string): T {
  const settings = { ...setup.settings }
  if (text.trim() === '') delete settings[key]
  else settings[key] = text
  return { ...setup, settings }
}

/** The line that says what is wrong with a setting as it stands; null when nothing is. */
export function settingProblem(setup: Chosen, key: SettingKey): string | null {
  try {
    valueInForce(setup, key)
    return null
  } catch (error) {
    return messageOf(error)
  }
}

/** The value that a run would have; null for a vocabulary that the data decides. Throws the line of `settingValue`, and one when the lowest rate lies above the rate or the length is not the task's. */
export function valueInForce(setup: Chosen, key: SettingKey): SettingValue | null {
  const text = settingOf(setup, key)
  if (text === '') return null
  const value = settingValue(key, text)
  if (key === 'min_lr') {
    const lr = typedNumber(setup, 'lr') ?? Number(usualSetting(setup, 'lr'))
    if (Number(value) > lr) throw new Error(`Lowest learning rate is ${text}, above the learning rate: give ${lr} or less.`)
  }
  const task = taskOf(setup.dataset)
  if (key === 'context_length' && task && value !== task.contextLength)
    throw new Error(`Context is ${text}, the task "${task.title}" has sequences of ${task.contextLength}: reset it.`)
  return value
}

/** The settings that a request must name: those that are other than the preset's, and a lowest rate that was lowered. Throws the first line of `valueInForce`. */
export function overridesOf(setup: Chosen): RunRequest['settings'] {
  const overrides: RunRequest['settings'] = {}
  for (const { key } of SETTINGS) {
    const value = valueInForce(setup, key)
    if (value !== null && isOwnSetting(setup, key)) overrides[key] = value
  }
  const { lr, min_lr } = parseSettings(presetNamed(setup.preset).train)
  const inForce = Number(valueInForce(setup, 'min_lr'))
  if (inForce !== Math.min(lr, min_lr)) overrides.min_lr = inForce
  return overrides
}

export interface ModelSize {
  n_layers: number
  n_heads: number
  n_kv_heads: number
  d_model: number
  context_length: number
}

/** The size in force; throws the line of a number that cannot be read. */
export function sizeOf(setup: Chosen): ModelSize {
  const value = (key: SettingKey): number => Number(valueInForce(setup, key))
  return {
    n_layers: value('n_layers'),
    n_heads: value('n_heads'),
    n_kv_heads: value('n_kv_heads'),
    d_model: value('d_model'),
    context_length: value('context_length'),
  }
}
