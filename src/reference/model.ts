/**
 * The whole model in float64: the operations of this folder put together by hand, forwards and then backwards, for any `config.json`.
 *
 *   x = embedding;  per layer  x += o(attention(qkv(norm(x)))),  x += down(act(up(norm(x))));  logits = head(norm(x));  loss = cross-entropy
 *
 * Shapes: tokens and targets [B,T], logits [B*T,V]; parameters and gradients as `parameterShapes` lists them.
 */
import type { ModelConfig } from '../model/config.ts'
import { attentionIndex, attentionOutputSite, dropoutScale, EMBEDDING_SITE, mlpOutputSite, probabilitySite } from '../tensor/random.ts'
import { attentionBackward, attentionForward, type AttentionInput } from './attention.ts'
import { embeddingBackward, embeddingForward } from './embedding.ts'
import { gateBackward, gateForward } from './gate.ts'
import { linearBackward, linearForward, type LinearActivation, type LinearInput } from './linear.ts'
import { lossBackward, lossForward } from './loss.ts'
import { layernormBackward, layernormForward, rmsnormBackward, rmsnormForward } from './norm.ts'
import { ropeBackward, ropeForward } from './rope.ts'

export interface ReferenceParameter {
  shape: number[]
  data: Float64Array
}
export type ReferenceParameters = Map<string, ReferenceParameter>

export interface ReferenceResult {
  loss: number
  /** [B*T, V] */
  logits: Float64Array
  /** The gradient of every parameter; zeros for a projection that no head reads. */
  grads: Map<string, Float64Array>
  /** patterns[l](b)[h] is [T, slots*T]: the probabilities of layer l, head h in sequence b, before dropout. */
  patterns: ((b: number) => Float64Array[])[]
}

/** A stretch of the forward pass that knows its own derivative. */
interface Stage {
  y: Float64Array
  /** Adds the parameters' gradients and returns the input's. */
  back: (dy: Float64Array) => Float64Array
}

