/** What a training run will take, counted without an adapter. */
import { DEFAULT_LIMITS, type Limits } from '../gpu/device.ts'
import { ALIGNMENT, storage, type Launch, type Storage } from '../gpu/launch.ts'
import { planMemory, sharedSizes } from '../gpu/memory.ts'
import { checkFits, checkTypes, NOTHING_READ, NOTHING_WRITTEN } from '../gpu/plan.ts'
import { countParameters, microBatch, type ModelConfig, type TrainSettings } from '../model/config.ts'
import { READ_CAPACITY } from '../model/machine.ts'
import { createPacks, createWeights, layoutOf } from '../model/parameters.ts'
import { createInputs } from '../tensor/inputs.ts'
import { METRICS_RING, METRICS_STRIDE } from '../tensor/optimizer.ts'
import { createRecording, type Dtype, type Variants } from '../tensor/recording.ts'
import { recordForwardPass } from './forward.ts'
import { recordTraining } from './program.ts'

export interface Planned {
  parameters: number
  /** Of one training step. */
  dispatches: number
  submits: number
  /** Of one held-out batch. */
  evaluationDispatches: number
  /** Over all buffers of a machine with its trainer: training and evaluation share scratch memory, readback included. What probes and generates comes on top. */
  bytes: number
}

/** Bytes of the buffers that compiling these recordings together makes. */
function bytesOf(recordings: Launch[][]): number {
  const owned = new Set<Storage>()
  for (const { kernel, regions } of recordings.flat())
    for (const { name, access } of kernel.bindings) {
      const region = regions[name]
      // The two buffers that stand in for bindings which a variant leaves unused, one of each access.
      if (!region) owned.add(access === 'read' ? NOTHING_READ : NOTHING_WRITTEN)
      else if (region.storage.kind === 'owned') owned.add(region.storage)
    }
  const scratch = sharedSizes(recordings.map(planMemory))
  const uniforms = recordings.map((launches) => Math.max(1, launches.length) * ALIGNMENT)
  return [...scratch, ...uniforms, ...[...owned].map((s) => s.bytes)].reduce((a, b) => a + b, 0)
}

/** Everything that training compiles, recorded. */
function recordRun(config: ModelConfig, settings: TrainSettings, limits: Limits, variants: Variants) {
  const packs = createPacks(layoutOf(config, Math.min(limits.binding, limits.buffer)))
  const weights = createWeights(packs, config)
  const metricsStorage = storage('metrics', 4 * METRICS_RING * METRICS_STRIDE, 'owned')
  const metrics = { storage: metricsStorage, offset: 0, bytes: metricsStorage.bytes }
  const record = (training: boolean, dtype?: Dtype) => createRecording(training, variants, weights.gradients, dtype)
  const model = { config, packs, weights, metrics, record, gpu: { limits } }
  const [B, T] = [microBatch(settings), config.context_length]
  const inputs = createInputs(B * T, config.vocab_size, settings.accumulate)
  const evaluation = recordForwardPass(model, B, T).recording.launches
  const training = recordTraining(model, { B, T, inputs, bindingLimit: limits.binding }, settings)
  return { training, evaluation, bytes: bytesOf([training, evaluation]) + READ_CAPACITY + metrics.bytes }
}

/** All launches of a run on a GPU of these limits, recorded: what a tune-up looks for products in. Throws one line where the GPU lacks their dtype. */
export function launchesOfRun(config: ModelConfig, settings: TrainSettings, limits: Limits): Launch[] {
  const { training, evaluation } = recordRun(config, settings, limits, gpuVariants(limits))
  checkTypes(training, limits)
  return [...training, ...evaluation]
}

/** Kernels of a GPU, within these limits. */
const gpuVariants = (limits: Limits): Variants => ({ parallel: true, workgroupBytes: limits.workgroupBytes })

/** Throws the line that a device of these limits would refuse the run with. The kernels are those of a GPU unless `variants` says otherwise. */
export function planTraining(
  config: ModelConfig,
  settings: TrainSettings,
  limits: Limits = DEFAULT_LIMITS,
  variants: Variants = gpuVariants(limits),
): Planned {
  const { training, evaluation, bytes } = recordRun(config, settings, limits, variants)
  for (const launches of [training, evaluation]) checkFits(launches, limits)
  return {
    parameters: countParameters(config),
    dispatches: training.length,
    submits: 1,
    evaluationDispatches: settings.accumulate * evaluation.length,
    bytes,
  }
}

/** The bytes of a run, whether or not a device of these limits would take it. */
export const plannedBytes = (config: ModelConfig, settings: TrainSettings, limits: Limits = DEFAULT_LIMITS): number =>
  recordRun(config, settings, limits, gpuVariants(limits)).bytes

/** Floating-point operations of a step, as the contract counts them: 6·N·B·T + 12·L·D·T·B·T. */
export function stepFlops(c: ModelConfig, B: number): number {
  const T = c.context_length
  return 6 * countParameters(c) * B * T + 12 * c.n_layers * c.d_model * T * B * T
}
