/** What differs between runs, in words for people. */
import type { ModelConfig, TrainSettings } from '../model/config.ts'
import { headKind, namedWiring, WIRINGS, type WiringOptions } from '../model/wiring.ts'
import { datasetTitle, wiringTitle, type KeptRun } from './kept-run.ts'

export interface Difference {
  label: string
  /** One for each run, in their order. */
  values: string[]
}

interface Field {
  label: string
  value: (run: KeptRun) => string
  /** Whether it says something of its own among these runs; it does where this is absent. */
  matters?: (runs: readonly KeptRun[]) => boolean
}

const plural = (count: number, one: string): string => `${count.toLocaleString('en')} ${count === 1 ? one : `${one}s`}`
const percent = (part: number): string => `${+(part * 100).toPrecision(3)} %`
const yesNo = (value: boolean): string => (value ? 'yes' : 'no')
const plain = (value: number | string): string => `${value}`

/** 1 to `most`, or nothing where the option is not used. */
const choices = (used: boolean, most: number): (number | undefined)[] =>
  used ? Array.from({ length: most }, (_, i) => i + 1) : [undefined]

/** The options with which a wiring by name gives these reads, heads only where they are not the usual ones; null where none do. */
function optionsOf(name: string, config: ModelConfig): WiringOptions | null {
  const wiring = WIRINGS.find((candidate) => candidate.name === name)
  if (!wiring) return null
  const wanted = JSON.stringify(config.reads)
  const uses = (option: keyof WiringOptions) => wiring.uses.includes(option)
  const heads = uses('heads') ? [undefined, ...choices(true, config.n_heads)] : [undefined]
  for (const count of heads)
    for (const distance of choices(uses('distance'), config.n_layers - 1))
      for (const group of choices(uses('group'), config.n_layers)) {
        const options = { heads: count, distance, group }
        if (JSON.stringify(namedWiring(name, config, options)) === wanted) return options
      }
  return null
}

/** A wiring in words, found from the reads themselves so that files have it too: "joint, 1 layer back, 2 heads". */
export function wiringInWords({ wiring, config }: Pick<KeptRun['recording'], 'wiring' | 'config'>): string {
  const options = optionsOf(wiring, config)
  if (!options) {
    const back = config.reads.flatMap((layer, l) => layer.filter((slots) => headKind(l, slots) !== 'own')).length
    return `custom, ${back} of ${config.n_layers * config.n_heads} heads read back`
  }
  const { distance, heads, group } = options
  return [
    wiringTitle(wiring),
    ...(distance === undefined ? [] : [`${plural(distance, 'layer')} back`]),
    ...(heads === undefined ? [] : [plural(heads, 'head')]),
    ...(group === undefined ? [] : [`${plural(group, 'layer')} in a group`]),
  ].join(', ')
}

/** The wirings in words; those that read alike and are not get a letter. */
function wirings(runs: readonly KeptRun[]): string[] {
  const words = runs.map(({ recording }) => wiringInWords(recording))
  const reads = runs.map(({ recording }) => JSON.stringify(recording.config.reads))
  return words.map((text, i) => {
    const alike = [...new Set(reads.filter((_, j) => words[j] === text))]
    return text.startsWith('custom') && alike.length > 1 ? `${text} (${String.fromCharCode(97 + alike.indexOf(reads[i]))})` : text
  })
}

const model = <Key extends keyof ModelConfig>(
  key: Key,
  label: string,
  say: (value: ModelConfig[Key]) => string,
  matters?: Field['matters'],
): Field => ({ label, value: ({ recording }) => say(recording.config[key]), matters })

const training = <Key extends keyof TrainSettings>(
  key: Key,
  label: string,
  say: (value: TrainSettings[Key]) => string,
  matters?: Field['matters'],
): Field => ({ label, value: ({ recording }) => say(recording.settings[key]), matters })

const allSame = (values: readonly unknown[]): boolean => values.every((value) => value === values[0])

const sameTokens = (runs: readonly KeptRun[]): boolean =>
  allSame(runs.map(({ recording: { dataset, settings } }) => `${settings.tokenizer} ${dataset}`))

/** Whether the losses of these runs are of the same tokens: only then can they be set side by side. */
export const sameData = (runs: readonly KeptRun[]): boolean =>
  sameTokens(runs) && allSame(runs.map(({ recording }) => recording.config.vocab_size))

const POSITIONS: Record<ModelConfig['positions'], string> = { learned: 'learned', rope: 'rotary', none: 'none' }
const SCHEDULES: Record<TrainSettings['schedule'], string> = {
  constant: 'constant',
  cosine: 'cosine',
  linear: 'linear',
  wsd: 'steady, then falling',
}

const DATASET: Field = { label: 'Dataset', value: ({ recording }) => datasetTitle(recording.dataset) }
const SEED = training('seed', 'Seed', plain)
const STEPS_DONE: Field = { label: 'Steps done', value: ({ step }) => step.toLocaleString('en') }
const ADAPTER: Field = { label: 'Trained on', value: ({ recording }) => recording.adapter }

