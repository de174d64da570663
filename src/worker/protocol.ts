/**
 * What crosses between the page and the session worker. Messages are plain values: the page never sees a tensor or a GPU object.
 * Both ends close their switch with `satisfies never`, so a new message that one end forgets does not compile.
 */
import type { DatasetChoice } from '../data/catalogue.ts'
import type { Reads } from '../model/wiring.ts'
import type { Curve, MetricColumns, ValidationPoint } from '../train/curve.ts'
import type { Overrides, WiringChoice } from '../train/setup.ts'

export type { Curve, DatasetChoice, MetricColumns, ValidationPoint, WiringChoice }

/** A run as a person sets it up: what `train` takes on the command line. */
export interface RunRequest {
  dataset: DatasetChoice
  preset: string
  wiring: WiringChoice
  /** Overrides of model and training settings, as `--set key=value` takes them. */
  settings: Overrides
}

export interface GenerateRequest {
  prompt: string
  tokens: number
  /** 0 is greedy. */
  temperature: number
  /** 0 is no limit. */
  topK: number
  seed: number
}

export type ToWorker =
  /** Opens the adapter; answered by `ready` or `failed`. */
  | { type: 'open' }
  /** Replaces the running session, if any; answered by `started`, then `metrics`… On a request that cannot run: `failed`, and the running session is untouched. */
  | { type: 'start'; run: RunRequest }
  | { type: 'pause' }
  | { type: 'resume' }
  /** One step; the session is paused afterwards. */
  | { type: 'step' }
  | { type: 'stop' }
  /** The text whose attention the heat maps show; empty is the held-out sample. Answered by `maps` at once and then at the display's pace. */
  | { type: 'probe'; text: string }
  /** Answered by `generated` per token and once with `done`. */
  | { type: 'generate'; id: number; request: GenerateRequest }
  | { type: 'cancel-generate'; id: number }
  /** The likeliest next tokens after a prompt; answered by `next-tokens`. */
  | { type: 'next-tokens'; id: number; prompt: string; count: number }
  /** Answered by `exported`. */
  | { type: 'export'; id: number }
  /** A zip of a model folder; answered by `started` (at the folder's step, paused) or `failed`. */
  | { type: 'import'; zip: Uint8Array }

export interface AdapterSummary {
  description: string
  /** A processor that pretends to be a GPU. */
  software: boolean
}

export type SessionState = 'idle' | 'compiling' | 'running' | 'paused' | 'stopped' | 'done'

export interface RunSummary {
  name: string
  parameters: number
  /** Planned bytes of all GPU buffers. */
  bytes: number
  dispatches: number
  steps: number
  step: number
  layers: number
  heads: number
  contextLength: number
  reads: Reads
  /** Tasks have an exact-answer accuracy. */
  hasAccuracy: boolean
}

/** Attention of every head on the probe text. */
export interface AttentionMaps {
  step: number
  /** Tokens of the probe text, as labels. */
  labels: string[]
  /** T, the number of tokens. */
  length: number
  /** [layer][head]: probabilities [T, slots·T], row by row; slot s is columns s·T to (s+1)·T. */
  patterns: Float32Array[][]
  reads: Reads
}

export interface TokenProbability {
  id: number
  label: string
  probability: number
}

export type FromWorker =
  | { type: 'ready'; adapter: AdapterSummary }
  | { type: 'started'; run: RunSummary; curve: Curve }
  | { type: 'state'; state: SessionState }
  | { type: 'metrics'; step: number; columns: MetricColumns; tokensPerSecond: number }
  | { type: 'validation'; point: ValidationPoint }
  | { type: 'maps'; maps: AttentionMaps }
  | { type: 'generated'; id: number; text: string; done: boolean }
  | { type: 'next-tokens'; id: number; tokens: TokenProbability[] }
  | { type: 'exported'; id: number; name: string; zip: Uint8Array }
  /** Something a person asked for did not work. `message` says what and names the fix; `fatal` means that no session can run. */
  | { type: 'failed'; message: string; fatal: boolean }
