/** `config.json`: the shape of a model, its validation, and the presets. */
import { z } from 'zod'
import { checkReads, namedWiring, type Reads } from './wiring.ts'

const whole = (least = 1) => z.int().min(least)

/** Everything in `config.json` but the wiring. Field names are those of the file. */
export const modelShape = z.strictObject({
  model_type: z.literal('skipscope').default('skipscope'),
  vocab_size: whole(),
  context_length: whole(),
  n_layers: whole(),
  n_heads: whole(),
  n_kv_heads: whole(),
  d_model: whole(),
  d_ff: whole(),
  norm: z.enum(['layernorm', 'rmsnorm']).default('layernorm'),
  norm_eps: z.number().positive().default(1e-5),
  activation: z.enum(['gelu', 'relu', 'relu2', 'silu', 'swiglu']).default('gelu'),
  positions: z.enum(['learned', 'rope', 'none']).default('learned'),
  rope_theta: z.number().positive().default(10000),
  bias: z.boolean().default(true),
  tie_embeddings: z.boolean().default(false),
  dropout: z.number().min(0).lt(1).default(0),
})

export type ModelShape = z.infer<typeof modelShape>
export interface ModelConfig extends ModelShape {
  reads: Reads
}

/** E = D/H, the width of a head. */
export const headWidth = (c: ModelShape): number => c.d_model / c.n_heads

/** One clear line for what zod found. */
export function explainIssues(error: z.ZodError, what: string): string {
  const first = error.issues[0]
  const at = first?.path.join('.') || 'it'
  return `${what}: ${at}: ${first?.message ?? 'invalid'}.`
}

/** Parses the object of a `config.json`; throws one line that names the field and the fix. */
export function parseConfig(value: unknown, what = 'config.json'): ModelConfig {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what}: a JSON object is due.`)
  const { reads, ...rest } = value as Record<string, unknown>
  const parsed = modelShape.safeParse(rest)
  if (!parsed.success) throw new Error(explainIssues(parsed.error, what))
  const c = parsed.data
  if (c.d_model % c.n_heads !== 0)
    throw new Error(`${what}: d_model ${c.d_model} is not divisible by n_heads ${c.n_heads}. Make it a multiple.`)
  if (c.n_heads % c.n_kv_heads !== 0) throw new Error(`${what}: n_kv_heads ${c.n_kv_heads} must divide n_heads ${c.n_heads}.`)
  if (c.positions === 'rope' && headWidth(c) % 2 !== 0)
    throw new Error(`${what}: rope turns the halves of a head together, so d_model / n_heads must be even; it is ${headWidth(c)}.`)
  try {
    checkReads(reads, c)
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message}`, { cause: error })
  }
  return { ...c, reads }
}

/** Name -> shape of every parameter, in the order in which a weights file lists them. Linear weights are [out, in]. */
export function parameterShapes(c: ModelShape): Map<string, number[]> {
  const shapes = new Map<string, number[]>()
  const D = c.d_model
  const E = headWidth(c)
  const norm = (name: string) => {
    shapes.set(`${name}.weight`, [D])
    if (c.norm === 'layernorm' && c.bias) shapes.set(`${name}.bias`, [D])
  }
  const linear = (name: string, out: number, inn: number) => {
    shapes.set(`${name}.weight`, [out, inn])
    if (c.bias) shapes.set(`${name}.bias`, [out])
  }
  shapes.set('tok_emb.weight', [c.vocab_size, D])
  if (c.positions === 'learned') shapes.set('pos_emb.weight', [c.context_length, D])
  for (let l = 0; l < c.n_layers; l++) {
    const b = `blocks.${l}`
    norm(`${b}.attn_norm`)
    linear(`${b}.attn.q`, c.n_heads * E, D)
    linear(`${b}.attn.k`, c.n_kv_heads * E, D)
    linear(`${b}.attn.v`, c.n_kv_heads * E, D)
    linear(`${b}.attn.o`, D, c.n_heads * E)
    norm(`${b}.mlp_norm`)
    if (c.activation === 'swiglu') linear(`${b}.mlp.gate`, c.d_ff, D)
    linear(`${b}.mlp.up`, c.d_ff, D)
    linear(`${b}.mlp.down`, D, c.d_ff)
  }
  norm('final_norm')
  if (!c.tie_embeddings) shapes.set('lm_head.weight', [c.vocab_size, D])
  return shapes
}

export const elements = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1)

export function countParameters(c: ModelShape): number {
  let n = 0
  for (const dims of parameterShapes(c).values()) n += elements(dims)
  return n
}

