/** What can be known of a run before it starts. */
import type { Batch, Dataset } from '../data/dataset.ts'
import type { Gpu } from '../gpu/device.ts'
import type { Estimator } from '../train/estimate.ts'
import { requestOf, type Plan } from '../lab/experiment/plan.ts'
import { countParameters } from '../model/config.ts'
import { planTraining, plannedBytes } from '../train/planned.ts'
import { setUp, type Setup } from '../train/setup.ts'
import type { BatchRow, Estimate, RunRequest } from './protocol.ts'

export type LoadText = (name: string) => Promise<string>

/** The run that is asked for. Throws one line where it cannot be. */
export const setUpRun = (run: RunRequest, loadText: LoadText): Promise<Setup> =>
  setUp({ dataset: run.dataset, base: { preset: run.preset }, wiring: run.wiring, overrides: run.settings }, loadText)

/** Throws one line where the run cannot be had on this device. */
export async function estimateRun(run: RunRequest, gpu: Gpu, estimator: Estimator, loadText: LoadText): Promise<Estimate> {
  const { config, settings } = await setUpRun(run, loadText)
  const { bytes, dispatches } = planTraining(config, settings, gpu.limits)
  const bytesOtherwise = plannedBytes(config, { ...settings, recompute: !settings.recompute }, gpu.limits)
  const seconds = await estimator.seconds(config, settings)
  return { parameters: countParameters(config), bytes, bytesOtherwise, dispatches, seconds, reads: config.reads, config, settings }
}

/** Seconds that all runs of an experiment take here. Throws one line where one of its cells cannot be had on this device. */
export async function estimatePlan(plan: Plan, estimator: Estimator, loadText: LoadText): Promise<number> {
  let seconds = 0
  for (const cell of plan.cells) {
    const { config, settings } = await setUp(requestOf(plan, { cell, seed: plan.seeds[0] }), loadText)
    seconds += plan.seeds.length * (await estimator.seconds(config, settings))
  }
  return seconds
}

/** Sequences of a batch that are shown: what there is to see is seen in a few. */
const ROWS = 4

function rowOf({ tokens, targets }: Batch, b: number, T: number, { tokenizer }: Dataset): BatchRow {
  const labels = (ids: Iterable<number>): (string | null)[] => Array.from(ids, (id) => (id < 0 ? null : tokenizer.label(id)))
  return {
    tokens: Array.from(tokens.subarray(b * T, (b + 1) * T), (id) => tokenizer.label(id)),
    targets: labels(targets.subarray(b * T, (b + 1) * T)),
  }
}

/** The first sequences of the batch of step 1. */
export async function lookAtBatch(run: RunRequest, loadText: LoadText): Promise<BatchRow[]> {
  const { config, settings, dataset } = await setUpRun(run, loadText)
  const B = Math.min(ROWS, settings.batch_size)
  const T = config.context_length
  const batch = dataset.trainBatch(settings.seed, 1, settings.batch_size, T)
  return Array.from({ length: B }, (_, b) => rowOf(batch, b, T, dataset))
}
