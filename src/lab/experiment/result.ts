/** What a run of an experiment leaves. Pure data, for whoever shows or keeps it, checked where it is read again. */
import { z } from 'zod'
import { explainIssues } from '../../model/config.ts'

const whole = z.int().min(0)

/** What a wiring takes, beside what it does. */
const cost = z.object({
  parameters: whole,
  /** Attention work ÷ that of the standard wiring. */
  attention: z.number(),
  /** Key and value projections that no head reads. */
  unread: whole,
  /** Layers with a head that reads an earlier layer. */
  readingLayers: whole,
})

/** A moment at which the run was evaluated. */
const evaluation = z.object({
  step: whole,
  /** Of training alone: evaluations are left out. */
  ms: z.number(),
  /** Nats. */
  loss: z.number(),
  /** 0 to 1, tasks only. */
  accuracy: z.number().optional(),
})

const runResult = z.object({
  cell: z.string(),
  seed: whole,
  steps: whole,
  /** Mean over the targets of the fixed held-out sequences after the last step, nats. */
  loss: z.number(),
  /** Mean loss of each of those sequences, nats. */
  sequences: z.array(z.number()),
  evaluations: z.array(evaluation).min(1),
  /** Milliseconds of training, evaluations left out. */
  ms: z.number(),
  cost,
  adapter: z.string(),
  /** The tile of each product. */
  tuned: z.record(z.string(), z.string()),
})

export type Cost = z.output<typeof cost>
export type Evaluation = z.output<typeof evaluation>
export type RunResult = z.output<typeof runResult>

/** Runs as they were kept; throws one line that names the field. */
export function parseRuns(value: unknown, what: string): RunResult[] {
  const parsed = z.array(runResult).safeParse(value)
  if (!parsed.success) throw new Error(explainIssues(parsed.error, what))
  return parsed.data
}

/** The first step of an evaluation whose accuracy reaches `share`, where one does. */
export const stepsTo = (evaluations: readonly Evaluation[], share: number): number | undefined =>
  evaluations.find(({ accuracy }) => accuracy !== undefined && accuracy >= share)?.step
