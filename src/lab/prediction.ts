/** A prediction that a person points at: a place in a text and a token that may follow there. */
import type { Dataset } from '../data/dataset.ts'
import type { Change } from '../model/changes.ts'
import type { Machine } from '../model/machine.ts'
import { encodePrompt, type TokenProbability } from '../train/sample-text.ts'
import { lensAfter, lensWindow, probabilityAfter, type Depth, type Lens } from './lens.ts'

export interface Place {
  text: string
  /** How many of the text's last tokens, as many as are looked at, the model has read there; null for all. */
  at: number | null
}

export interface Prediction extends Place {
  token: number
}

/** A lens with tokens as a person sees them. */
export interface LabelledLens extends Omit<Lens, 'depths'> {
  text: string
  /** The tokens of the text that are looked at, and how many of them were read. */
  labels: string[]
  at: number
  label: string
  depths: (Omit<Depth, 'top'> & { top: TokenProbability[] })[]
}

/** What changes did to a prediction. */
export interface Watched {
  /** The tokens read, and the one that may follow, as a person sees them. */
  labels: string[]
  label: string
  before: number
  after: number
}

interface Model {
  machine: Machine
  dataset: Dataset
}

function windowOf({ machine, dataset: { tokenizer } }: Model, { text, at }: Place) {
  const tokens = lensWindow(machine.config, encodePrompt(tokenizer, text))
  const read = at ?? tokens.length
  if (read < 1 || read > tokens.length) throw new Error(`${read} tokens cannot be read of ${tokens.length}.`)
  return { tokens, read, labels: Array.from(tokens, (id) => tokenizer.label(id)) }
}

/** Of a token; where it is null, of the one that does follow there, and after the text's end of the likeliest. */
export async function lookThrough(model: Model, place: Place, token: number | null): Promise<LabelledLens> {
  const { tokenizer } = model.dataset
  const { tokens, read, labels } = windowOf(model, place)
  const followed = token ?? tokens.at(read)
  const found = await lensAfter(model.machine, tokens.slice(0, read), tokenizer.vocabSize, followed)
  const depths = found.depths.map((depth) => ({ ...depth, top: depth.top.map((one) => ({ ...one, label: tokenizer.label(one.id) })) }))
  return { ...found, depths, text: place.text, labels, at: read, label: tokenizer.label(found.token) }
}

export async function watch(model: Model, { token, ...place }: Prediction, changes: Change[]): Promise<Watched> {
  const { tokenizer } = model.dataset
  const { tokens, read, labels } = windowOf(model, place)
  const under = (these: Change[]) => probabilityAfter(model.machine, tokens.slice(0, read), tokenizer.vocabSize, token, these)
  return { labels: labels.slice(0, read), label: tokenizer.label(token), before: await under([]), after: await under(changes) }
}
