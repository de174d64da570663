/**
 * Where parameters lie. Parameters, gradients and both moments are four packs laid out by one table, so that the optimizer is one dispatch a chunk: tensors that
 * decay come first. A pack is cut into chunks where a device binds less than all of it. Queries, keys and values of a layer lie together, since one product makes
 * them; so do all norms, since one reduction makes their gradients.
 */
import { ALIGNMENT, mebibytes, storage, type Region, type Storage } from '../gpu/launch.ts'
import type { PackChunk } from '../tensor/optimizer.ts'
import { ownedTensor, type Tensor } from '../tensor/recording.ts'
import { elements, parameterShapes, type ModelShape } from './config.ts'

const WORDS = ALIGNMENT / 4
const alignWords = (n: number): number => Math.ceil(n / WORDS) * WORDS

interface Place {
  chunk: number
  /** Elements from the chunk's start. */
  offset: number
  shape: number[]
}

export interface Layout {
  /** Elements of each chunk, and how many of them decay. */
  chunks: { elements: number; decayed: number }[]
  places: Map<string, Place>
}

const normNames = (c: ModelShape): string[] => [
  ...Array.from({ length: c.n_layers }, (_, l) => [`blocks.${l}.attn_norm`, `blocks.${l}.mlp_norm`]).flat(),
  'final_norm',
]

/** Parameters that must lie together, in the order of the packs. */
function groupsOf(c: ModelShape): { names: string[]; decays: boolean }[] {
  const names = [...parameterShapes(c).keys()]
  const grouped = (suffix: string): string[][] => {
    const groups: string[][] = []
    for (const name of names.filter((n) => n.endsWith(suffix) && !n.includes('norm.'))) {
      if (/attn\.[kv]\./.test(name)) groups[groups.length - 1].push(name)
      else groups.push([name])
    }
    return groups
  }
  const norms = normNames(c).flatMap((n) => names.filter((name) => name.startsWith(`${n}.`)))
  return [
    ...grouped('.weight').map((g) => ({ names: g, decays: true })),
    { names: norms, decays: false },
    ...grouped('.bias').map((g) => ({ names: g, decays: false })),
  ]
}

/** `bindingLimit` in bytes: a chunk is bound whole by the optimizer. Throws one line when parameters that lie together are larger. */
export function layoutOf(c: ModelShape, bindingLimit: number): Layout {
  const shapes = parameterShapes(c)
  const chunks: Layout['chunks'] = []
  const places = new Map<string, Place>()
  const most = Math.floor(bindingLimit / 4)
  for (const { names, decays } of groupsOf(c)) {
    const isNorms = names[0].includes('norm.')
    const sizes = names.map((name) => elements(shapes.get(name) ?? []))
    // Norms lie at equal strides; the three weights of a projection without a gap.
    const padded = isNorms ? sizes.map(alignWords) : sizes
    const total = alignWords(padded.reduce((a, b) => a + b, 0))
    if (total > most)
      throw new Error(
        `This does not fit the GPU: "${isNorms ? 'norms' : names.join(' + ')}" needs ${mebibytes(4 * total)} in one binding, the device allows ${mebibytes(bindingLimit)}. Lower d_model, d_ff, vocab_size or context_length.`,
      )
    let chunk = chunks.at(-1)
    if (!chunk || chunk.elements + total > most) chunks.push((chunk = { elements: 0, decayed: 0 }))
    let offset = chunk.elements
    names.forEach((name, i) => {
      places.set(name, { chunk: chunks.length - 1, offset, shape: shapes.get(name) ?? [] })
      offset += padded[i]
    })
    chunk.elements += total
    if (decays) chunk.decayed = chunk.elements
  }
  return { chunks, places }
}

export interface Packs {
  layout: Layout
  chunks: PackChunk[]
}

export function createPacks(layout: Layout): Packs {
  const chunks = layout.chunks.map((c, i): PackChunk => {
    const pack = (label: string): Storage => storage(`${label} ${i}`, 4 * c.elements, 'owned')
    return { parameters: pack('parameters'), gradients: pack('gradients'), m: pack('first moments'), v: pack('second moments'), ...c }
  })
  return { layout, chunks }
}

export type Pack = 'parameters' | 'gradients' | 'm' | 'v'

export function placeOf(packs: Packs, name: string): Place {
  const place = packs.layout.places.get(name)
  if (!place) throw new Error(`The model has no parameter ${name}.`)
  return place
}

/** The bytes of one parameter in a pack. */
export function locate(packs: Packs, name: string, pack: Pack): { storage: Storage; offset: number; bytes: number } {
  const place = placeOf(packs, name)
  return { storage: packs.chunks[place.chunk][pack], offset: 4 * place.offset, bytes: 4 * elements(place.shape) }
}

/** Several parameters that lie together, as one tensor. */
function viewOf(packs: Packs, names: string[], shape: number[], pack: Pack): Tensor {
  const { storage: s, offset } = locate(packs, names[0], pack)
  const bytes = Math.ceil((4 * elements(shape)) / ALIGNMENT) * ALIGNMENT
  return ownedTensor(names.join(' + '), shape, { storage: s, offset, bytes })
}

/** The parameters as the transformer uses them, with the place of each one's gradient. */
export interface Weights {
  /** Undefined where the model has no such parameter. */
  optional: (...names: string[]) => Tensor | undefined
  get: (...names: string[]) => Tensor
  gradients: Map<Tensor, Tensor>
  norms: { stride: number; biasAt: number; gradients: Region }
}

export function createWeights(packs: Packs, c: ModelShape): Weights {
  const { places } = packs.layout
  const made = new Map<string, Tensor>()
  const gradients = new Map<Tensor, Tensor>()
  const get = (...names: string[]): Tensor => {
    const key = names.join()
    let tensor = made.get(key)
    if (!tensor) {
      const shapes = names.map((name) => {
        const place = places.get(name)
        if (!place) throw new Error(`The model has no parameter ${name}.`)
        return place.shape
      })
      // Rows of one weight follow those of the one before.
      const shape = [shapes.reduce((rows, s) => rows + s[0], 0), ...shapes[0].slice(1)]
      made.set(key, (tensor = viewOf(packs, names, shape, 'parameters')))
      gradients.set(tensor, viewOf(packs, names, shape, 'gradients'))
    }
    return tensor
  }
  const biasAt = alignWords(c.d_model)
  const stride = biasAt * (places.has('final_norm.bias') ? 2 : 1)
  const first = locate(packs, `${normNames(c)[0]}.weight`, 'gradients')
  const gradientsOfNorms: Region = { storage: first.storage, offset: first.offset, bytes: 4 * stride * (2 * c.n_layers + 1) }
  return {
    get,
    optional: (...names) => (places.has(names[0]) ? get(...names) : undefined),
    gradients,
    norms: { stride, biasAt, gradients: gradientsOfNorms },
  }
}
