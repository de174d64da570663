/** One run of an experiment, from its seed's start to the losses of its held-out sequences. */
import type { Gpu } from '../../gpu/device.ts'
import { countParameters, type ModelConfig, type TrainSettings } from '../../model/config.ts'
import { initialParameters } from '../../model/initialise.ts'
import { createMachine } from '../../model/machine.ts'
import { wiringCost } from '../../model/wiring-cost.ts'
import { isEarlier, type Reads } from '../../model/wiring.ts'
import { createClock } from '../../train/clock.ts'
import { createForward } from '../../train/forward.ts'
import { launchesOfRun } from '../../train/planned.ts'
import type { Setup } from '../../train/setup.ts'
import { createTrainer } from '../../train/trainer.ts'
import { tuneFor, type TunedStore } from '../../train/tune.ts'
import { createHeldOut, meanLoss } from '../held-out.ts'
import type { Cost, Evaluation, RunResult } from './result.ts'

const readsBack = (reads: Reads, layer: number): boolean => reads[layer].some((slots) => slots.some((slot) => isEarlier(layer, slot)))

export function costOf(config: ModelConfig, settings: TrainSettings): Cost {
  const { attention, idle } = wiringCost(config.reads, config, settings.batch_size)
  return {
    parameters: countParameters(config),
    attention,
    unread: idle.length,
    readingLayers: config.reads.filter((_, layer) => readsBack(config.reads, layer)).length,
  }
}

export interface RunHooks {
  store: TunedStore
  /** After every step. */
  progress?: (step: number, evaluations: readonly Evaluation[]) => void
  /** Asked between steps: whoever wants the run ended throws. A promise holds it up. */
  check?: () => Promise<void> | void
}

/** Trains and measures. Throws one line where the run does not fit, or diverges. */
export async function runOne(
  gpu: Gpu,
  { config, settings, dataset }: Setup,
  { cell, seed, sequences }: { cell: string; seed: number; sequences: number },
  { store, progress, check }: RunHooks,
): Promise<RunResult> {
  const tuned = await tuneFor(gpu, () => launchesOfRun(config, settings, gpu.limits), store)
  const machine = createMachine(gpu, config, { tiles: tuned })
  try {
    const T = config.context_length
    const clock = createClock()
    const trainer = await createTrainer({ machine, dataset, settings, T, clock: clock.now })
    machine.load(initialParameters(config, seed))
    const evaluations: Evaluation[] = []
    const diverged = (step: number): Error =>
      new Error(
        `"${cell}", seed ${seed}: the loss is no number after step ${step}: the run has diverged. Lower lr, which is ${settings.lr}.`,
      )
    while (trainer.done < settings.steps) {
      await check?.()
      clock.start()
      trainer.step()
      const step = trainer.done
      const due = step === settings.steps || (settings.eval_every > 0 && step % settings.eval_every === 0)
      await gpu.orFailed(due ? trainer.ask() : trainer.keepPace())
      if (trainer.take().loss.some((loss) => !Number.isFinite(loss))) throw diverged(step)
      if (!due) {
        progress?.(step, evaluations)
        continue
      }
      clock.stop()
      const { loss, accuracy } = await gpu.orFailed(trainer.evaluate())
      evaluations.push({ step, ms: clock.now(), loss, ...(accuracy !== undefined && { accuracy }) })
      progress?.(step, evaluations)
    }
    const heldOut = createHeldOut(machine, dataset, settings, sequences)
    const forward = await createForward(machine, heldOut.B, T)
    const losses = await gpu.orFailed(heldOut.measure(forward))
    const loss = meanLoss(losses)
    if (!Number.isFinite(loss)) throw diverged(settings.steps)
    return {
      cell,
      seed,
      steps: settings.steps,
      loss,
      sequences: losses.sums.map((sum, i) => sum / losses.targets[i]),
      evaluations,
      ms: clock.now(),
      cost: costOf(config, settings),
      adapter: gpu.description,
      tuned,
    }
  } finally {
    machine.dispose()
  }
}
