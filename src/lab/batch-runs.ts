/** What the command line, and the golden tests in a browser, ask of a model on given batches. */
import type { Batch } from '../data/dataset.ts'
import type { HeadMeasures } from '../io/recording.ts'
import type { WritableTensor } from '../io/safetensors.ts'
import type { Change } from '../model/changes.ts'
import { parseSettings } from '../model/config.ts'
import type { Machine } from '../model/machine.ts'
import type { Watched } from '../model/transformer.ts'
import type { Dtype } from '../tensor/recording.ts'
import { compileRunner, readMetric } from '../train/batch-runner.ts'
import { createForward } from '../train/forward.ts'
import { recordGradients, recordTraining } from '../train/program.ts'
import { headMeasures, layerScores, type LayerScores } from './measures.ts'
import { observe, splitPatterns, type Observation } from './observe.ts'

export interface ShapedBatch extends Batch {
  B: number
  T: number
}

/** What is compared with other implementations has no part that is drawn at random. */
const withoutDropout = (machine: Machine): Machine => ({ ...machine, config: { ...machine.config, dropout: 0 } })

/** `loss`, `logits` [B,T,V], `pattern.{l}.{h}` of the first sequence [T, slots·T], and `grad.<parameter>`, of a step that stores `dtype`. */
export async function gradsOf(
  machine: Machine,
  batch: ShapedBatch,
  dtype?: Dtype,
): Promise<{ loss: number; tensors: Map<string, WritableTensor> }> {
  const { config } = machine
  const { B, T } = batch
  const forward = await createForward(machine, B, T, { observe: 'heads' })
  const loss = await forward.loss(batch)
  const tensors = new Map<string, WritableTensor>([
    ['logits', { shape: [B, T, config.vocab_size], data: await forward.logits(batch) }],
    ['loss', { shape: [1], data: Float32Array.of(loss) }],
  ])
  const { patterns } = forward.observe(batch)
  for (let l = 0; l < config.n_layers; l++) {
    const slots = config.reads[l].map((s) => s.length)
    splitPatterns(await forward.read(patterns[l]), slots, B, T).forEach((p, h) =>
      tensors.set(`pattern.${l}.${h}`, { shape: [T, slots[h] * T], data: p.slice(0, T * slots[h] * T) }),
    )
  }
  forward.dispose()
  const runner = await compileRunner(machine, B, T, (shape) => recordGradients(withoutDropout(machine), shape, dtype))
  runner.run(batch, {})
  for (const [name, tensor] of await machine.readPack('gradients')) tensors.set(`grad.${name}`, tensor)
  runner.dispose()
  return { loss, tensors }
}

/** One AdamW step for each batch, all of one shape, at a constant rate (β 0.9 and 0.95, ε 1e-8, decay 0.1, clip 1). Yields each loss, before its update. */
export async function* replay(
  machine: Machine,
  batches: ShapedBatch[],
  lr: number,
  dtype?: Dtype,
): AsyncGenerator<{ step: number; loss: number }> {
  const [{ B, T }] = batches
  const settings = parseSettings({ lr, schedule: 'constant', warmup: 0, batch_size: B, dtype })
  const runner = await compileRunner(machine, B, T, (shape) => recordTraining(withoutDropout(machine), shape, settings))
  for (const [i, batch] of batches.entries()) {
    const step = i + 1
    runner.run(batch, { step, rate: lr, scale_m: 1 / (1 - settings.beta1 ** step), scale_v: 1 / (1 - settings.beta2 ** step) })
    yield { step, loss: await readMetric(machine, 0, 0) }
  }
  runner.dispose()
}

async function observed(machine: Machine, batch: ShapedBatch, watched: Watched): Promise<Observation> {
  const forward = await createForward(machine, batch.B, batch.T, { observe: watched })
  const observation = await observe(forward, machine.config, batch, batch.B, batch.T)
  forward.dispose()
  return observation
}

/** Measures of every head on a batch. */
export const measureHeads = async (machine: Machine, batch: ShapedBatch): Promise<HeadMeasures[]> =>
  headMeasures(await observed(machine, batch, 'heads'))

/** Scores of every layer on a batch. */
export async function measureLayers(machine: Machine, batch: ShapedBatch): Promise<LayerScores[]> {
  const { stream } = await observed(machine, batch, 'all')
  if (!stream) throw new Error('The stream was not watched.')
  return layerScores(stream, machine.config.d_model)
}

/** The loss of a batch under changes applied together. */
export async function lossUnder(machine: Machine, batch: ShapedBatch, changes: Change[]): Promise<number> {
  const forward = await createForward(machine, batch.B, batch.T, { changes })
  const loss = await forward.loss(batch)
  forward.dispose()
  return loss
}
