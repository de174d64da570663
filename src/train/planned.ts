/** What a training step will take, counted without an adapter. */
import { DEFAULT_LIMITS, type Limits } from '../gpu/device.ts'
import { ALIGNMENT, storage, type Storage } from '../gpu/launch.ts'
import { planMemory, sharedSizes } from '../gpu/memory.ts'
import { checkFits } from '../gpu/plan.ts'
import { countParameters, type ModelConfig, type TrainSettings } from '../model/config.ts'
import { createPacks, createWeights, layoutOf } from '../model/parameters.ts'
import { createInputs } from '../tensor/inputs.ts'
import { METRICS_RING, METRICS_STRIDE } from '../tensor/optimizer.ts'
import { createRecording } from '../tensor/recording.ts'
import { recordTraining } from './program.ts'

export interface Planned {
  parameters: number
  dispatches: number
  submits: number
  /** Bytes over all buffers of the training step. */
  bytes: number
}

/** Throws the line that a device of these limits would refuse the step with. */
export function planTraining(config: ModelConfig, settings: TrainSettings, limits: Limits = DEFAULT_LIMITS): Planned {
  const packs = createPacks(layoutOf(config, Math.min(limits.binding, limits.buffer)))
  const weights = createWeights(packs, config)
  const metricsStorage = storage('metrics', 4 * METRICS_RING * METRICS_STRIDE, 'owned')
  const metrics = { storage: metricsStorage, offset: 0, bytes: metricsStorage.bytes }
  const record = (training: boolean) => createRecording(training, { parallel: true }, weights.gradients)
  const T = config.context_length
  const inputs = createInputs(settings.batch_size * T, config.vocab_size)
  const shape = { B: settings.batch_size, T, inputs, bindingLimit: limits.binding }
  const launches = recordTraining({ config, packs, weights, metrics, record }, shape, settings)
  checkFits(launches, limits)
  const owned = new Set<Storage>()
  for (const { regions } of launches)
    for (const region of Object.values(regions)) if (region?.storage.kind === 'owned') owned.add(region.storage)
  const scratch = sharedSizes([planMemory(launches)]).reduce((a, b) => a + b, 0)
  const uniforms = launches.length * ALIGNMENT
  const bytes = scratch + uniforms + [...owned].reduce((sum, s) => sum + s.bytes, 0)
  return { parameters: countParameters(config), dispatches: launches.length, submits: 1, bytes }
}

/** Floating-point operations of a step, as the contract counts them: 6·N·B·T + 12·L·D·T·B·T. */
export function stepFlops(c: ModelConfig, B: number): number {
  const T = c.context_length
  return 6 * countParameters(c) * B * T + 12 * c.n_layers * c.d_model * T * B * T
}
