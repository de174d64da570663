/** Every setting of a model and of its training: how the page calls it, one line that explains it, and where it comes from. Ranges and choices are those of the config. */
import { z } from 'zod'
import { modelShape, trainSettings } from '../model/config.ts'
import type { NumberRange } from './setup/number.ts'

const FIELDS = { ...modelShape.shape, ...trainSettings.shape }

/** A setting by the name that config.json, run.json and the address give it. */
export type SettingKey = Exclude<keyof typeof FIELDS, 'model_type'>

export const SETTING_GROUPS = ['Size', 'Training', 'Optimizer', 'Evaluation', 'Model details', 'Data'] as const
export type SettingGroup = (typeof SETTING_GROUPS)[number]

export type SettingKind = { kind: 'number'; range: NumberRange } | { kind: 'choice'; choices: string[] } | { kind: 'switch' }

interface SettingText {
  label: string
  group: SettingGroup
  explanation: string
  /** Papers as "Name, arXiv 1234.56789"; others by name. */
  sources?: string[]
}

export type Setting = SettingText & { key: SettingKey; kind: SettingKind }

/** In the order in which a person should meet them within their group. */
const TEXTS: Record<SettingKey, SettingText> = {
  n_layers: {
    label: 'Layers',
    group: 'Size',
    explanation: 'How many layers stand on one another. More layers, more earlier ones to read.',
  },
  n_heads: {
    label: 'Heads in a layer',
    group: 'Size',
    explanation: 'Each head looks at the text in its own way. The width must be a multiple of it.',
    sources: ['arXiv 1706.03762'],
  },
  d_model: { label: 'Width', group: 'Size', explanation: 'How many numbers stand for one token inside the model.' },
  context_length: {
    label: 'Context',
    group: 'Size',
    explanation: 'How many tokens the model sees at once. A task has a length of its own.',
  },
  d_ff: {
    label: 'Feed-forward width',
    group: 'Size',
    explanation: 'The inner width of the part of a layer that follows attention: four times the width unless you say otherwise.',
    sources: ['arXiv 1706.03762'],
  },
  n_kv_heads: {
    label: 'Key and value heads',
    group: 'Size',
    explanation: 'Heads can share keys and values in groups. As many as heads means that none are shared; it must divide their number.',
    sources: ['Grouped-query attention, arXiv 2305.13245'],
  },
  steps: { label: 'Steps', group: 'Training', explanation: 'How often the model is corrected. Each step shows it one fresh batch.' },
  batch_size: {
    label: 'Sequences in a batch',
    group: 'Training',
    explanation: 'How many pieces of text one step learns from. More give a steadier direction and cost more time.',
  },
  accumulate: {
    label: 'Parts of a batch',
    group: 'Training',
    explanation:
      'A batch can be worked through in parts, one after another: that takes less memory and some more time, and learns the same. Must divide the sequences in a batch.',
  },
  recompute: {
    label: 'Compute again instead of keeping',
    group: 'Training',
    explanation:
      'Takes far less memory and up to a third more time: what layers computed is not kept until the weights are corrected, but computed once more. It learns the same.',
    sources: ['arXiv 1604.06174'],
  },
  dtype: {
    label: 'Numbers kept as',
    group: 'Training',
    explanation:
      'With "f16", most of what layers computed is kept in half the memory, on adapters that can (shader-f16). Weights, gradients and sums stay f32; losses differ a little.',
    sources: ['Mixed precision, arXiv 1710.03740'],
  },
  lr: {
    label: 'Learning rate',
    group: 'Training',
    explanation: 'How far one step may move the weights, at its highest. Too high and the loss jumps up; too low and it crawls.',
  },
  min_lr: {
    label: 'Lowest learning rate',
    group: 'Training',
    explanation: 'Where the rate ends after its fall. A tenth of the learning rate is usual.',
    sources: ['nanoGPT'],
  },
  warmup: {
    label: 'Warm-up steps',
    group: 'Training',
    explanation: 'The rate rises from nearly nothing over these first steps, while the directions are still wild.',
    sources: ['arXiv 1706.03762'],
  },
  schedule: {
    label: 'Schedule',
    group: 'Training',
    explanation: 'How the rate falls after the warm-up. "wsd" stays high and falls at the end only.',
    sources: ['Cosine, arXiv 1608.03983', 'WSD, arXiv 2404.06395'],
  },
  decay_fraction: {
    label: 'Falling part',
    group: 'Training',
    explanation: 'With the schedule "wsd": the part of the steps, at the end, in which the rate falls.',
    sources: ['arXiv 2404.06395'],
  },
  dropout: {
    label: 'Dropout',
    group: 'Training',
    explanation: 'The part of the activations that is switched off at random while training, so that the model does not lean on a few.',
    sources: ['Srivastava et al. 2014'],
  },
  seed: {
    label: 'Seed',
    group: 'Training',
    explanation: 'Start of all chance: first weights, order of the data, dropout. The same seed gives the same run.',
  },
  weight_decay: {
    label: 'Weight decay',
    group: 'Optimizer',
    explanation: 'Pulls the weights towards zero a little at each step, apart from what the loss asks.',
    sources: ['AdamW, arXiv 1711.05101', 'nanoGPT'],
  },
  clip: {
    label: 'Gradient clipping',
    group: 'Optimizer',
    explanation: 'A gradient longer than this is shortened to it, so that one bad batch cannot throw the model off. 0 is no limit.',
    sources: ['arXiv 1211.5063'],
  },
  beta1: {
    label: 'Beta 1',
    group: 'Optimizer',
    explanation: 'How much of the direction comes from earlier steps: 0.9 remembers about ten.',
    sources: ['PyTorch default'],
  },
  beta2: {
    label: 'Beta 2',
    group: 'Optimizer',
    explanation: "How long the size of each weight's gradients is remembered: 0.95 is about twenty steps.",
    sources: ['nanoGPT'],
  },
  eps: {
    label: 'Epsilon',
    group: 'Optimizer',
    explanation: 'Keeps the optimizer from dividing by zero. Hardly ever changed.',
    sources: ['PyTorch default'],
  },
  eval_every: {
    label: 'Steps between evaluations',
    group: 'Evaluation',
    explanation: 'How often the loss on held-out data is measured. 0 is never.',
  },
  eval_batches: {
    label: 'Batches in an evaluation',
    group: 'Evaluation',
    explanation: 'More batches measure the held-out loss more exactly, and take longer.',
  },
  norm: {
    label: 'Normalisation',
    group: 'Model details',
    explanation: 'Brings the numbers of every token to one scale before each part of a layer.',
    sources: ['LayerNorm, arXiv 1607.06450', 'RMSNorm, arXiv 1910.07467'],
  },
  norm_eps: {
    label: 'Normalisation epsilon',
    group: 'Model details',
    explanation: 'Keeps the normalisation from dividing by zero.',
    sources: ['PyTorch default'],
  },
  activation: {
    label: 'Activation',
    group: 'Model details',
    explanation: 'The bend between the two products of the feed-forward part; without it, layers would add nothing to one another.',
    sources: ['GELU, arXiv 1606.08415', 'ReLU², arXiv 2109.08668', 'SwiGLU, arXiv 2002.05202'],
  },
  positions: {
    label: 'Positions',
    group: 'Model details',
    explanation:
      'How the model knows where a token stands: a learned vector for each place, a rotation of queries and keys, or not at all.',
    sources: ['RoPE, arXiv 2104.09864'],
  },
  rope_theta: {
    label: 'Rotation base',
    group: 'Model details',
    explanation: 'With "rope": the larger, the slower the slowest rotation, and the farther apart places can be told from one another.',
    sources: ['arXiv 2104.09864'],
  },
  bias: {
    label: 'Biases',
    group: 'Model details',
    explanation: 'Whether products and layer norms also add a learned constant. GPT-2 does, most newer models do not.',
  },
  tie_embeddings: {
    label: 'Tied embeddings',
    group: 'Model details',
    explanation: 'One table both reads tokens in and writes them out, which saves parameters.',
    sources: ['arXiv 1608.05859'],
  },
  vocab_size: {
    label: 'Vocabulary',
    group: 'Data',
    explanation: 'How many tokens the model can tell apart. Left empty, as many as the data has; it can only be raised.',
  },
  tokenizer: {
    label: 'Tokens of a text',
    group: 'Data',
    explanation: 'A text is cut into characters, or into bytes, which know every script. Tasks bring their own tokens.',
  },
  val_fraction: {
    label: 'Held-out part',
    group: 'Data',
    explanation: 'The end of a text that the model never learns from, so that the validation loss is honest.',
    sources: ['nanoGPT'],
  },
}

