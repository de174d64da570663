/**
 * What crosses between the page and the session worker. Messages are plain values: the page never sees a tensor or a GPU object.
 * Both ends close their switch with `satisfies never`, so a new message that one end forgets does not compile.
 */
import type { DatasetChoice } from '../data/catalogue.ts'
import type { CutResult, TextSample } from '../io/recording.ts'
import type { LabAnswer, LabQuestion } from '../lab/ask.ts'
import type { DropOrder } from '../lab/drops.ts'
import type { Plan } from '../lab/experiment/plan.ts'
import type { Evaluation, RunResult } from '../lab/experiment/result.ts'
import type { AttentionMaps } from '../lab/probe.ts'
import type { ModelConfig, TrainSettings } from '../model/config.ts'
import type { Reads } from '../model/wiring.ts'
import type { BenchResult } from '../train/bench.ts'
import type { Curve, MetricColumns, ValidationPoint } from '../train/curve.ts'
import type { KernelTime, Profile } from '../train/profile.ts'
import type { GeneratedPiece, TokenProbability } from '../train/sample-text.ts'
import type { Overrides, WiringChoice } from '../train/setup.ts'

export type {
  AttentionMaps,
  BenchResult,
  Curve,
  DatasetChoice,
  DropOrder,
  Evaluation,
  GeneratedPiece,
  KernelTime,
  LabAnswer,
  LabQuestion,
  MetricColumns,
  Plan,
  Profile,
  RunResult,
  TokenProbability,
  ValidationPoint,
  WiringChoice,
}

/** A run as a person sets it up: what `train` takes on the command line. */
export interface RunRequest {
  dataset: DatasetChoice
  preset: string
  wiring: WiringChoice
  /** Overrides of model and training settings, as `--set key=value` takes them. */
  settings: Overrides
  /** Ends after this step although the schedule goes on: a twin stops where its original did. */
  until?: number
}

export interface GenerateRequest {
  prompt: string
  tokens: number
  /** 0 is greedy. */
  temperature: number
  /** 0 is no limit. */
  topK: number
  /** Above 0, at most 1, which is no limit. */
  topP: number
  seed: number
}

export interface BenchRequest {
  /** Names of bench shapes, timed in this order. */
  shapes: string[]
  /** To time of each. */
  steps: number
  wiring: WiringChoice
  /** Also times every kernel of each shape. */
  profile: boolean
}

/** What is being done with a shape: its tiles are chosen, its steps or its kernels are timed. */
export type BenchDoing = 'tiles' | 'steps' | 'kernels'

export type ToWorker =
  /** Opens the adapter; answered by `ready` or `failed`. */
  | { type: 'open' }
  /** Replaces the running session, if any; answered by `started`, then `metrics`… On a request that cannot run: `failed`, and the running session is untouched. */
  | { type: 'start'; id: number; run: RunRequest }
  | { type: 'pause' }
  | { type: 'resume' }
  /** One step; the session is paused afterwards. */
  | { type: 'step' }
  | { type: 'stop' }
  /** The text whose attention the heat maps show; empty is the held-out sample. Answered by `maps` at once and then at the display's pace. */
  | { type: 'probe'; text: string }
  /** Other rates from the next step on, and at most so many steps a second (0 is as fast as it goes); what is absent stays. */
  | { type: 'tune'; lr?: number; stepsPerSecond?: number }
  /** What a run would take here, without starting it; answered by `estimated`. */
  | { type: 'estimate'; id: number; run: RunRequest }
  /** The first sequences of the first batch of a run; answered by `batch`. */
  | { type: 'look'; id: number; run: RunRequest }
  /** The change of held-out loss without a head's way back; answered by `cut`. */
  | { type: 'cut'; layer: number; head: number }
  /** Asks something of the model as it stands; answered by `lab-progress`… and `lab-answered`. */
  | { type: 'ask-lab'; id: number; question: LabQuestion }
  | { type: 'cancel-lab'; id: number }
  /** Answered by `generated` per token and once with `done`. */
  | { type: 'generate'; id: number; request: GenerateRequest }
  | { type: 'cancel-generate'; id: number }
  /** The likeliest next tokens after a prompt; answered by `next-tokens`. */
  | { type: 'next-tokens'; id: number; prompt: string; count: number }
  /** Answered by `exported`: to be saved by the person, or kept by the browser for going on. */
  | { type: 'export'; id: number; purpose: ExportPurpose }
  /** A zip of a model folder; answered by `started` (at the folder's step, paused) or `failed`. */
  | { type: 'import'; id: number; zip: Uint8Array }
  /** Times training steps of the bench shapes; answered by `bench-…` messages, `bench-done` the last. Refused while a run trains; a run that begins ends it. */
  | { type: 'bench'; id: number; request: BenchRequest }
  | { type: 'cancel-bench'; id: number }
  /**
   * Runs what is left of an experiment, run after run; answered by `experiment-…` messages. Refused while a run trains; a run that begins holds it up.
   * One experiment at a time.
   */
  | { type: 'experiment'; id: string; plan: Plan; finished: FinishedRun[] }
  /** Between two steps; what was trained so far waits on the GPU. */
  | { type: 'hold-experiment' }
  | { type: 'resume-experiment' }
  /** Ends it between two steps: the run that was being trained is lost. */
  | { type: 'end-experiment' }
  /** How long all runs of a plan would take here; answered by `experiment-estimated`. */
  | { type: 'estimate-experiment'; id: string; plan: Plan }
  /** The tiles that are remembered for this adapter; answered by `tuned`. */
  | { type: 'tuned' }
  /** Forgets them, and those of every other adapter: the next start measures anew. Answered by `tuned`. */
  | { type: 'forget-tuned' }

