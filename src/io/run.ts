/**
 * `run.json`: what a run needs, beside its weights and moments, to go on as if it had never stopped.
 * Batches and dropout masks are pure functions of (seed, step), so `seed` and `step` are the position in the data and the random state,
 * and `settings` with `step` is the schedule.
 */
import { z } from 'zod'
import { explainIssues, trainSettings } from '../model/config.ts'
import type { Curve } from '../train/curve.ts'

/** Rises when a field changes its meaning, or when the same (seed, step) no longer gives the same batch and masks. */
export const RUN_VERSION = 1

const step = z.int().min(0)
const column = z.array(z.number())

export const curveSchema: z.ZodType<Curve> = z.strictObject({
  training: z
    .strictObject({ step: z.array(step), loss: column, lr: column, gradNorm: column, ms: column })
    .refine((c) => [c.loss, c.lr, c.gradNorm, c.ms].every((other) => other.length === c.step.length), {
      error: 'step, loss, lr, gradNorm and ms must be lists of one length',
    }),
  validation: z.array(z.strictObject({ step, loss: z.number(), accuracy: z.number().min(0).max(1).optional() })),
})

const runRecord = z
  .strictObject({
    version: z.literal(RUN_VERSION),
    settings: trainSettings,
    /** A name of the catalogue, or a text that the person brought: with `text` the folder can be resumed by itself, without it the text is asked for. */
    dataset: z.union(
      [z.strictObject({ name: z.string().min(1) }), z.strictObject({ title: z.string().min(1), text: z.string().optional() })],
      {
        error: 'it must be {"name": …} for a data set of the catalogue, or {"title": …} with or without "text" for another',
      },
    ),
    preset: z.string().optional(),
    seed: z.int().min(0).max(0xffffffff),
    /** Updates made so far. */
    step,
    /** The adapter that `tuned` holds for, as it describes itself. */
    adapter: z.string(),
    curve: curveSchema,
    /** What to tune -> the choice, as the engine names both. The same choices are needed for the same bits. */
    tuned: z.record(z.string(), z.string()),
  })
  .refine((run) => run.seed === run.settings.seed, { path: ['seed'], error: 'it must equal settings.seed' })

export type RunRecord = z.infer<typeof runRecord>

/** Checks the object of a `run.json` (or one about to be written); throws one line that starts with `what` and names the field. */
export function parseRun(value: unknown, what = 'run.json'): RunRecord {
  if (typeof value === 'object' && value !== null && 'version' in value && typeof value.version === 'number' && value.version > RUN_VERSION)
    throw new Error(
      `${what} is of version ${value.version}, and this Skipscope knows versions up to ${RUN_VERSION}. Use a newer Skipscope.`,
    )
  const parsed = runRecord.safeParse(value)
  if (!parsed.success) throw new Error(explainIssues(parsed.error, what))
  return parsed.data
}
