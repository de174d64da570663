/**
 * The logit lens (nostalgebraist 2020): what the model would predict if its last layers were left out. And direct logit attribution (Elhage et al. 2021, "A Mathematical
 * Framework for Transformer Circuits"): which parts of the model pushed the logit of a token, heads by the layer whose values they read. In float64 on the host, from what
 * an observing pass saw of one sequence.
 */
import type { Change } from '../model/changes.ts'
import { headWidth, type ModelConfig } from '../model/config.ts'
import type { Machine } from '../model/machine.ts'
import type { Parameters } from '../model/initialise.ts'
import { likeliest, probabilityOf } from '../model/sample.ts'
import { createForward } from '../train/forward.ts'
import { dot, hostNorm, isDirection, neededRows, rowOf, rowsOf, unembedding } from './directions.ts'
import { observe, type Observation } from './observe.ts'

/** More tokens than this are not looked at: what is read back grows with their square. */
const LENS_TOKENS = 256
/** Floats of patterns that are read back: with many sources fewer tokens are looked at. */
const MOST_FLOATS = 2 ** 24
const TOP = 5

export interface TokenChance {
  id: number
  probability: number
}

/** The prediction, were the stream read out here. */
export interface Depth {
  /** The embedding (of layer 0), or the sublayer of a layer that has just been added. */
  after: 'embedding' | 'attn' | 'mlp'
  layer: number
  /** Of the token that is followed. */
  probability: number
  /** 1 for the likeliest token. */
  rank: number
  /** Likeliest first. */
  top: TokenChance[]
}

/** What a part adds to the token's logit above the mean of all tokens' logits; all parts sum to the whole. */
export interface Contribution {
  /** `values`: of a head, through the values of one of its sources. `bias` is that of an attention's output, `norm` that of the final norm. */
  part: 'embedding' | 'values' | 'bias' | 'mlp' | 'norm'
  layer: number
  /** Of `values`. */
  head?: number
  slot?: number
  value: number
}

export interface Lens {
  /** The token that is followed. */
  token: number
  depths: Depth[]
  contributions: Contribution[]
  /** Its logit minus the mean over the tokens. */
  logit: number
}

/** At the last position of the one sequence of an observation that watched the stream. `known`: tokens that the tokenizer can write; ids from there on are left out. `token`: the likeliest where nothing is said. */
export function lensOf(seen: Observation, parameters: Parameters, known: number, token?: number): Lens {
  const { config, stream, T } = seen
  if (!stream || seen.B !== 1) throw new Error('The lens looks at one sequence whose stream was watched.')
  const D = config.d_model
  const lastOf = (rows: Float32Array): Float32Array => rows.subarray((T - 1) * D, T * D)
  const final = hostNorm(config, parameters, 'final_norm')
  const head = unembedding(config, parameters)
  const logitsAt = (row: Float32Array): Float64Array => {
    const x = final.apply(row)
    return Float64Array.from({ length: known }, (_, id) => dot(x, rowOf(head, id)))
  }
  const places = [
    { after: 'embedding' as const, layer: 0, row: lastOf(stream.attnIn[0]) },
    ...stream.attnIn.flatMap((_, layer) => [
      { after: 'attn' as const, layer, row: lastOf(stream.attnOut[layer]) },
      { after: 'mlp' as const, layer, row: lastOf(stream.mlpOut[layer]) },
    ]),
  ]
  const logits = places.map(({ row }) => logitsAt(row))
  const end = logits[logits.length - 1]
  const followed = token ?? likeliest(end, 1)[0].id
  const depths = places.map(({ after, layer }, i): Depth => ({
    after,
    layer,
    probability: probabilityOf(logits[i], followed),
    rank: 1 + logits[i].reduce((above, logit) => above + Number(logit > logits[i][followed]), 0),
    top: likeliest(logits[i], TOP),
  }))

  // The norm's size is that of the whole stream: with it held, the logit is a sum over what was added to the stream.
  const own = rowOf(head, followed)
  const mean = new Float64Array(D)
  for (let id = 0; id < known; id++) rowOf(head, id).forEach((value, i) => (mean[i] += value / known))
  const above = Float64Array.from(own, (value, i) => value - mean[i])
  const size = final.sizeOf(places[places.length - 1].row)
  const direction = final.centre(above.map((value, i) => (value * final.weight[i]) / size))
  const contributions: Contribution[] = [{ part: 'embedding', layer: 0, value: dot(direction, places[0].row) }]
  const values = valueReader(seen, parameters)
  for (let layer = 0; layer < config.n_layers; layer++) {
    contributions.push(...values(layer, direction))
    const bias = rowsOf(parameters, `blocks.${layer}.attn.o.bias`)
    if (bias) contributions.push({ part: 'bias', layer, value: dot(direction, bias.data) })
    const [before, after] = [lastOf(stream.attnOut[layer]), lastOf(stream.mlpOut[layer])]
    contributions.push({ part: 'mlp', layer, value: dot(direction, after) - dot(direction, before) })
  }
  if (final.bias) contributions.push({ part: 'norm', layer: config.n_layers, value: dot(above, final.bias) })
  const average = end.reduce((sum, logit) => sum + logit, 0) / known
  return { token: followed, depths, contributions, logit: end[followed] - average }
}

