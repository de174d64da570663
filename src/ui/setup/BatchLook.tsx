import { Button, Text } from '@mantine/core'
import { isTask } from '../../store/setup/data.ts'
import type { BatchRow } from '../../worker/protocol.ts'
import { useSetup } from '../app-context.ts'

export interface Look {
  /** The first rows of the first batch; null before anybody has looked. */
  batch: { rows: BatchRow[]; problem: string | null } | null
  onLook: () => void
}

/** More would not be read. */
const MOST_ROWS = 3

function Row({ row, number }: { row: BatchRow; number: number }) {
  return (
    <table className="setup-row">
      <caption>Sequence {number}</caption>
      <tbody>
        <tr>
          <th scope="row">sees</th>
          {row.tokens.map((token, i) => (
            <td key={i}>{token}</td>
          ))}
        </tr>
        <tr>
          <th scope="row">is to say</th>
          {row.targets.map((target, i) => (
            <td key={i} data-none={target === null || undefined}>
              {target ?? '·'}
            </td>
          ))}
        </tr>
      </tbody>
    </table>
  )
}

function Rows({ rows }: { rows: BatchRow[] }) {
  return rows.slice(0, MOST_ROWS).map((row, i) => (
    <div key={i} className="setup-row-scroll" tabIndex={0} role="region" aria-label={`Sequence ${i + 1} of the batch`}>
      <Row row={row} number={i + 1} />
    </div>
  ))
}

/** What one batch of the data contains: tokens, and under each what the model is to say after it. */
export function BatchLook({ batch, onLook }: Look) {
  const task = useSetup((all) => isTask(all.dataset))
  return (
    <div className="setup-look">
      <Text size="sm">
        {task
          ? 'After each token the model says what comes next. Only where an answer is due does it count; a dot means that none is.'
          : 'After each token the model says which comes next, from that token and all before it in its sequence. Every one counts.'}
      </Text>
      <div>
        <Button size="xs" variant="default" onClick={onLook}>
          {batch ? 'Look again' : 'Look into a batch'}
        </Button>
      </div>
      {batch?.problem && (
        <Text size="sm" className="setup-problem" role="status">
          {batch.problem}
        </Text>
      )}
      {batch && !batch.problem && <Rows rows={batch.rows} />}
    </div>
  )
}
