/** What an experiment leaves: its results as JSON, and two tables. */
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

/** RFC 4180: quoted where a comma, a quote or a line's end is in it. */
function field(value: string | number | undefined): string {
  const text = value === undefined ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const table = (rows: (string | number | undefined)[][]): string => rows.map((row) => `${row.map(field).join(',')}\n`).join('')

/** A row a run. */
export const runsTable = (runs: readonly RunResult[]): string =>
  table([
    [
      'cell',
      'seed',
      'steps',
      'loss',
      'accuracy',
      'steps_to_90',
      'training_ms',
      'parameters',
      'attention',
      'unread_projections',
      'reading_layers',
      'adapter',
    ],
    ...runs.map(({ cell, seed, steps, loss, evaluations, ms, cost, adapter }) => [
      cell,
      seed,
      steps,
      loss,
      evaluations.at(-1)?.accuracy,
      stepsTo(evaluations, MASTERED),
      Math.round(ms),
      cost.parameters,
      cost.attention,
      cost.unread,
      cost.readingLayers,
      adapter,
    ]),
  ])

/** A row an evaluation. */
export const curvesTable = (runs: readonly RunResult[]): string =>
  table([
    ['cell', 'seed', 'step', 'training_ms', 'held_out_loss', 'accuracy'],
    ...runs.flatMap(({ cell, seed, evaluations }) =>
      evaluations.map(({ step, ms, loss, accuracy }) => [cell, seed, step, Math.round(ms), loss, accuracy]),
    ),
  ])
