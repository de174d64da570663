/**
 * The model, written once. Training, evaluation, probing and cached generation are recordings of this one function; what differs is what they ask of it.
 */
import { type BindLimits } from '../gpu/bind-together.ts'
import { align, constant, storage, type Region, type Storage } from '../gpu/launch.ts'
import { attention, queryTable } from '../tensor/attention.ts'
import { decodeAttention } from '../tensor/decode-attention.ts'
import { bindRowsTogether, rowGated, rowLinear, type RowNorm } from '../tensor/decode-product.ts'
import { embedding, type Embedding } from '../tensor/embedding.ts'
import { gate } from '../tensor/gate.ts'
import { headNorms } from '../tensor/head-norms.ts'
import { linear } from '../tensor/linear.ts'
import { createNormPartials, norm, type Norms } from '../tensor/norm.ts'
import { projectQkv, ropeTable } from '../tensor/qkv.ts'
import { attentionOutputSite, EMBEDDING_SITE, mlpOutputSite, probabilitySite } from '../tensor/random.ts'
import { keep, ownedTensor, type Recording, type Tensor } from '../tensor/recording.ts'
import { HEAD_MODES, replaceHeads } from '../tensor/replace-heads.ts'
import { createStores, type OwnedStore } from '../tensor/store.ts'
import { isDropped, replacements, slotsWith, type Change } from './changes.ts'
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

/** A table that kernels read, and what it holds under changes that are switches (`areSwitches`). */
export interface Switch {
  table: Region
  words: (changes: readonly Change[]) => Uint32Array<ArrayBuffer>
}

export interface Run {
  config: ModelConfig
  weights: Weights
  inputs: Embedding['inputs']
  B: number
  T: number
  bindingLimit: number
  /** One token at the state's position, against the cache; a layer's launches are bound together as far as the limits allow. */
  decode?: { rows: TokenRows; limits: BindLimits }
  /** The cache of generation, whose positions are those of the state. */
  cache?: OwnedStore
  /** The state whose position is the one row that logits are for; for all rows where nothing is said. */
  last?: Region
  /** Interventions, applied together. */
  changes?: Change[]
  /** Receives what changes are made by from run to run, where none is recorded. */
  switches?: Switch[]
  /** Receives what is to be read back. */
  seen?: Seen
  /** In training: a layer's intermediates are computed again for its derivative instead of being kept. */
  recompute?: boolean
}

/** Where one token's values lie: the residual stream, which every sublayer adds to in place, and what a sublayer makes for its last product. */
export interface TokenRows {
  stream: Tensor
  attended: Tensor
  inner: Tensor
  /** Of all of them, to be released by whoever made them. */
  storages: Storage[]
}

export function tokenRows({ d_model, d_ff }: { d_model: number; d_ff: number }): TokenRows {
  const attended = align(4 * d_model)
  const stream = storage("the token's stream", 4 * d_model, 'owned')
  const inside = storage('inside a sublayer', attended + 4 * d_ff, 'owned')
  return {
    stream: ownedTensor(stream.label, [1, d_model], { storage: stream, offset: 0, bytes: stream.bytes }),
    attended: ownedTensor(inside.label, [1, d_model], { storage: inside, offset: 0, bytes: attended }),
    inner: ownedTensor(inside.label, [1, d_ff], { storage: inside, offset: attended, bytes: inside.bytes - attended }),
    storages: [stream, inside],
  }
}

