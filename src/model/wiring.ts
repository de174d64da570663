/**
 * The wiring of heads to layers: `reads[l][h]` lists the slots that query head h of layer l attends to, all under one softmax.
 * Every cross-layer scheme of the literature that keeps its own projections is a value of this type.
 */

/** [key layer, value layer], both at most the reading layer. */
export type Slot = [key: number, value: number]
/** `reads[layer][head]` is that head's list of slots. */
export type Reads = Slot[][][]

export interface WiringSize {
  n_layers: number
  n_heads: number
}

/** What a wiring by name may be given besides its name. */
export interface WiringOptions {
  /** Layers between the reader and what it reads: 1 is adjacent. */
  distance?: number
  /** How many heads of a layer read back: the last ones. */
  heads?: number
  /** The lowest layer that reads back, at least `distance`, which it is by default: layers below it stay standard. */
  first?: number
  /** Layers in a group that shares its first layer's keys and values (`shared` only). */
  group?: number
}

export interface NamedWiring {
  name: string
  title: string
  /** One line for the person who chooses. */
  summary: string
  source?: string
  uses: (keyof WiringOptions)[]
  reads: (size: WiringSize, options: WiringOptions) => Reads
}

function build(size: WiringSize, slots: (layer: number, head: number) => Slot[]): Reads {
  return Array.from({ length: size.n_layers }, (_, l) => Array.from({ length: size.n_heads }, (_, h) => slots(l, h)))
}

const own = (l: number): Slot[] => [[l, l]]

function wholeNumber(name: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new Error(`The wiring's ${name} is ${value}: it must be a whole number from ${least} to ${most}.`)
  return value
}

function distanceOf(size: WiringSize, options: WiringOptions, otherwise: number): number {
  if (size.n_layers < 2)
    throw new Error('This wiring reads an earlier layer, so it needs at least 2 layers. Raise n_layers or choose "standard".')
  return wholeNumber('distance', options.distance ?? otherwise, 1, size.n_layers - 1)
}

/** The lowest layer that reads `distance` layers back. */
function firstOf(size: WiringSize, options: WiringOptions, distance: number): number {
  return wholeNumber('first', options.first ?? distance, distance, size.n_layers - 1)
}

/** The wirings that have a name, in the order in which a person should meet them. */
export const WIRINGS: NamedWiring[] = [
  {
    name: 'standard',
    title: 'Standard',
    summary: 'Every head reads its own layer: the ordinary transformer.',
    uses: [],
    reads: (size) => build(size, own),
  },
  {
    name: 'skip',
    title: 'Skip',
    summary: 'Some heads read only an earlier layer: two or more back is Skip-Layer Attention, one is adjacent.',
    source: 'arXiv 2406.11274',
    uses: ['distance', 'heads', 'first'],
    reads: (size, options) => {
      const distance = distanceOf(size, options, size.n_layers === 2 ? 1 : 2)
      const first = firstOf(size, options, distance)
      const heads = wholeNumber('heads', options.heads ?? Math.max(1, Math.floor(size.n_heads / 2)), 0, size.n_heads)
      return build(size, (l, h) => (l >= first && h >= size.n_heads - heads ? own(l - distance) : own(l)))
    },
  },
  {
    name: 'joint',
    title: 'Joint',
    summary: 'Heads weigh their own layer against an earlier one, so how much they read back is measured.',
    uses: ['distance', 'heads', 'first'],
    reads: (size, options) => {
      const distance = distanceOf(size, options, 1)
      const first = firstOf(size, options, distance)
      const heads = wholeNumber('heads', options.heads ?? size.n_heads, 0, size.n_heads)
      return build(size, (l, h) => (l >= first && h >= size.n_heads - heads ? [...own(l), ...own(l - distance)] : own(l)))
    },
  },
  {
    name: 'shared',
    title: 'Cross-layer groups',
    summary: 'Groups of layers share the keys and values of their first layer: Cross-Layer Attention.',
    source: 'arXiv 2405.12981',
    uses: ['group'],
    reads: (size, options) => {
      const group = wholeNumber('group', options.group ?? 2, 1, size.n_layers)
      return build(size, (l) => own(Math.floor(l / group) * group))
    },
  },
  {
    name: 'values-from-first',
    title: 'Values from the first layer',
    summary: 'Some heads take their keys from their own layer and their values from the first.',
    source: 'arXiv 2510.16807',
    uses: ['heads'],
    reads: (size, options) => {
      const heads = wholeNumber('heads', options.heads ?? Math.max(1, Math.floor(size.n_heads / 2)), 0, size.n_heads)
      return build(size, (l, h) => (h >= size.n_heads - heads ? [[l, 0]] : own(l)))
    },
  },
  {
    name: 'all-earlier',
    title: 'All earlier layers',
    summary: 'Every head weighs its own layer against every earlier one: the costliest wiring, and the freest.',
    uses: [],
    reads: (size) => build(size, (l) => Array.from({ length: l + 1 }, (_, i): Slot => [l - i, l - i])),
  },
]

