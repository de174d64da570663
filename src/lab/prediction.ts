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
  /** The end of what was read, as text. */
  before: string
  label: string
  depths: (Omit<Depth, 'top'> & { top: TokenProbability[] })[]
}

/** What changes did to a prediction. */
export interface Watched {
  /** The end of what was read, as text, and the token that may follow. */
  before: string
  label: string
  /** Its probability as things are, and under each list of changes. */
  whole: number
  changed: number[]
}

interface Model {
  machine: Machine
  dataset: Dataset
}

/** Tokens that stand for what was read, in a line. */
const SHOWN = 12

function windowOf({ machine, dataset: { tokenizer } }: Model, { text, at }: Place) {
  const tokens = lensWindow(machine.config, encodePrompt(tokenizer, text))
  const count = at ?? tokens.length
  if (count < 1 || count > tokens.length) throw new Error(`${count} tokens cannot be read of ${tokens.length}.`)
  const read = tokens.slice(0, count)
  const before = `${count > SHOWN ? '…' : ''}${tokenizer.decode(read.slice(-SHOWN))}`
  return { tokens, read, before }
}

/** Of a token; where it is null, of the one that does follow there, and after the text's end of the likeliest. */
export async function lookThrough(model: Model, place: Place, token: number | null): Promise<LabelledLens> {
  const { tokenizer } = model.dataset
  const { tokens, read, before } = windowOf(model, place)
  const found = await lensAfter(model.machine, read, tokenizer.vocabSize, token ?? tokens.at(read.length))
  const depths = found.depths.map((depth) => ({ ...depth, top: depth.top.map((one) => ({ ...one, label: tokenizer.label(one.id) })) }))
  const labels = Array.from(tokens, (id) => tokenizer.label(id))
  return { ...found, depths, text: place.text, labels, at: read.length, before, label: tokenizer.label(found.token) }
}

/** Under each of several lists of changes. */
export async function watch(model: Model, { token, ...place }: Prediction, lists: Change[][]): Promise<Watched> {
  const { tokenizer } = model.dataset
  const { read, before } = windowOf(model, place)
  const under = (changes: Change[]) => probabilityAfter(model.machine, read, tokenizer.vocabSize, token, changes)
  const whole = await under([])
  const changed: number[] = []
  for (const changes of lists) changed.push(await under(changes))
  return { before, label: tokenizer.label(token), whole, changed }
}
