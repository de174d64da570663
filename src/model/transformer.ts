/**
 * The model, written once. Training, evaluation, probing and cached generation are recordings of this one function; what differs is what they ask of it.
 */
import type { Storage } from '../gpu/launch.ts'
import { attention } from '../tensor/attention.ts'
import { ablateColumns } from '../tensor/elementwise.ts'
import { embedding } from '../tensor/embedding.ts'
import { gate } from '../tensor/gate.ts'
import { headNorms } from '../tensor/head-norms.ts'
import type { Inputs } from '../tensor/inputs.ts'
import { linear } from '../tensor/linear.ts'
import { createNormPartials, norm, type Norms } from '../tensor/norm.ts'
import { projectQkv, ropeTable } from '../tensor/qkv.ts'
import { attentionOutputSite, EMBEDDING_SITE, mlpOutputSite, probabilitySite } from '../tensor/random.ts'
import { keep, type Recording, type Tensor } from '../tensor/recording.ts'
import { createStores } from '../tensor/store.ts'
import { ablations, isDropped, slotsWith, type Change } from './changes.ts'
import { headWidth, type ModelConfig } from './config.ts'
import type { Weights } from './parameters.ts'

/** What an observer reads back: kept to the plan's end. */
export interface Seen {
  /** Per layer: probabilities [B, slots of all heads, T, T] by head, each head's slots one after another. */
  patterns: Tensor[]
  /** Per layer: how much each head gives, as `headNorms` leaves it. */
  norms: Tensor[]
  /** Where the stream is watched too. */
  stream?: Stream<Tensor>
}

/** Per layer: the residual stream before attention, between the sublayers, and after the MLP, [B·T, D]. */
export interface Stream<Values> {
  attnIn: Values[]
  attnOut: Values[]
  mlpOut: Values[]
}

/** What is watched: the heads' patterns and norms, or the stream as well. */
export type Watched = 'heads' | 'all'

export const nothingSeen = (watched: Watched): Seen => ({
  patterns: [],
  norms: [],
  ...(watched === 'all' && { stream: { attnIn: [], attnOut: [], mlpOut: [] } }),
})

export interface Run {
  config: ModelConfig
  weights: Weights
  inputs: Inputs
  B: number
  T: number
  bindingLimit: number
  /** One token at the state's position, against the cache. */
  decode?: boolean
  /** The cache: a store that outlives the plan. */
  cache?: Storage
  /** Interventions, applied together. */
  changes?: Change[]
  /** Receives what is to be read back. */
  seen?: Seen
  /** In training: a layer's intermediates are computed again for its derivative instead of being kept. */
  recompute?: boolean
}

/** Logits [B·T, V] of the inputs' tokens. */
export function transformer(recording: Recording, run: Run): Tensor {
  const { config: c, weights, inputs, seen, decode } = run
  const { state } = inputs
  const changes = run.changes ?? []
  const E = headWidth(c)
  const T = decode ? 1 : run.T
  const dims = { B: run.B, T: run.T, L: c.n_layers, H: c.n_heads, G: c.n_kv_heads, E }
  const reads = c.reads.map((_, l) => slotsWith(changes, c.reads, l))
  const storeOf = createStores(recording, dims, reads, { bindingLimit: run.bindingLimit, owned: run.cache, recompute: run.recompute })
  const norms: Norms = {
    centred: c.norm === 'layernorm',
    eps: c.norm_eps,
    count: 2 * c.n_layers + 1,
    D: c.d_model,
    hasBias: c.norm === 'layernorm' && c.bias,
    ...weights.norms,
  }
  const partials = recording.training ? createNormPartials(recording, norms, run.B * T) : undefined
  const rope = c.positions === 'rope' ? ropeTable(c.context_length, E, c.rope_theta) : undefined
  const normed = (name: string, index: number, x: Tensor): Tensor =>
    norm(recording, {
      label: name,
      x,
      weight: weights.get(`${name}.weight`),
      bias: weights.optional(`${name}.bias`),
      norms,
      index,
      partials,
    })
  const parametersOf = (name: string) => ({
    label: name,
    weight: weights.get(`${name}.weight`),
    bias: weights.optional(`${name}.bias`),
    state,
  })
  const drop = (site: number) => ({ site, p: c.dropout })
  const watch = (place: keyof Stream<Tensor>, tensor: Tensor): void => void seen?.stream?.[place].push(keep(tensor))

  let x = embedding(recording, {
    T,
    inputs,
    tokens: weights.get('tok_emb.weight'),
    positions: weights.optional('pos_emb.weight'),
    dropout: drop(EMBEDDING_SITE),
  })
  /** The stream after layer l; x is the stream before it. */
  const layer = (l: number, before: Tensor, again: boolean): Tensor => {
    let x = before
    const store = storeOf(l)
    const b = `blocks.${l}`
    const qkv = (kind: 'weight' | 'bias'): string[] => ['q', 'k', 'v'].map((p) => `${b}.attn.${p}.${kind}`)
    const h = normed(`${b}.attn_norm`, 2 * l, x)
    projectQkv(recording, {
      store,
      layer: l,
      x: h,
      weight: weights.get(...qkv('weight')),
      bias: weights.optional(...qkv('bias')),
      rope,
      state,
      decode,
      again,
    })
    const attended = attention(recording, {
      store,
      layer: l,
      slots: reads[l],
      dropout: drop(probabilitySite(l)),
      state,
      decode,
    })
    for (const { head, mean } of ablations(changes, l)) ablateColumns(recording, attended.out, { offset: head * E, columns: E }, mean)
    if (seen) {
      seen.patterns.push(attended.probe())
      seen.norms.push(keep(headNorms(recording, attended.out, weights.get(`${b}.attn.o.weight`), c.n_heads)))
    }
    watch('attnIn', x)
    if (!isDropped(changes, 'attn', l))
      x = linear(recording, { ...parametersOf(`${b}.attn.o`), x: attended.out, residual: x, dropout: drop(attentionOutputSite(l)) })
    watch('attnOut', x)
    if (!isDropped(changes, 'mlp', l)) {
      const m = normed(`${b}.mlp_norm`, 2 * l + 1, x)
      const activated =
        c.activation === 'swiglu'
          ? gate(
              recording,
              linear(recording, { ...parametersOf(`${b}.mlp.gate`), x: m }),
              linear(recording, { ...parametersOf(`${b}.mlp.up`), x: m }),
            )
          : linear(recording, { ...parametersOf(`${b}.mlp.up`), x: m, activation: c.activation })
      x = linear(recording, { ...parametersOf(`${b}.mlp.down`), x: activated, residual: x, dropout: drop(mlpOutputSite(l)) })
    }
    watch('mlpOut', x)
    return x
  }
  for (let l = 0; l < c.n_layers; l++) {
    const before = x
    x = run.recompute ? recording.checkpoint((again) => layer(l, before, again)) : layer(l, before, false)
  }
  const final = normed('final_norm', 2 * c.n_layers, x)
  const head = weights.get(c.tie_embeddings ? 'tok_emb.weight' : 'lm_head.weight')
  return linear(recording, { label: 'logits', x: final, weight: head, state })
}