/** The reads of a wiring by name; an unknown name or an option out of range is an error that names the choices. */
export function namedWiring(name: string, size: WiringSize, options: WiringOptions = {}): Reads {
  const wiring = WIRINGS.find((w) => w.name === name)
  if (!wiring) throw new Error(`There is no wiring called "${name}". Choose one of: ${WIRINGS.map((w) => w.name).join(', ')}.`)
  return wiring.reads(size, options)
}

/** Throws unless `reads` has a list of at least one slot for every head, and no slot lies above its layer. */
export function checkReads(reads: unknown, size: WiringSize): asserts reads is Reads {
  if (!Array.isArray(reads) || reads.length !== size.n_layers)
    throw new Error(`reads must list ${size.n_layers} layers, as n_layers says; it lists ${Array.isArray(reads) ? reads.length : 'none'}.`)
  reads.forEach((layer: unknown, l) => {
    if (!Array.isArray(layer) || layer.length !== size.n_heads)
      throw new Error(
        `reads[${l}] must list ${size.n_heads} heads, as n_heads says; it lists ${Array.isArray(layer) ? layer.length : 'none'}.`,
      )
    layer.forEach((slots: unknown, h) => {
      if (!Array.isArray(slots) || slots.length === 0) throw new Error(`reads[${l}][${h}] must list at least one [key layer, value layer].`)
      slots.forEach((slot: unknown) => {
        const pair = Array.isArray(slot) && slot.length === 2 && slot.every((x) => Number.isInteger(x) && x >= 0)
        if (!pair)
          throw new Error(`reads[${l}][${h}] has ${JSON.stringify(slot)}, where two layer numbers [key layer, value layer] are due.`)
        if (slot.some((x) => x > l))
          throw new Error(`reads[${l}][${h}] has ${JSON.stringify(slot)}: layer ${l} can only read layers 0 to ${l}. Lower the number.`)
      })
    })
  })
}

/** Whether a slot of a head of `layer` brings keys or values from below it. */
export const isEarlier = (layer: number, [key, value]: Slot): boolean => key < layer || value < layer

/**
 * How a head may look back. `own`: it reads its own layer alone. `measured`: it weighs earlier slots against its own layer's, so how much it looks back is a finding.
 * `wired`: every slot is an earlier one, so that it looks back by design and only what it gives is a finding. The kinds are never ranked together.
 */
export type HeadKind = 'own' | 'measured' | 'wired'

export function headKind(layer: number, slots: readonly Slot[]): HeadKind {
  const earlier = slots.filter((slot) => isEarlier(layer, slot)).length
  return earlier === 0 ? 'own' : earlier < slots.length ? 'measured' : 'wired'
}

/** What a head that treats all alike would show: earlier slots ÷ slots where it has a choice, else 1 ÷ heads of the layer's output. */
export const chanceOf = (layer: number, slots: readonly Slot[], heads: number): number =>
  headKind(layer, slots) === 'measured' ? slots.filter((slot) => isEarlier(layer, slot)).length / slots.length : 1 / heads