/** Logits [B·T, V] of the inputs' tokens; [1, V] of one row where one is decoded or asked for. */
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
  const normOf = (name: string, index: number): RowNorm => ({
    label: name,
    weight: weights.get(`${name}.weight`),
    bias: weights.optional(`${name}.bias`),
    norms,
    index,
  })
  const normed = (name: string, index: number, x: Tensor): Tensor => norm(recording, { ...normOf(name, index), x, partials })
  const parametersOf = (name: string) => ({
    label: name,
    weight: weights.get(`${name}.weight`),
    bias: weights.optional(`${name}.bias`),
    state,
  })
  const drop = (site: number) => ({ site, p: c.dropout })
  /** Of one row; its norms are part of the products that follow them. */
  const dense = decode ? rowLinear : linear
  const token = decode?.rows
  const intoStream = token && { into: token.stream }
  /** The inner values of an MLP. */
  const activated = (mlp: string, m: Tensor): Tensor => {
    if (c.activation !== 'swiglu') return linear(recording, { ...parametersOf(`${mlp}.up`), x: m, activation: c.activation })
    const inner = { x: m, inner: true }
    const [gated, through] = [`${mlp}.gate`, `${mlp}.up`].map((name) => linear(recording, { ...parametersOf(name), ...inner }))
    return gate(recording, gated, through)
  }
  const activatedRow = (mlp: string, norm: RowNorm, row: Tensor): Tensor => {
    const up = parametersOf(`${mlp}.up`)
    const inner = { x: row, norm, into: token?.inner }
    if (c.activation !== 'swiglu') return rowLinear(recording, { ...up, ...inner, activation: c.activation })
    return rowGated(recording, { ...parametersOf(`${mlp}.gate`), ...inner, through: up })
  }
  const watch = (place: keyof Stream<Tensor>, tensor: Tensor): void => void seen?.stream?.[place].push(keep(tensor))

  let x = embedding(recording, {
    T,
    inputs,
    tokens: weights.get('tok_emb.weight'),
    positions: weights.optional('pos_emb.weight'),
    dropout: drop(EMBEDDING_SITE),
    ...intoStream,
  })
  /** The stream after layer l; x is the stream before it. */
  const layer = (l: number, before: Tensor, again: boolean): Tensor => {
    let x = before
    const store = storeOf(l)
    const query = token && { table: queryTable(store, l, reads[l]), out: token.attended }
    const from = recording.launches.length
    const b = `blocks.${l}`
    const qkv = (kind: 'weight' | 'bias'): string[] => ['q', 'k', 'v'].map((p) => `${b}.attn.${p}.${kind}`)
    const attnNorm = [`${b}.attn_norm`, 2 * l] as const
    projectQkv(recording, {
      store,
      layer: l,
      x: decode ? x : normed(...attnNorm, x),
      weight: weights.get(...qkv('weight')),
      bias: weights.optional(...qkv('bias')),
      rope,
      state,
      decode: query && { norm: normOf(...attnNorm), place: query.table.region },
      again,
    })
    const { out: attended, probe } = query
      ? { out: decodeAttention(recording, { ...query, store, state }), probe: undefined }
      : attention(recording, {
          store,
          layer: l,
          slots: reads[l],
          onTable: run.switches && ((table, words) => run.switches?.push({ table, words: (under) => words(slotsWith(under, c.reads, l)) })),
          dropout: drop(probabilitySite(l)),
          state,
        })
    const modes = (under: readonly Change[]) => Uint32Array.from(replacements(under, c.n_heads, l), (mode) => HEAD_MODES[mode])
    if (run.switches || modes(changes).some((mode) => mode !== HEAD_MODES.keep)) {
      const table = constant(`replaced heads of layer ${l}`, modes(changes))
      run.switches?.push({ table, words: modes })
      replaceHeads(recording, attended, table, c.n_heads)
    }
    if (seen) {
      if (!probe) throw new Error('What a decoded token attends to is not watched.')
      seen.patterns.push(probe())
      seen.norms.push(keep(headNorms(recording, attended, weights.get(`${b}.attn.o.weight`), c.n_heads)))
    }
    watch('attnIn', x)
    if (!isDropped(changes, 'attn', l))
      x = dense(recording, {
        ...parametersOf(`${b}.attn.o`),
        x: attended,
        residual: x,
        dropout: drop(attentionOutputSite(l)),
        ...intoStream,
      })
    watch('attnOut', x)
    if (!isDropped(changes, 'mlp', l)) {
      x = dense(recording, {
        ...parametersOf(`${b}.mlp.down`),
        x: decode
          ? activatedRow(`${b}.mlp`, normOf(`${b}.mlp_norm`, 2 * l + 1), x)
          : activated(`${b}.mlp`, normed(`${b}.mlp_norm`, 2 * l + 1, x)),
        residual: x,
        dropout: drop(mlpOutputSite(l)),
        ...intoStream,
      })
    }
    watch('mlpOut', x)
    if (decode) bindRowsTogether(recording, from, decode.limits)
    return x
  }
  for (let l = 0; l < c.n_layers; l++) {
    const before = x
    x = run.recompute ? recording.checkpoint((again) => layer(l, before, again)) : layer(l, before, false)
  }
  const head = weights.get(c.tie_embeddings ? 'tok_emb.weight' : 'lm_head.weight')
  const finalNorm = ['final_norm', 2 * c.n_layers] as const
  if (decode || run.last) return rowLinear(recording, { label: 'logits', x, norm: normOf(...finalNorm), weight: head, at: run.last })
  return linear(recording, { label: 'logits', x: normed(...finalNorm, x), weight: head, state })
}
