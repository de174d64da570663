import { Text, Title } from '@mantine/core'
import { useMemo } from 'react'
import { finalLoss, type KeptRun } from '../../store/kept-run.ts'
import { commonLosses, differences, evidence, sameData, type Difference } from '../../store/run-diff.ts'
import { Swatch, type RunStyle } from './Swatch.tsx'
import { lossText } from './words.ts'

/** Losses beside each other, with what they differ by from the first run's. */
function besideFirst(losses: readonly (number | null)[], comparable: boolean): string[] {
  const [first] = losses
  return losses.map((loss, i) => {
    if (i === 0 || !comparable || loss === null || first === null || !Number.isFinite(loss - first)) return lossText(loss)
    const gap = loss - first
    return `${lossText(loss)} (${gap < 0 ? '−' : '+'}${Math.abs(gap).toFixed(3)})`
  })
}

function lossRows(runs: readonly KeptRun[]): Difference[] {
  const comparable = sameData(runs)
  const shared = commonLosses(runs)
  const ends = runs.map(({ recording }) => recording.curve.validation.at(-1)?.step)
  const atEnd = { label: 'Held-out loss at its end', values: besideFirst(runs.map(finalLoss), comparable && !shared) }
  if (!shared) return [atEnd]
  const rows = [{ label: `Held-out loss at step ${shared.step.toLocaleString('en')}`, values: besideFirst(shared.losses, comparable) }]
  return ends.every((end) => end === shared.step) ? rows : [...rows, atEnd]
}

interface ComparisonProps {
  runs: readonly KeptRun[]
  styleOf: (id: string) => RunStyle | null
}

/** Two or more runs beside each other: how far they came, and all that differs in how they were made. */
export function Comparison({ runs, styleOf }: ComparisonProps) {
  const rows = useMemo(() => [...lossRows(runs), ...differences(runs)], [runs])
  return (
    <section>
      <Title order={3} size="h5" mb={4}>
        What differs between the drawn runs
      </Title>
      <Text size="sm" mb="xs">
        {evidence(runs)}
      </Text>
      {/* It scrolls by itself, so it must be reachable without a mouse. */}
      <div className="runs-comparison" tabIndex={0} role="region" aria-label="Drawn runs side by side">
        <table>
          <thead>
            <tr>
              <td />
              {runs.map(({ id, name }) => (
                <th key={id} scope="col">
                  <Swatch style={styleOf(id)} />
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ label, values }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                {values.map((value, i) => (
                  <td key={runs[i].id}>{value}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Text size="xs" className="runs-soft" mt={4}>
        Losses are in nats on held-out data, lower is better; in brackets, the gap to the first run. Whatever is not listed is equal.
      </Text>
    </section>
  )
}
