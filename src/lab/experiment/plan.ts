/** The plan of an experiment: settings to compare × seeds. The file that the page exports and `compare --plan` takes. */
import { z } from 'zod'
import { explainIssues } from '../../model/config.ts'
import type { SetupRequest } from '../../train/setup.ts'

export const PLAN_VERSION = 1

/** Below this many seeds a result is called exploratory. */
export const FEW_SEEDS = 5

const overrides = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({})
const option = z.int().min(0).optional()
const wiring = z.union([
  z.strictObject({ name: z.string(), distance: option, heads: option, first: option, group: option }),
  z.strictObject({ reads: z.array(z.array(z.array(z.tuple([z.int().min(0), z.int().min(0)])))) }),
])

/** What decides which sequences are trained on and measured: pairs share them, so no cell has its own. */
const OF_THE_DATA = ['tokenizer', 'val_fraction', 'context_length', 'batch_size']

const planSchema = z
  .strictObject({
    version: z.literal(PLAN_VERSION),
    title: z.string().min(1),
    dataset: z.union([z.strictObject({ name: z.string() }), z.strictObject({ title: z.string(), text: z.string() })]),
    preset: z.string(),
    /** Model and training settings of every cell, as `--set` takes them. */
    settings: overrides,
    /** What is compared. A cell's own settings go over those of all. */
    cells: z.array(z.strictObject({ name: z.string().min(1), wiring, settings: overrides })).min(2),
    /** The cell that all others are compared with. */
    baseline: z.string(),
    seeds: z.array(z.int().min(0).max(0xffffffff)).min(1),
    /** Held-out sequences that every finished model is measured on, at least: the same for all. */
    sequences: z.int().min(1).default(64),
  })
  .superRefine(({ cells, baseline, seeds }, context) => {
    const say = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message })
    const names = cells.map(({ name }) => name)
    if (new Set(names).size < names.length) say('cells', 'two cells have one name: give each its own')
    if (!names.includes(baseline)) say('baseline', `there is no cell "${baseline}": choose one of ${names.join(', ')}`)
    if (new Set(seeds).size < seeds.length) say('seeds', 'a seed is listed twice: each counts once')
    for (const { name, settings } of cells) {
      if ('seed' in settings) say('cells', 'a cell sets a seed of its own: seeds belong to the whole experiment')
      const own = OF_THE_DATA.find((key) => key in settings)
      if (own !== undefined)
        say('cells', `"${name}" sets ${own}, so that it would be trained and measured on other sequences: set it for all, in "settings"`)
    }
  })

export type Plan = z.output<typeof planSchema>
export type Cell = Plan['cells'][number]

/** Parses the object of a plan file; throws one line that names the field and the fix. What a cell's settings come to is checked when its run is set up. */
export function parsePlan(value: unknown, what = 'The plan'): Plan {
  const parsed = planSchema.safeParse(value)
  if (!parsed.success) throw new Error(explainIssues(parsed.error, what))
  return parsed.data
}

export interface PlannedRun {
  cell: Cell
  seed: number
}

/** Seed by seed, so that the first pairs are complete early. */
export const runsOf = ({ cells, seeds }: Plan): PlannedRun[] => seeds.flatMap((seed) => cells.map((cell) => ({ cell, seed })))

/** What a run of the plan is set up from. */
export function requestOf(plan: Plan, { cell, seed }: PlannedRun): SetupRequest {
  return {
    dataset: plan.dataset,
    base: { preset: plan.preset },
    wiring: cell.wiring,
    overrides: { ...plan.settings, ...cell.settings, seed },
  }
}