/** Every field of the model but its name and its wiring; what follows from another field by rule is left out. */
export const MODEL_FIELDS: readonly Field[] = [
  model('n_layers', 'Layers', plain),
  model('n_heads', 'Heads in a layer', plain),
  model('n_kv_heads', 'Key and value heads in a layer', plain, (runs) =>
    runs.some(({ recording: { config } }) => config.n_kv_heads !== config.n_heads),
  ),
  model('d_model', 'Model width', plain),
  model('d_ff', 'Feed-forward width', plain, (runs) => runs.some(({ recording: { config } }) => config.d_ff !== 4 * config.d_model)),
  model('context_length', 'Context', (length) => plural(length, 'token')),
  model('vocab_size', 'Vocabulary', (size) => plural(size, 'token'), sameTokens),
  model('norm', 'Norm', (norm) => (norm === 'layernorm' ? 'LayerNorm' : 'RMSNorm')),
  model('norm_eps', 'Epsilon of the norm', plain),
  model('activation', 'Activation', plain),
  model('positions', 'Positions', (positions) => POSITIONS[positions]),
  model('rope_theta', 'Base of the rotary positions', plain, (runs) =>
    runs.every(({ recording }) => recording.config.positions === 'rope'),
  ),
  model('bias', 'Biases', yesNo),
  model('tie_embeddings', 'One table for tokens in and out', yesNo),
  model('dropout', 'Dropout', percent),
]

/** Every setting of the training but its seed. */
export const TRAINING_FIELDS: readonly Field[] = [
  training('steps', 'Planned steps', (steps) => steps.toLocaleString('en')),
  training('batch_size', 'Sequences in a batch', plain),
  training('accumulate', 'Parts of a batch', plain),
  training('recompute', 'Computed again instead of kept', yesNo),
  training('dtype', 'Numbers kept as', plain),
  training('lr', 'Learning rate', plain),
  training('min_lr', 'Lowest learning rate', plain),
  training('warmup', 'Warm-up', (steps) => plural(steps, 'step')),
  training('schedule', 'Course of the learning rate', (schedule) => SCHEDULES[schedule]),
  training('decay_fraction', 'Falling part of the steps', percent, (runs) =>
    runs.every(({ recording }) => recording.settings.schedule === 'wsd'),
  ),
  training('beta1', 'First beta of Adam', plain),
  training('beta2', 'Second beta of Adam', plain),
  training('eps', 'Epsilon of Adam', plain),
  training('weight_decay', 'Weight decay', plain),
  training('clip', 'Largest gradient norm', (limit) => (limit === 0 ? 'no limit' : plain(limit))),
  training('eval_every', 'Held-out loss measured', (steps) => (steps === 0 ? 'at the end' : `every ${plural(steps, 'step')}`)),
  training('eval_batches', 'Held-out batches', plain),
  training('tokenizer', 'Tokens', (tokenizer) => (tokenizer === 'char' ? 'characters' : 'bytes')),
  training('val_fraction', 'Held-out part of the text', percent),
]

function compare(runs: readonly KeptRun[], fields: readonly Field[]): Difference[] {
  return fields
    .filter(({ matters }) => matters?.(runs) ?? true)
    .map(({ label, value }): Difference => ({ label, values: runs.map(value) }))
    .filter(({ values }) => !allSame(values))
}

function setUpDifferences(runs: readonly KeptRun[]): Difference[] {
  const wiring = [{ label: 'Wiring', values: wirings(runs) }].filter(({ values }) => !allSame(values))
  return [...compare(runs, [DATASET]), ...wiring, ...compare(runs, [...MODEL_FIELDS, ...TRAINING_FIELDS])]
}

/** What differs between the runs, the set-up first; what is equal is left out. */
export const differences = (runs: readonly KeptRun[]): Difference[] => [
  ...setUpDifferences(runs),
  ...compare(runs, [SEED, STEPS_DONE, ADAPTER]),
]

const lower = (label: string): string => label[0].toLowerCase() + label.slice(1)

/** How a run's set-up differs from that of the run before it, in one line. */
export function changeFrom(run: KeptRun, before: KeptRun): string {
  const changed = [...setUpDifferences([run, before]), ...compare([run, before], [SEED])]
  if (changed.length === 0) return 'The same set-up as the one before.'
  if (changed.length <= 2)
    return `Differs from the one before by ${changed.map(({ label, values }) => `${lower(label)}: ${values[0]} instead of ${values[1]}`).join('; ')}.`
  const [first, second, third] = changed.map(({ label }) => lower(label))
  return `Differs from the one before by ${first}, ${second} and ${changed.length === 3 ? third : `${changed.length - 2} more`}.`
}

/** What the losses of these runs prove, said beside them. */
export function evidence(runs: readonly KeptRun[]): string {
  if (!sameData(runs)) return 'These runs learn different data, so their losses cannot be set against each other.'
  const seeds = new Set(runs.map(({ recording }) => recording.settings.seed)).size
  if (seeds > 1 && setUpDifferences(runs).length === 0) return 'The same set-up with other seeds: so much the loss moves by chance alone.'
  const repeated = runs.some((run) => runs.some((other) => other !== run && setUpDifferences([run, other]).length === 0))
  if (repeated && seeds > 1)
    return 'Few seeds each: weak evidence. A gap counts only when it is wider than the one between seeds of the same set-up.'
  return 'One seed each: not evidence. The same wiring with another seed may differ as much.'
}

/** The last step at which all runs have measured their held-out loss, and the losses there; null where there is none. */
export function commonLosses(runs: readonly KeptRun[]): { step: number; losses: number[] } | null {
  const measured = runs.map(({ recording }) => new Map(recording.curve.validation.map(({ step, loss }) => [step, loss])))
  const shared = [...(measured[0]?.keys() ?? [])].filter((step) => measured.every((losses) => losses.has(step)))
  if (shared.length === 0) return null
  const step = Math.max(...shared)
  return { step, losses: measured.map((losses) => losses.get(step) ?? NaN) }
}
