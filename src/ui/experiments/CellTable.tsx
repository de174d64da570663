import { compareCells, summarise, type Comparison } from '../../lab/experiment/compare.ts'
import type { Plan, RunResult } from '../../worker/protocol.ts'
import { Explained } from '../Explained.tsx'
import { cellStroke } from './stroke.ts'
import { signed } from './words.ts'

interface CellTableProps {
  plan: Plan
  runs: readonly RunResult[]
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

const COLUMNS: { title: string; more: string }[] = [
  { title: 'Seeds', more: 'How many runs of this setting are finished.' },
  { title: 'Loss', more: 'Mean over seeds of the loss on the fixed held-out sequences after the last step, in nats. Lower is better.' },
  {
    title: 'Difference',
    more: 'Loss minus the baseline’s, seed by seed, then averaged, with the 95 % interval over seeds (Student’s t). Both runs of a pair have the same data order and the same start.',
  },
  {
    title: 'At equal time',
    more: 'The difference when both have trained equally long: at the moment at which the quicker of the pair was done, the slower one’s curve read there between its evaluations. The slower one’s learning rate is not down at its end by then.',
  },
  {
    title: 'p, adjusted',
    more: 'How often a difference at least so large would come by chance alone if there were none (paired t test), after Holm’s correction for the number of settings compared.',
  },
  { title: 'Parameters', more: 'All numbers that are trained.' },
  { title: 'Attention work', more: 'Times that of the standard wiring. The rest of a step is the same.' },
  { title: 'Unread projections', more: 'Key and value projections that no head reads: parameters that learn nothing.' },
  { title: 'Reading layers', more: 'Layers with a head that reads an earlier layer.' },
]
const TASK_COLUMNS: typeof COLUMNS = [
  { title: 'Right answers', more: 'Mean over seeds, at the last evaluation.' },
  {
    title: 'Steps to 90 %',
    more: 'Of each seed: the first evaluation at which nine in ten answers were right; a dash where that never came.',
  },
]

function Difference({ of }: { of: Comparison['loss'] | null }) {
  if (!of) return '–'
  return (
    <>
      {signed(of.mean)}
      {of.interval !== null && ` [${signed(of.mean - of.interval)}, ${signed(of.mean + of.interval)}]`}
    </>
  )
}

/** Every setting: what it takes, how it did, and beside the baseline what that says. */
export function CellTable({ plan, runs }: CellTableProps) {
  const comparisons = compareCells(plan, runs)
  const summaries = plan.cells.flatMap(({ name }) => summarise(runs, name) ?? [])
  const isTask = summaries.some(({ accuracies }) => accuracies.length > 0)
  return (
    <div className="experiments-scroll" role="region" aria-label="Settings compared" tabIndex={0}>
      <table className="experiments-table" aria-label="Settings compared with the baseline">
        <thead>
          <tr>
            <th scope="col">Setting</th>
            <th scope="col">What that says</th>
            {[...COLUMNS, ...(isTask ? TASK_COLUMNS : [])].map(({ title, more }) => (
              <th key={title} scope="col">
                <Explained more={more}>{title}</Explained>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {summaries.map(({ cell, cost, losses, accuracies, mastered }) => {
            const compared = comparisons.find((one) => one.cell === cell)
            const { colour, dash } = cellStroke(plan, cell)
            return (
              <tr key={cell}>
                <th scope="row">
                  <span className="experiments-swatch" style={{ borderColor: colour, borderStyle: dash === 'none' ? 'solid' : 'dashed' }} />
                  {cell}
                </th>
                <td>{cell === plan.baseline ? 'The baseline' : (compared?.verdict ?? 'No seed is finished in both yet.')}</td>
                <td>{losses.length}</td>
                <td>{mean(losses).toFixed(3)}</td>
                <td>
                  <Difference of={compared?.loss ?? null} />
                </td>
                <td>
                  <Difference of={compared?.equalTime ?? null} />
                </td>
                <td>{compared?.adjusted === null || compared === undefined ? '–' : compared.adjusted.toFixed(3)}</td>
                <td>{cost.parameters.toLocaleString('en')}</td>
                <td>{`× ${cost.attention.toFixed(2)}`}</td>
                <td>{cost.unread}</td>
                <td>{cost.readingLayers}</td>
                {isTask && (
                  <>
                    <td>{`${(100 * mean(accuracies)).toFixed(1)} %`}</td>
                    <td>{mastered.map((step) => step?.toLocaleString('en') ?? '–').join(', ')}</td>
                  </>
                )}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
