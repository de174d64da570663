import './inside.css'
import './lens.css'
import { Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { afterWords } from '../../store/lens-words.ts'
import { useApp, useSetup, useView } from '../app-context.ts'
import { Panel } from '../Panel.tsx'
import { percentText } from '../text/probability.ts'
import { useTask } from '../useTask.ts'
import { AskButton } from './AskButton.tsx'
import { LensContributions } from './LensContributions.tsx'
import { LensDepths } from './LensDepths.tsx'
import { LensText } from './LensText.tsx'

/** How one prediction comes about: read out at every depth, and taken apart by what pushed it. */
export function LensPart() {
  const { session, setup } = useApp()
  const prompt = useSetup((all) => all.lensText)
  const task = useTask()
  const reads = useView((view) => view.live?.run.config.reads)
  const running = useView((view) => view.lab.running)
  const busy = running !== null
  const looking = running?.question.about === 'lens'
  const found = useView((view) => view.lab.answers.lens)
  const answer = found?.answer
  const heldOut = useView((view) => view.live?.run.heldOut)
  const ask = (at: number, token: number | null) => answer && session.askLab({ about: 'lens', place: { text: answer.text, at }, token })
  return (
    <Panel title="How does a prediction come about?">
      <Stack gap="sm">
        <Text size="sm">
          Every sublayer adds to a running sum, the stream, and the prediction is read from its end. The lens reads it out earlier: what the
          model would predict if it stopped there. Below stands which parts pushed the token, heads by the layer whose values they took.
        </Text>
        <Textarea
          name="lens-prompt"
          label="Prompt"
          description={
            task
              ? 'In the symbols of the task, separated by blanks. Look, then press any of them to see how it was predicted.'
              : 'Look, then press any token of it to see how it was predicted.'
          }
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          autosize
          minRows={1}
          maxRows={4}
          value={prompt}
          onChange={(event) => setup.setState({ lensText: event.currentTarget.value })}
        />
        <Group gap="sm">
          <AskButton question={{ about: 'lens', place: { text: prompt, at: null }, token: null }}>Look through the lens</AskButton>
          <Button
            size="compact-sm"
            variant="default"
            disabled={heldOut === undefined}
            onClick={() => setup.setState({ lensText: heldOut })}
          >
            Take the held-out sample
          </Button>
        </Group>
        {answer && reads && <LensText answer={answer} busy={busy} onPlace={(at) => ask(at, null)} />}
        <Text size="sm" role="status">
          {looking && 'Looking…'}
          {answer && !looking && (
            <>
              <b>
                “{answer.label}” {afterWords(answer.before)}
              </b>{' '}
              has a probability of {percentText(answer.depths[answer.depths.length - 1].probability)} at step{' '}
              {found.step.toLocaleString('en')}. Press another place of the text, or another token in the table, to follow that instead.
            </>
          )}
        </Text>
        {answer && reads && (
          <>
            <LensDepths answer={answer} busy={busy} onFollow={(token) => ask(answer.at, token)} />
            <LensContributions answer={answer} reads={reads} />
          </>
        )}
      </Stack>
    </Panel>
  )
}
