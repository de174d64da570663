/** What the host writes before each submit: the state, and the batch with its rows sorted by token. One storage, one write. */
import { align, storage, type Region, type Storage } from '../gpu/launch.ts'

/** Mirrors `struct State` in shaders/state.wgsl. */
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
}

export function createInputs(rows: number, vocabulary: number): Inputs {
  const sizes = [32, 4 * rows, 4 * rows, 4 * rows, 4 * (vocabulary + 1)].map(align)
  const s = storage(
    'inputs',
    sizes.reduce((a, b) => a + b, 0),
    'owned',
  )
  let offset = 0
  const [state, tokens, targets, order, starts] = sizes.map((bytes): Region => {
    const region = { storage: s, offset, bytes }
    offset += bytes
    return region
  })
  return { storage: s, state, tokens, targets, order, starts, rows, vocabulary }
}

export interface InputsWriter {
  bytes: ArrayBuffer
  state: (state: State) => void
  /** tokens [rows], targets [rows]; sorts the rows by token (counting sort, stable). */
  batch: (tokens: Uint32Array, targets: Int32Array) => void
}

/** Packs inputs on the host, without allocating. */
export function createInputsWriter(inputs: Inputs): InputsWriter {
  const bytes = new ArrayBuffer(inputs.storage.bytes)
  const view = new DataView(bytes)
  const words = (region: Region, length: number) => new Uint32Array(bytes, region.offset, length)
  const tokens = words(inputs.tokens, inputs.rows)
  const targets = new Int32Array(bytes, inputs.targets.offset, inputs.rows)
  const order = words(inputs.order, inputs.rows)
  const starts = words(inputs.starts, inputs.vocabulary + 1)
  const next = new Uint32Array(inputs.vocabulary)
  return {
    bytes,
    state: (s) => {
      ;[s.seed, s.step, s.position, s.ring].forEach((value, i) => view.setUint32(4 * i, value, true))
      ;[s.rate, s.scale_m, s.scale_v, s.inverse_count].forEach((value, i) => view.setFloat32(16 + 4 * i, value, true))
    },
    batch: (newTokens, newTargets) => {
      if (newTokens.length !== inputs.rows || newTargets.length !== inputs.rows)
        throw new Error(`A batch of ${newTokens.length} tokens came where ${inputs.rows} are due.`)
      tokens.set(newTokens)
      targets.set(newTargets)
      starts.fill(0)
      for (const token of tokens) {
        if (token >= inputs.vocabulary) throw new Error(`Token ${token} is outside the vocabulary of ${inputs.vocabulary}.`)
        starts[token + 1]++
      }
      for (let v = 0; v < inputs.vocabulary; v++) starts[v + 1] += starts[v]
      next.set(starts.subarray(0, inputs.vocabulary))
      for (let row = 0; row < inputs.rows; row++) order[next[tokens[row]]++] = row
    },
  }
}

export const countTargets = (targets: Int32Array): number => targets.reduce((n, t) => n + (t >= 0 ? 1 : 0), 0)
