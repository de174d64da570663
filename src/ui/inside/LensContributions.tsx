import { Button, Text } from '@mantine/core'
import { useState } from 'react'
import type { Reads } from '../../model/wiring.ts'
import { byWeight, partName, pushes, signed, sourceOf, type LensAnswer } from '../../store/lens-words.ts'
import { Explained } from '../Explained.tsx'

interface LensContributionsProps {
  answer: LensAnswer
  reads: Reads
}

/** As many as a window shows. */
const FEW = 12

/** What each part adds to the logit of the token: bars to the right push it up, to the left down. */
export function LensContributions({ answer, reads }: LensContributionsProps) {
  const [all, setAll] = useState(false)
  const { contributions, label, logit } = answer
  const sorted = byWeight(contributions)
  const reach = Math.abs(sorted[0]?.value ?? 0) || 1
  const shown = all ? sorted : sorted.slice(0, FEW)
  return (
    <div>
      <Text size="sm" mb="xs">
        <Explained more="Direct logit attribution (Elhage et al. 2021): the stream's end is a sum of what all parts added, and with the size of the final norm held the logit is one too. Measured above the mean logit of all tokens, since what lifts all alike changes no probability. What a part does through later layers is counted with those. The embedding is that of the last token, and of its position where positions are learned.">
          What pushed “{label}”
        </Explained>
        : its logit (what becomes its probability) is <b>{signed(logit)}</b> above the mean of all tokens. By kind of part:{' '}
        {pushes(answer, reads)
          .map(({ title, value }) => `${title} ${signed(value)}`)
          .join(', ')}
        .
      </Text>
      <Text size="sm" className="inside-soft" mb="xs">
        Bold: a head that took the values of an earlier layer. Direct effects alone: taking a part away (Interventions) may do more or less.
      </Text>
      <div className="inside-scroll" role="region" aria-label="Contributions to the logit, table" tabIndex={0}>
        <table className="inside-table lens-parts" aria-label="Contributions to the logit">
          <thead>
            <tr>
              <th scope="col">Part</th>
              <th scope="col">Logit</th>
              <th scope="col">
                <span className="lens-sides">
                  <span>pushes down</span>
                  <span>pushes up</span>
                </span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((one) => {
              const source = sourceOf(one, reads)
              const width = `${(50 * Math.abs(one.value)) / reach}%`
              return (
                <tr key={`${one.part} ${one.layer} ${one.head} ${one.slot}`}>
                  <th scope="row" className={source !== null && source < one.layer ? 'lens-back' : undefined}>
                    {partName(one, reads)}
                  </th>
                  <td>
                    <data value={one.value}>{signed(one.value)}</data>
                  </td>
                  <td>
                    <span className="lens-balance">
                      <span className={one.value < 0 ? 'down' : 'up'} style={{ width }} />
                    </span>
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      {sorted.length > FEW && (
        <Button size="compact-xs" variant="default" mt="xs" onClick={() => setAll(!all)}>
          {all ? 'Show the largest only' : `Show all ${sorted.length} parts`}
        </Button>
      )}
    </div>
  )
}
