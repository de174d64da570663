/** What an experiment says: every cell beside the baseline, over the seeds that both have finished. */
import { FEW_SEEDS, type Plan } from './plan.ts'
import { stepsTo, type Cost, type Evaluation, type RunResult } from './result.ts'
import { CONFIDENCE, differenceOf, holm, type Difference } from './statistics.ts'

/** The accuracy whose step is stated for tasks. */
export const MASTERED = 0.9

export interface Comparison {
  cell: string
  cost: Cost
  /** Seeds finished in both. */
  seeds: number[]
  /** Loss of the cell minus loss of the baseline on the same held-out sequences after the last step, nats. */
  loss: Difference
  /** p of `loss`, adjusted for all cells compared (Holm); null of one seed. */
  adjusted: number | null
  /**
   * The same difference of the evaluations' loss when both have trained equally long: at the time at which the quicker of the pair had finished, the slower one's curve
   * read there by straight lines between its evaluations. Null where it had none by then.
   */
  equalTime: Difference | null
  /** Accuracy of the last evaluation minus the baseline's, tasks only. */
  accuracy: Difference | null
  verdict: string
}

/** One cell's own figures, the baseline's too. */
export interface CellSummary {
  cell: string
  cost: Cost
  seeds: number[]
  /** By seed, nats. */
  losses: number[]
  /** Mean of training milliseconds. */
  ms: number
  /** By seed, tasks only: of the last evaluation, and the step at which 90 % were first right. */
  accuracies: number[]
  mastered: (number | null)[]
}

const finished = (runs: readonly RunResult[], cell: string): RunResult[] =>
  runs.filter((run) => run.cell === cell).sort((a, b) => a.seed - b.seed)

export function summarise(runs: readonly RunResult[], cell: string): CellSummary | null {
  const own = finished(runs, cell)
  if (own.length === 0) return null
  const last = own.map(({ evaluations }) => evaluations[evaluations.length - 1])
  return {
    cell,
    cost: own[0].cost,
    seeds: own.map(({ seed }) => seed),
    losses: own.map(({ loss }) => loss),
    ms: own.reduce((sum, { ms }) => sum + ms, 0) / own.length,
    accuracies: last.flatMap(({ accuracy }) => accuracy ?? []),
    mastered: own.map(({ evaluations }) => stepsTo(evaluations, MASTERED) ?? null),
  }
}

/** The loss at a time of training, by straight lines between evaluations; undefined before the first. */
export function lossAt(evaluations: readonly Evaluation[], ms: number): number | undefined {
  const after = evaluations.findIndex((evaluation) => evaluation.ms >= ms)
  if (after < 0) return evaluations.at(-1)?.loss
  const b = evaluations[after]
  if (b.ms === ms) return b.loss
  if (after === 0) return undefined
  const a = evaluations[after - 1]
  return a.loss + ((b.loss - a.loss) * (ms - a.ms)) / (b.ms - a.ms)
}

const signed = (x: number): string => `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(3)}`

/** In words: never that there is no difference. `compared` is how many cells stand beside the baseline. */
export function verdictOf({ mean, interval, each }: Difference, adjusted: number | null, compared: number): string {
  const n = each.length
  const few = n < FEW_SEEDS ? 'exploratory: ' : ''
  if (interval === null || adjusted === null) return `${few}one seed says nothing of chance: ${signed(mean)}, 1 seed`
  const numbers = `${signed(mean)} [${signed(mean - interval)}, ${signed(mean + interval)}], ${n} seeds`
  if (adjusted < 1 - CONFIDENCE) return `${few}${mean < 0 ? 'lower' : 'higher'} loss than the baseline: ${numbers}`
  // Alone it would have stood out; among so many, one such is due by chance.
  const among = Math.abs(mean) > interval ? ` among ${compared} comparisons` : ''
  return `${few}cannot tell apart${among}: ${numbers}`
}

/** All cells but the baseline that share a finished seed with it, in the order of the plan. */
export function compareCells(plan: Plan, runs: readonly RunResult[]): Comparison[] {
  const base = new Map(finished(runs, plan.baseline).map((run) => [run.seed, run]))
  const compared = plan.cells
    .filter(({ name }) => name !== plan.baseline)
    .flatMap(({ name }) => {
      const pairs = finished(runs, name).flatMap((run): [RunResult, RunResult][] => {
        const other = base.get(run.seed)
        return other ? [[run, other]] : []
      })
      if (pairs.length === 0) return []
      const accuracies = pairs.flatMap(([own, other]) => {
        const [a, b] = [own.evaluations.at(-1)?.accuracy, other.evaluations.at(-1)?.accuracy]
        return a !== undefined && b !== undefined ? [a - b] : []
      })
      const atOneTime = pairs.flatMap(([own, other]) => {
        const ms = Math.min(own.ms, other.ms)
        const [a, b] = [lossAt(own.evaluations, ms), lossAt(other.evaluations, ms)]
        return a !== undefined && b !== undefined ? [a - b] : []
      })
      return [
        {
          cell: name,
          cost: pairs[0][0].cost,
          seeds: pairs.map(([{ seed }]) => seed),
          loss: differenceOf(pairs.map(([own, other]) => own.loss - other.loss)),
          equalTime: atOneTime.length === pairs.length ? differenceOf(atOneTime) : null,
          accuracy: accuracies.length === pairs.length ? differenceOf(accuracies) : null,
        },
      ]
    })
  const ps = compared.flatMap(({ loss }) => loss.p ?? [])
  const adjusted = holm(ps)
  let next = 0
  return compared.map((one) => {
    const p = one.loss.p === null ? null : adjusted[next++]
    return { ...one, adjusted: p, verdict: verdictOf(one.loss, p, compared.length) }
  })
}