function numberRange(field: z.ZodNumber): NumberRange {
  const { minValue, maxValue } = field
  const whole = field.isInt
  const range: NumberRange = { whole }
  // Zod tells a bound, and whether it belongs to the range is asked of the field itself. A whole number's own limits are no range that a person need know.
  if (minValue !== null && minValue > Number.MIN_SAFE_INTEGER) range[field.safeParse(minValue).success ? 'least' : 'above'] = minValue
  if (maxValue !== null && maxValue < Number.MAX_SAFE_INTEGER) range[field.safeParse(maxValue).success ? 'most' : 'below'] = maxValue
  return range
}

function kindOf(key: SettingKey): SettingKind {
  const field = FIELDS[key]
  const inner = field instanceof z.ZodDefault ? field.unwrap() : field
  if (inner instanceof z.ZodEnum) return { kind: 'choice', choices: inner.options.map(String) }
  if (inner instanceof z.ZodNumber) return { kind: 'number', range: numberRange(inner) }
  return { kind: 'switch' }
}

export const isSettingKey = (key: string): key is SettingKey => Object.hasOwn(TEXTS, key)

/** Every setting, in the order of the page. */
export const SETTINGS: Setting[] = Object.keys(TEXTS)
  .filter(isSettingKey)
  .map((key) => ({ key, ...TEXTS[key], kind: kindOf(key) }))

const BY_KEY = new Map(SETTINGS.map((setting) => [setting.key, setting]))

export function settingNamed(key: SettingKey): Setting {
  const setting = BY_KEY.get(key)
  if (!setting) throw new Error(`There is no setting called "${key}".`)
  return setting
}
