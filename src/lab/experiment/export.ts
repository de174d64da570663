/** What an experiment leaves: its results as JSON, and two tables. */
import { csvOf } from '../../io/csv.ts'
import { compareCells, MASTERED, summarise, type CellSummary, type Comparison } from './compare.ts'
import type { Plan } from './plan.ts'
import { stepsTo, type RunResult } from './result.ts'

export const RESULTS_VERSION = 1

export interface Results {
  version: typeof RESULTS_VERSION
  plan: Plan
  runs: RunResult[]
  cells: CellSummary[]
  comparisons: Comparison[]
}

export const resultsOf = (plan: Plan, runs: RunResult[]): Results => ({
  version: RESULTS_VERSION,
  plan,
  runs,
  cells: plan.cells.flatMap(({ name }) => summarise(runs, name) ?? []),
  comparisons: compareCells(plan, runs),
})

/** A row a run. */
export const runsTable = (runs: readonly RunResult[]): string =>
  csvOf(
    runs.map(({ cell, seed, steps, loss, evaluations, ms, cost, adapter }) => ({
      cell,
      seed,
      steps,
      loss,
      accuracy: evaluations.at(-1)?.accuracy,
      steps_to_90: stepsTo(evaluations, MASTERED),
      training_ms: Math.round(ms),
      parameters: cost.parameters,
      attention: cost.attention,
      unread_projections: cost.unread,
      reading_layers: cost.readingLayers,
      adapter,
    })),
  )

/** A row an evaluation. */
export const curvesTable = (runs: readonly RunResult[]): string =>
  csvOf(
    runs.flatMap(({ cell, seed, evaluations }) =>
      evaluations.map(({ step, ms, loss, accuracy }) => ({ cell, seed, step, training_ms: Math.round(ms), held_out_loss: loss, accuracy })),
    ),
  )