/** By layer: what each head adds along a direction of the stream at the last position, by the slot whose values it takes. */
function valueReader({ config, stream, patterns, T }: Observation, parameters: Parameters) {
  const { d_model: D, n_heads: H, n_kv_heads: G } = config
  const E = headWidth(config)
  const normed = new Map<number, Float64Array[]>()
  /** What the values of a layer are made of, row by row. */
  const inputsOf = (layer: number): Float64Array[] => {
    let rows = normed.get(layer)
    if (!rows) {
      const norm = hostNorm(config, parameters, `blocks.${layer}.attn_norm`)
      const x = stream?.attnIn[layer] ?? new Float32Array()
      normed.set(layer, (rows = Array.from({ length: T }, (_, t) => norm.apply(x.subarray(t * D, (t + 1) * D)))))
    }
    return rows
  }
  const weights = config.reads.map((_, layer) => ({
    value: neededRows(parameters, `blocks.${layer}.attn.v.weight`),
    bias: rowsOf(parameters, `blocks.${layer}.attn.v.bias`)?.data,
    out: neededRows(parameters, `blocks.${layer}.attn.o.weight`),
  }))
  return (layer: number, direction: Float64Array): Contribution[] =>
    config.reads[layer].flatMap((slots, head) => {
      // The direction as the head's own E values see it.
      const through = new Float64Array(E)
      for (let d = 0; d < D; d++) {
        const row = rowOf(weights[layer].out, d)
        for (let e = 0; e < E; e++) through[e] += direction[d] * row[head * E + e]
      }
      const first = Math.floor(head / (H / G)) * E
      return slots.map(([, source], slot): Contribution => {
        const { value: weight, bias } = weights[source]
        const inputs = inputsOf(source)
        const at = ((T - 1) * slots.length + slot) * T
        // Values are linear in their inputs: attention mixes the inputs first, and one product is left.
        const mixed = new Float64Array(D)
        let attention = 0
        for (let j = 0; j < T; j++) {
          const p = patterns[layer][head][at + j]
          attention += p
          for (let d = 0; d < D; d++) mixed[d] += p * inputs[j][d]
        }
        let value = 0
        for (let e = 0; e < E; e++) value += through[e] * (dot(mixed, rowOf(weight, first + e)) + attention * (bias?.[first + e] ?? 0))
        return { part: 'values', layer, head, slot, value }
      })
    })
}

/** The last tokens of a prompt: as many as are looked at. */
export function lensWindow({ context_length, reads }: ModelConfig, tokens: ArrayLike<number>): Uint32Array<ArrayBuffer> {
  const slots = reads.flat().reduce((sum, head) => sum + head.length, 0)
  const most = Math.min(context_length, LENS_TOKENS, Math.floor(Math.sqrt(MOST_FLOATS / slots)))
  return Uint32Array.from(Array.from(tokens).slice(-most))
}

const untargeted = (tokens: Uint32Array<ArrayBuffer>) => ({ tokens, targets: new Int32Array(tokens.length).fill(-1) })

/** Of what follows `tokens`. */
export async function lensAfter(machine: Machine, tokens: Uint32Array<ArrayBuffer>, known: number, token?: number): Promise<Lens> {
  const { config } = machine
  const T = tokens.length
  const forward = await createForward(machine, 1, T, { observe: 'all' })
  try {
    const seen = await observe(forward, config, untargeted(tokens), 1, T)
    return lensOf(seen, await machine.readParameters(isDirection), known, token)
  } finally {
    forward.dispose()
  }
}

/** The probability that a token follows `tokens`, under changes applied together. */
export async function probabilityAfter(
  machine: Machine,
  tokens: Uint32Array<ArrayBuffer>,
  known: number,
  token: number,
  changes: Change[],
): Promise<number> {
  const T = tokens.length
  const forward = await createForward(machine, 1, T, { changes })
  try {
    return probabilityOf((await forward.logits(untargeted(tokens), T - 1)).subarray(0, known), token)
  } finally {
    forward.dispose()
  }
}
