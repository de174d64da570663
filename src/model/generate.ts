/**
 * Generation with the key/value cache: the prompt in one pass, then a token at a time. Both are recordings of the transformer over one store, which is the cache.
 */
import { storage } from '../gpu/launch.ts'
import { createInputs, createInputsWriter } from '../tensor/inputs.ts'
import { keep, type Tensor } from '../tensor/recording.ts'
import { storeBytes } from '../tensor/store.ts'
import { headWidth } from './config.ts'
import type { Machine } from './machine.ts'
import { transformer } from './transformer.ts'

export interface Generator {
  /** Logits [V] after 1 to T tokens; only what is new since the last call is computed. */
  next: (tokens: ArrayLike<number>) => Promise<Float32Array<ArrayBuffer>>
  /** Forgets the cache: the weights have changed. */
  reset: () => void
  dispose: () => void
}

/** The tokens that generation goes on from: all while they fit the context, beyond it the last ⌊T/2⌋, encoded anew from position 0. */
export const slide = (tokens: number[], T: number): number[] => (tokens.length > T ? tokens.slice(-Math.max(1, Math.floor(T / 2))) : tokens)

const STILL = { seed: 0, step: 0, ring: 0, rate: 0, scale_m: 1, scale_v: 1, inverse_count: 0 }

export async function createGenerator(machine: Machine): Promise<Generator> {
  const { config: c, weights, gpu } = machine
  const T = c.context_length
  const V = c.vocab_size
  const dims = { B: 1, T, L: c.n_layers, H: c.n_heads, G: c.n_kv_heads, E: headWidth(c) }
  const cache = storage('key/value cache', storeBytes(1, c.n_layers, dims), 'owned')
  const record = (decode: boolean) => {
    const inputs = createInputs(decode ? 1 : T, V)
    const recording = machine.record(false)
    const logits = keep(transformer(recording, { config: c, weights, inputs, B: 1, T, bindingLimit: gpu.limits.binding, cache, decode }))
    return { inputs, logits, launches: recording.launches, writer: createInputsWriter(inputs) }
  }
  const parts = [record(false), record(true)]
  const [prompt, one] = parts
  const compiled = await machine.compile(parts.map((p) => p.launches))
  const readRow = async (plan: number, logits: Tensor, row: number): Promise<Float32Array<ArrayBuffer>> => {
    const { storage: s, offset } = logits.region
    return new Float32Array(await machine.read(compiled.plans[plan].bufferOf(s), offset + 4 * V * row, 4 * V))
  }

  /** Tokens whose keys and values the cache holds. */
  let held: number[] = []

  const encode = (tokens: number[]): Promise<Float32Array<ArrayBuffer>> => {
    // Positions after the prompt are filled with token 0: causality keeps them from being seen, and decoding overwrites them.
    const padded = new Uint32Array(T)
    padded.set(tokens)
    prompt.writer.batch(padded, new Int32Array(T).fill(-1))
    prompt.writer.state({ ...STILL, position: 0 })
    machine.run({ storage: prompt.inputs.storage, bytes: prompt.writer.bytes }, [compiled.plans[0]])
    held = tokens
    return readRow(0, prompt.logits, tokens.length - 1)
  }

  return {
    next: async (given) => {
      const tokens = Array.from(given)
      if (tokens.length === 0 || tokens.length > T) throw new Error(`Generation takes 1 to ${T} tokens at a time, not ${tokens.length}.`)
      const last = tokens[tokens.length - 1]
      const isNext = tokens.length === held.length + 1 && held.every((id, i) => id === tokens[i])
      if (!isNext) return encode(tokens)
      one.writer.batch(Uint32Array.of(last), Int32Array.of(-1))
      one.writer.state({ ...STILL, position: held.length })
      machine.run({ storage: one.inputs.storage, bytes: one.writer.bytes }, [compiled.plans[1]])
      held = tokens
      return readRow(1, one.logits, 0)
    },
    reset: () => {
      held = []
    },
    dispose: () => {
      compiled.dispose()
      machine.pool.release(cache)
      for (const p of parts) machine.pool.release(p.inputs.storage)
    },
  }
}