/** How a run is trained. Field names are those that `--set` takes and `run.json` keeps. */
export const trainSettings = z.strictObject({
  batch_size: whole().default(16),
  /** Micro-batches of a step, one after another on the GPU; divides batch_size. */
  accumulate: whole().default(1),
  /** Computes a layer's intermediates again for its derivative instead of keeping them. */
  recompute: z.boolean().default(false),
  /** How intermediate values and their gradients are stored; parameters, moments and all sums are f32 always. */
  dtype: z.enum(['f32', 'f16']).default('f32'),
  steps: whole().default(1000),
  seed: whole(0).max(0xffffffff).default(1),
  lr: z.number().positive().default(1e-3),
  min_lr: z.number().min(0).default(1e-4),
  warmup: whole(0).default(100),
  schedule: z.enum(['constant', 'cosine', 'linear', 'wsd']).default('cosine'),
  /** The last part of the steps in which `wsd` (warm-up, stable, decay) falls to min_lr. */
  decay_fraction: z.number().gt(0).max(1).default(0.2),
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.95),
  eps: z.number().positive().default(1e-8),
  weight_decay: z.number().min(0).default(0.1),
  /** Global gradient norm; 0 is no clipping. */
  clip: z.number().min(0).default(1),
  eval_every: whole(0).default(100),
  /** Batches of held-out data in one evaluation. */
  eval_batches: whole().default(8),
  tokenizer: z.enum(['char', 'byte']).default('char'),
  /** The last part of a text, held out. */
  val_fraction: z.number().gt(0).lt(1).default(0.1),
})
export type TrainSettings = z.infer<typeof trainSettings>

/** Sequences of a micro-batch. */
export const microBatch = ({ batch_size, accumulate }: TrainSettings): number => batch_size / accumulate

export interface Preset {
  name: string
  title: string
  summary: string
  /** vocab_size comes from the data unless the bench fixes it. */
  model: Omit<z.input<typeof modelShape>, 'vocab_size'>
  train: Partial<TrainSettings>
  /** The vocabulary of the bench shape, where this is one. */
  bench_vocab?: number
}

function sized(L: number, H: number, D: number, T: number): Preset['model'] {
  return { n_layers: L, n_heads: H, n_kv_heads: H, d_model: D, d_ff: 4 * D, context_length: T }
}

export const PRESETS: Preset[] = [
  {
    name: 'smoke',
    title: 'Smoke',
    summary: '2 layers of 2 heads: a minute on a processor',
    model: sized(2, 2, 32, 32),
    train: { batch_size: 8, steps: 300, lr: 3e-3, min_lr: 3e-4, warmup: 20, eval_every: 50, eval_batches: 4 },
  },
  {
    name: 'tiny',
    title: 'Tiny',
    summary: '4 layers of 4 heads: seconds on a GPU',
    model: sized(4, 4, 128, 128),
    train: { batch_size: 16, steps: 2000, lr: 1e-3, min_lr: 1e-4, warmup: 100 },
    bench_vocab: 65,
  },
  {
    name: 'nano',
    title: 'Nano',
    summary: "nanoGPT's processor setting: 4 layers of 4 heads, 64 tokens",
    model: sized(4, 4, 128, 64),
    train: { batch_size: 12, steps: 2000, lr: 1e-3, min_lr: 1e-4, warmup: 100, beta2: 0.99, eval_every: 250, eval_batches: 20 },
  },
  {
    name: 'baby',
    title: 'Baby',
    summary: "nanoGPT's Shakespeare setting: 6 layers of 6 heads, 10.8 million parameters",
    model: sized(6, 6, 384, 256),
    train: { batch_size: 64, steps: 5000, lr: 1e-3, min_lr: 1e-4, warmup: 100, beta2: 0.99, eval_every: 250 },
    bench_vocab: 65,
  },
  {
    name: 'gpt2s',
    title: 'GPT-2 small',
    summary: '12 layers of 12 heads: a large GPU',
    model: sized(12, 12, 768, 512),
    train: { batch_size: 8, steps: 10000, lr: 6e-4, min_lr: 6e-5, warmup: 500, eval_every: 500 },
    bench_vocab: 8192,
  },
]

export function presetNamed(name: string): Preset {
  const preset = PRESETS.find((p) => p.name === name)
  if (!preset) throw new Error(`There is no preset called "${name}". Choose one of: ${PRESETS.map((p) => p.name).join(', ')}.`)
  return preset
}

/** Widths that follow from others unless they are set themselves: F = 4D, G = H. */
export function followed(model: Preset['model'], over: Record<string, unknown>): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...model, ...over }
  if ('d_model' in over && !('d_ff' in over)) merged.d_ff = 4 * Number(over.d_model)
  if ('n_heads' in over && !('n_kv_heads' in over)) merged.n_kv_heads = over.n_heads
  return merged
}

/** The config of a preset (or of any part of a config) over a vocabulary, with the standard wiring where none is given. */
export function configOf(model: Omit<z.input<typeof modelShape>, 'vocab_size'> & { reads?: Reads }, vocab_size: number): ModelConfig {
  return parseConfig({ ...model, vocab_size, reads: model.reads ?? namedWiring('standard', model) }, 'The model')
}

/** Training settings with every default filled in; throws one line that names the setting. */
export function parseSettings(value: unknown): TrainSettings {
  const parsed = trainSettings.safeParse(value)
  if (!parsed.success) throw new Error(explainIssues(parsed.error, 'The training settings'))
  const { batch_size, accumulate } = parsed.data
  if (batch_size % accumulate !== 0)
    throw new Error(
      `The training settings: accumulate ${accumulate} must divide batch_size ${batch_size}, since each micro-batch has batch_size / accumulate sequences. Change one of them.`,
    )
  return parsed.data
}
