import './inside.css'
import { Button, Checkbox, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { Change } from '../../model/changes.ts'
import { changesText, changeText } from '../../store/change-words.ts'
import type { AnswerAbout } from '../../store/lab-view.ts'
import { afterWords } from '../../store/lens-words.ts'
import { cutNumbers } from '../../store/reads-back-words.ts'
import { useView } from '../app-context.ts'
import { Panel } from '../Panel.tsx'
import { percentText } from '../text/probability.ts'
import { AskButton } from './AskButton.tsx'
import { ChangeForm } from './ChangeForm.tsx'

type Watched = NonNullable<AnswerAbout<'effect'>['watched']>

function watchedText({ label, before, whole, changed: [after, control] }: Watched): string {
  const beside = control === undefined ? '' : `; ${percentText(control)} with the control`
  return `${percentText(whole)} → ${percentText(after)}${beside} (“${label}” ${afterWords(before)})`
}

function Effects({ effects }: { effects: readonly AnswerAbout<'effect'>[] }) {
  return (
    <div className="inside-scroll" role="region" aria-label="Measured interventions, table" tabIndex={0}>
      <table className="inside-table" aria-label="Measured interventions">
        <thead>
          <tr>
            <th scope="col" className="inside-words">
              What was done
            </th>
            <th scope="col">Change of loss</th>
            <th scope="col">Control, of swaps: another layer instead</th>
            <th scope="col">Watched token</th>
            <th scope="col">Loss as it is</th>
            <th scope="col">Step</th>
          </tr>
        </thead>
        <tbody>
          {effects.map(({ effect, control, watched }, i) => (
            <tr key={effects.length - i}>
              <th scope="row" className="inside-words">
                {changesText(effect.changes)}
              </th>
              <td>{cutNumbers(effect)}</td>
              <td className={control ? 'inside-words' : undefined}>
                {control ? `${cutNumbers(control)} (${changesText(control.changes)})` : '–'}
              </td>
              <td className="inside-words">{watched ? watchedText(watched) : '–'}</td>
              <td>{effect.loss.toFixed(4)}</td>
              <td>{effect.step.toLocaleString('en')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Interventions, singly and together, and what they do to the held-out loss. */
export function MatterPart() {
  const reads = useView((view) => view.live?.run.config.reads)
  const effects = useView((view) => view.lab.effects)
  const lens = useView((view) => view.lab.answers.lens?.answer)
  const [changes, setChanges] = useState<Change[]>([])
  const [watches, setWatches] = useState(true)
  const watch = lens && watches ? { text: lens.text, at: lens.at, token: lens.token } : null
  return (
    <Panel title="Does it matter?">
      <Stack gap="sm">
        <Text size="sm">
          Take something away, or feed a head another layer, and see what the loss on held-out sequences becomes: the mean change over
          sequences ± its 95 % interval. A swap is measured beside the same swap to another layer, which shows what any foreign layer would
          do.
        </Text>
        {reads ? (
          <ChangeForm key={`${reads.length} ${reads[0].length}`} reads={reads} onAdd={(change) => setChanges([...changes, change])} />
        ) : (
          <Text size="sm">This asks a model on your GPU: press Train, or load the recording’s model.</Text>
        )}
        {changes.length > 0 && (
          <ul className="inside-list" aria-label="Interventions to be done together">
            {changes.map((change, i) => (
              <li key={i}>
                <Group gap="xs">
                  <Text size="sm">{changeText(change)}</Text>
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={`Leave out: ${changeText(change)}`}
                    onClick={() => setChanges(changes.filter((_, other) => other !== i))}
                  >
                    Leave out
                  </Button>
                </Group>
              </li>
            ))}
          </ul>
        )}
        {lens ? (
          <Checkbox
            label={`Watch the probability of “${lens.label}” ${afterWords(lens.before)} too`}
            checked={watches}
            onChange={(event) => setWatches(event.currentTarget.checked)}
          />
        ) : (
          <Text size="sm" className="inside-soft">
            Follow a token in Lens, and its probability is watched here too.
          </Text>
        )}
        {changes.length > 0 && <AskButton question={{ about: 'effect', changes, watch }}>Measure the change of loss</AskButton>}
        {effects.length > 0 && <Effects effects={effects} />}
        <Text size="sm" className="inside-soft">
          {effects.length > 0 && `On ${effects[0].effect.sequences} held-out sequences. `}Without retraining; heads may compensate. What is
          taken away may also disturb the layers above, so that the loss rises by more than it gave.
        </Text>
      </Stack>
    </Panel>
  )
}