export interface FinishedRun {
  cell: string
  seed: number
}

/** `over`: every run is finished. `ended`: as a person asked. */
export type ExperimentState = 'running' | 'held' | 'ended' | 'over' | 'failed'

export type ExportPurpose = 'save' | 'keep'

export interface AdapterSummary {
  description: string
  /** A processor that pretends to be a GPU. */
  software: boolean
}

export type SessionState = 'idle' | 'compiling' | 'running' | 'paused' | 'stopped' | 'done'

export interface RunSummary {
  /** The data's name in the catalogue, or the title of a text of one's own. */
  dataset: string
  preset?: string
  /** A wiring's name, or "custom". */
  wiring: string
  config: ModelConfig
  settings: TrainSettings
  /** The last step that this run makes. */
  until: number
  /** Steps done. */
  step: number
  parameters: number
  /** Bytes of all GPU buffers. */
  bytes: number
  dispatches: number
  /** Tasks have an exact-answer accuracy. */
  hasAccuracy: boolean
  /** The text that `heads` of every `maps` are measured on. */
  heldOut: string
}

/** What a run would take on this device. */
export interface Estimate {
  parameters: number
  /** Planned bytes of all GPU buffers, and those with `recompute` the other way. */
  bytes: number
  bytesOtherwise: number
  dispatches: number
  /** A guess from a short timing of this adapter. */
  seconds: number
  reads: Reads
  config: ModelConfig
  settings: TrainSettings
}

/** What tune-ups have found on this adapter, and this browser remembers. */
export interface TunedKernels {
  adapter: string
  /** The quickest tile of each product, as `productKey` and `TILES` name them. */
  choices: { product: string; tile: string }[]
  /** Whether they are still there after a reload. */
  lasts: boolean
}

/** How far the preparation of a run is: what a tune-up measures, and the kernels that are compiled. */
export interface Preparation {
  doing: 'tiles' | 'kernels'
  done: number
  total: number
}

/** One sequence of a batch. */
export interface BatchRow {
  tokens: string[]
  /** What is to be predicted after each token; null where no loss is due. */
  targets: (string | null)[]
}

export type FromWorker =
  | { type: 'ready'; adapter: AdapterSummary }
  /** `id` is that of the `start` or `import`; null where the same run goes on by itself, on a new device. */
  | { type: 'started'; id: number | null; run: RunSummary; curve: Curve }
  | { type: 'state'; state: SessionState }
  | { type: 'metrics'; step: number; columns: MetricColumns; tokensPerSecond: number }
  | { type: 'validation'; point: ValidationPoint }
  | { type: 'maps'; maps: AttentionMaps }
  /** `done` comes once, with or without a last piece. */
  | { type: 'generated'; id: number; pieces: GeneratedPiece[]; done: boolean }
  /** What the model wrote at a step of its own accord. */
  | { type: 'sample'; sample: TextSample }
  | { type: 'cut'; result: CutResult }
  | { type: 'lab-progress'; id: number; done: number; total: number }
  /** `answer` is null where the person called it off, or where `problem` says why there is none. `step` is that of the weights. */
  | { type: 'lab-answered'; id: number; step: number; answer: LabAnswer | null; problem: string | null }
  /** `problem` says why the run cannot be had here, and names the fix. */
  | { type: 'estimated'; id: number; estimate: Estimate | null; problem: string | null }
  | { type: 'batch'; id: number; rows: BatchRow[]; problem: string | null }
  | { type: 'next-tokens'; id: number; tokens: TokenProbability[] }
  | { type: 'exported'; id: number; purpose: ExportPurpose; name: string; zip: Uint8Array; step: number }
  /** What is being done with which shape, and how far it is. */
  | { type: 'bench-progress'; id: number; shape: string; doing: BenchDoing; done: number; total: number }
  | { type: 'bench-result'; id: number; result: BenchResult }
  | { type: 'bench-profile'; id: number; shape: string; profile: Profile }
  /** `problem` says why it ended early, and names the fix. */
  | { type: 'bench-done'; id: number; end: 'complete' | 'cancelled' | 'failed'; problem: string | null }
  /** How far the run is that is being trained. */
  | { type: 'experiment-progress'; id: string; cell: string; seed: number; step: number; steps: number; evaluations: readonly Evaluation[] }
  | { type: 'experiment-run'; id: string; run: RunResult }
  /** `problem` says why it is held or has failed, and names the fix. */
  | { type: 'experiment-state'; id: string; state: ExperimentState; problem: string | null }
  /** A guess from a short timing of this adapter; `problem` says why a cell cannot be run here, and names the fix. */
  | { type: 'experiment-estimated'; id: string; seconds: number | null; problem: string | null }
  | { type: 'tuned'; tuned: TunedKernels }
  /** For a bar. */
  | ({ type: 'progress' } & Preparation)
  /** Something a person asked for did not work. `message` says what and names the fix; `fatal` means that no session can run. */
  | { type: 'failed'; message: string; fatal: boolean }
