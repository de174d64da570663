/** The recordings that training needs, made without a device, so that a plan can be counted before it runs. */
import type { Launch } from '../gpu/launch.ts'
import type { Change } from '../model/changes.ts'
import type { ModelConfig, TrainSettings } from '../model/config.ts'
import type { Packs, Weights } from '../model/parameters.ts'
import { nothingSeen, transformer, type Seen, type Switch, type Watched } from '../model/transformer.ts'
import type { Region } from '../gpu/launch.ts'
import type { Inputs } from '../tensor/inputs.ts'
import { crossEntropy, rowLosses } from '../tensor/loss.ts'
import { evaluationMetrics, update } from '../tensor/optimizer.ts'
import { keep, type Dtype, type Recording, type Tensor } from '../tensor/recording.ts'

export interface ModelParts {
  config: ModelConfig
  packs: Packs
  weights: Weights
  metrics: Region
  record: (training: boolean, dtype?: Dtype) => Recording
}

export interface BatchShape {
  /** Sequences of a micro-batch, which is a batch unless the inputs have several. */
  B: number
  T: number
  inputs: Inputs
  bindingLimit: number
}

/** Forward and backward of every micro-batch, then the update. Metrics go to the ring. */
export function recordTraining(model: ModelParts, shape: BatchShape, optimizer: TrainSettings): Launch[] {
  const recording = model.record(true, optimizer.dtype)
  const rows = rowLosses(recording, shape.inputs)
  shape.inputs.parts.forEach((inputs, part) => {
    if (part > 0) recording.nextPart()
    crossEntropy(recording, transformer(recording, { ...model, ...shape, inputs, recompute: optimizer.recompute }), inputs, rows)
    recording.backward()
  })
  update(recording, model.packs.chunks, rows, shape.inputs, model.metrics, optimizer)
  return recording.launches
}

/** Forward and backward alone: the gradients stay in their pack. */
export function recordGradients(model: ModelParts, shape: BatchShape, dtype?: Dtype): Launch[] {
  const recording = model.record(true, dtype)
  crossEntropy(recording, transformer(recording, { ...model, ...shape }), shape.inputs)
  recording.backward()
  return recording.launches
}

export interface ForwardRecording {
  launches: Launch[]
  logits: Tensor
  /** [B·T, 2]: row losses, right answers. */
  rows: Tensor
  /** Where it was asked for. */
  seen?: Seen
  switches?: Switch[]
}

export interface ForwardOptions {
  observe?: Watched
  changes?: Change[]
  /** Changes are made from run to run; none is recorded. */
  switchable?: boolean
}

/** A forward pass with its loss; `observe` keeps what the measures are made of. */
export function recordForward(model: ModelParts, shape: BatchShape, options: ForwardOptions = {}): ForwardRecording {
  if (options.switchable && options.changes) throw new Error('Changes are either recorded or switched.')
  const recording = model.record(false)
  const seen = options.observe && nothingSeen(options.observe)
  const switches: Switch[] | undefined = options.switchable ? [] : undefined
  const logits = keep(transformer(recording, { ...model, ...shape, changes: options.changes, switches, seen }))
  const rows = keep(crossEntropy(recording, logits, shape.inputs))
  evaluationMetrics(recording, rows, shape.inputs, model.metrics)
  return { launches: recording.launches, logits, rows, seen, switches }
}
