/** What the host writes before each step: for each micro-batch the state, and its rows with an order sorted by token. One storage, one write. */
import { align, storage, type Region, type Storage } from '../gpu/launch.ts'

/** Mirrors `struct State` in shaders/state.wgsl, but for a micro-batch's first row. */
export interface State {
  seed: number
  step: number
  position: number
  ring: number
  rate: number
  scale_m: number
  scale_v: number
  inverse_count: number
}

export interface Inputs {
  storage: Storage
  state: Region
  tokens: Region
  targets: Region
  /** Row numbers sorted by token, rows of one token in ascending order. */
  order: Region
  /** [V + 1]: where each token's rows begin in `order`. */
  starts: Region
  rows: number
  vocabulary: number
  /** The micro-batches of a step, in order; these inputs are the first of them. */
  parts: Inputs[]
}

/** Words of `struct State` in shaders/state.wgsl. */
export const STATE_WORDS = 9

/** `rows` of each of `parts` micro-batches. */
export function createInputs(rows: number, vocabulary: number, parts = 1): Inputs {
  const sizes = [4 * STATE_WORDS, 4 * rows, 4 * rows, 4 * rows, 4 * (vocabulary + 1)].map(align)
  const perPart = sizes.reduce((a, b) => a + b, 0)
  const s = storage('inputs', parts * perPart, 'owned')
  const all: Inputs[] = []
  for (let part = 0; part < parts; part++) {
    let offset = part * perPart
    const [state, tokens, targets, order, starts] = sizes.map((bytes): Region => {
      const region = { storage: s, offset, bytes }
      offset += bytes
      return region
    })
    all.push({ storage: s, state, tokens, targets, order, starts, rows, vocabulary, parts: all })
  }
  return all[0]
}

export interface InputsWriter {
  bytes: ArrayBuffer
  state: (state: State) => void
  /** tokens, targets [rows of all parts]; sorts each part's rows by token (counting sort, stable). */
  batch: (tokens: Uint32Array, targets: Int32Array) => void
}

/** Packs inputs on the host, without allocating. */
export function createInputsWriter({ storage: s, rows, vocabulary, parts }: Inputs): InputsWriter {
  const bytes = new ArrayBuffer(s.bytes)
  const view = new DataView(bytes)
  const words = (region: Region, length: number) => new Uint32Array(bytes, region.offset, length)
  const next = new Uint32Array(vocabulary)
  const writers = parts.map((part) => {
    const tokens = words(part.tokens, rows)
    const targets = new Int32Array(bytes, part.targets.offset, rows)
    const order = words(part.order, rows)
    const starts = words(part.starts, vocabulary + 1)
    return (newTokens: Uint32Array, newTargets: Int32Array): void => {
      tokens.set(newTokens)
      targets.set(newTargets)
      starts.fill(0)
      for (const token of tokens) {
        if (token >= vocabulary) throw new Error(`Token ${token} is outside the vocabulary of ${vocabulary}.`)
        starts[token + 1]++
      }
      for (let v = 0; v < vocabulary; v++) starts[v + 1] += starts[v]
      next.set(starts.subarray(0, vocabulary))
      for (let row = 0; row < rows; row++) order[next[tokens[row]]++] = row
    }
  })
  const total = parts.length * rows
  return {
    bytes,
    state: (state) => {
      parts.forEach(({ state: { offset } }, part) => {
        ;[state.seed, state.step, state.position, state.ring].forEach((value, i) => view.setUint32(offset + 4 * i, value, true))
        ;[state.rate, state.scale_m, state.scale_v, state.inverse_count].forEach((value, i) =>
          view.setFloat32(offset + 16 + 4 * i, value, true),
        )
        view.setUint32(offset + 32, part * rows, true)
      })
    },
    batch: (tokens, targets) => {
      if (tokens.length !== total || targets.length !== total)
        throw new Error(`A batch of ${tokens.length} tokens came where ${total} are due.`)
      writers.forEach((write, part) => {
        const [first, last] = [part * rows, (part + 1) * rows]
        write(tokens.subarray(first, last), targets.subarray(first, last))
      })
    },
  }
}

export const countTargets = (targets: Int32Array): number => targets.reduce((n, t) => n + (t >= 0 ? 1 : 0), 0)
