import { Text, Title } from '@mantine/core'
import { besideOthers, RESULT_HEAD, resultCells } from '../../store/bench-text.ts'
import { PUBLISHED_ON } from '../../store/published.ts'
import type { BenchResult } from '../../worker/protocol.ts'
import { WINDOW } from '../../train/windows.ts'
import { FigureTable } from './FigureTable.tsx'

/** What was timed here, and what others take elsewhere. */
export function Results({ results }: { results: BenchResult[] }) {
  const beside = besideOthers(results)
  const [first] = results
  return (
    <>
      <Text size="sm">
        On {first.adapter}. Median, least and most of windows of {WINDOW} steps, each ended by reading the loss.
      </Text>
      <FigureTable name="Results on this machine" head={RESULT_HEAD} rows={results.map(resultCells)} />
      {beside.rows.length > 0 && (
        <>
          <Title order={3} size="h5">
            Beside others, on their machine
          </Title>
          <Text size="sm">
            Published figures of others for the same sizes, from {PUBLISHED_ON}. Compare the rows below the first with each other; yours is
            from another machine unless you have that card.
          </Text>
          <FigureTable name="Beside published figures" head={beside.head} rows={beside.rows} />
        </>
      )}
    </>
  )
}