export function referenceModel(
  config: ModelConfig,
  params: ReferenceParameters,
  tokens: Uint32Array,
  targets: Int32Array,
  B: number,
  T: number,
  dropout?: { seed: number; step: number },
): ReferenceResult {
  const { n_heads: H, n_kv_heads: G, d_model: D, d_ff: F, vocab_size: V, n_layers: L } = config
  const E = D / H
  const M = B * T
  if (tokens.length !== M || targets.length !== M)
    throw new Error(`referenceModel: ${tokens.length} tokens and ${targets.length} targets were given; B*T is ${M}.`)
  if (T > config.context_length) throw new Error(`referenceModel: T is ${T}, but context_length is ${config.context_length}.`)

  const grads = new Map([...params].map(([name, p]) => [name, new Float64Array(p.data.length)]))
  const optional = (name: string) => params.get(name)?.data
  const parameter = (name: string) => {
    const data = optional(name)
    if (!data) throw new Error(`referenceModel: the parameter ${name} is missing.`)
    return data
  }
  const accumulate = (name: string, gradient: Float64Array) => grads.get(name)?.forEach((_, i, into) => (into[i] += gradient[i]))
  const maskOf = (site: number, n: number) =>
    dropout && config.dropout > 0
      ? Float64Array.from({ length: n }, (_, i) => dropoutScale(dropout.seed, dropout.step, site, config.dropout, i))
      : undefined

  function norm(name: string, x: Float64Array): Stage {
    const input = { M, D, x, weight: parameter(`${name}.weight`), bias: optional(`${name}.bias`), eps: config.norm_eps }
    const rms = config.norm === 'rmsnorm'
    const saved = rms ? rmsnormForward(input) : layernormForward(input)
    const back = (dy: Float64Array) => {
      const { dx, dweight, dbias } = rms ? rmsnormBackward(input, saved, dy) : layernormBackward(input, saved, dy)
      accumulate(`${name}.weight`, dweight)
      accumulate(`${name}.bias`, dbias)
      return dx
    }
    return { y: saved.y, back }
  }

  /** One product with the weights of one or more layers, stacked along their outputs. */
  function linear(
    names: string[],
    x: Float64Array,
    N: number,
    K: number,
    epilogue: Pick<LinearInput, 'act' | 'mask' | 'residual'> = {},
  ): Stage {
    const weights = names.map((name) => parameter(`${name}.weight`))
    const biases = names.flatMap((name) => optional(`${name}.bias`) ?? [])
    const input = { M, N, K, x, w: concatenate(weights), b: biases.length > 0 ? concatenate(biases) : undefined, ...epilogue }
    const saved = linearForward(input)
    const back = (dy: Float64Array) => {
      const { dx, dw, db } = linearBackward(input, saved, dy)
      let row = 0
      names.forEach((name, i) => {
        const rows = weights[i].length / K
        accumulate(`${name}.weight`, dw.subarray(row * K, (row + rows) * K))
        accumulate(`${name}.bias`, db.subarray(row, row + rows))
        row += rows
      })
      return dx
    }
    return { y: saved.y, back }
  }

  function feedForward(block: string, x: Float64Array): Stage {
    if (config.activation !== 'swiglu') {
      const act: LinearActivation = config.activation
      return linear([`${block}.mlp.up`], x, F, D, { act })
    }
    const gate = linear([`${block}.mlp.gate`], x, F, D)
    const up = linear([`${block}.mlp.up`], x, F, D)
    const input = { a: gate.y, b: up.y }
    const back = (dy: Float64Array) => {
      const { da, db } = gateBackward(input, dy)
      return sum(gate.back(da), up.back(db))
    }
    return { y: gateForward(input).y, back }
  }

  // Keys and values of all layers, and their gradients: a layer's are complete when the walk back reaches it.
  const width = (H + 2 * G) * E
  const store: Float64Array[] = []
  const dStore = Array.from({ length: L }, () => new Float64Array(M * width))
  const patterns: ReferenceResult['patterns'] = []
  const positions = Uint32Array.from({ length: M }, (_, row) => row % T)
  // Queries and keys turn, values do not.
  const rotation = { rows: M, heads: H + G, E, theta: config.rope_theta, positions, stride: width }

  function attention(block: string, layer: number, x: Float64Array): Stage {
    const qkv = linear([`${block}.attn.q`, `${block}.attn.k`, `${block}.attn.v`], x, width, D)
    if (config.positions === 'rope') ropeForward(rotation, qkv.y)
    store.push(qkv.y)
    const reads = config.reads[layer]
    const input: AttentionInput = { dims: { B, T, H, G, E }, layer, reads, store }
    if (dropout && config.dropout > 0) {
      const { seed, step } = dropout
      input.mask = (b, h, t, slot, j) =>
        dropoutScale(seed, step, probabilitySite(layer), config.dropout, attentionIndex({ b, h, t, slot, j }, { H, T, S: reads[h].length }))
    }
    const saved = attentionForward(input)
    patterns.push(saved.patterns)
    const back = (dy: Float64Array) => {
      attentionBackward(input, saved, dy, dStore)
      if (config.positions === 'rope') ropeBackward(rotation, dStore[layer])
      return qkv.back(dStore[layer])
    }
    return { y: saved.out, back }
  }

  function layer(l: number, x: Float64Array): Stage {
    const block = `blocks.${l}`
    const attnNorm = norm(`${block}.attn_norm`, x)
    const attn = attention(block, l, attnNorm.y)
    const o = linear([`${block}.attn.o`], attn.y, D, H * E, { mask: maskOf(attentionOutputSite(l), M * D), residual: x })
    const mlpNorm = norm(`${block}.mlp_norm`, o.y)
    const hidden = feedForward(block, mlpNorm.y)
    const down = linear([`${block}.mlp.down`], hidden.y, D, F, { mask: maskOf(mlpOutputSite(l), M * D), residual: o.y })
    const back = (dy: Float64Array) => {
      const dMiddle = sum(dy, mlpNorm.back(hidden.back(down.back(dy))))
      return sum(dMiddle, attnNorm.back(attn.back(o.back(dMiddle))))
    }
    return { y: down.y, back }
  }

  const pos = config.positions === 'learned' ? parameter('pos_emb.weight') : undefined
  const embedding = { B, T, D, tokens, tok: parameter('tok_emb.weight'), pos, mask: maskOf(EMBEDDING_SITE, M * D) }
  const layers: Stage[] = []
  let x = embeddingForward(embedding).y
  for (let l = 0; l < L; l++) {
    layers.push(layer(l, x))
    x = layers[l].y
  }
  const finalNorm = norm('final_norm', x)
  const headName = config.tie_embeddings ? 'tok_emb.weight' : 'lm_head.weight'
  const head = { M, N: V, K: D, x: finalNorm.y, w: parameter(headName) }
  const headSaved = linearForward(head)
  const lossInput = { M, V, logits: headSaved.y, targets }
  const lossSaved = lossForward(lossInput)

  const { dx, dw } = linearBackward(head, headSaved, lossBackward(lossInput, lossSaved))
  accumulate(headName, dw)
  let d = finalNorm.back(dx)
  for (let l = L - 1; l >= 0; l--) d = layers[l].back(d)
  const { dtok, dpos } = embeddingBackward(embedding, d)
  accumulate('tok_emb.weight', dtok)
  accumulate('pos_emb.weight', dpos)
  return { loss: lossSaved.loss, logits: headSaved.y, grads, patterns }
}

function sum(x: Float64Array, y: Float64Array): Float64Array {
  return x.map((value, i) => value + y[i])
}

function concatenate(arrays: Float64Array[]): Float64Array {
  const whole = new Float64Array(arrays.reduce((n, a) => n + a.length, 0))
  let at = 0
  for (const a of arrays) {
    whole.set(a, at)
    at += a.length
  }
  return whole
}
