import { Button, Group, Progress, Text } from '@mantine/core'
import type { LabQuestion } from '../../worker/protocol.ts'
import { hasModel } from '../../store/session.ts'
import { useApp, useView } from '../app-context.ts'

interface AskButtonProps {
  question: LabQuestion
  /** What the button says. */
  children: string
  /** Beside another that says what is needed, and is loud. */
  quiet?: boolean
}

/** Asks the lab, shows how far the answer is, and calls it off. */
export function AskButton({ question, children, quiet = false }: AskButtonProps) {
  const { session } = useApp()
  const running = useView((view) => view.lab.running)
  const able = useView(hasModel)
  const mine = running !== null && JSON.stringify(running.question) === JSON.stringify(question)
  return (
    <Group gap="sm">
      <Button
        size="compact-sm"
        variant={quiet ? 'default' : 'filled'}
        disabled={!able || running !== null}
        onClick={() => session.askLab(question)}
      >
        {children}
      </Button>
      {mine && (
        <>
          <Progress value={running.total ? (100 * running.done) / running.total : 0} w="10rem" aria-label="How far this is" />
          <Button size="compact-sm" variant="default" onClick={session.cancelLab}>
            Call it off
          </Button>
        </>
      )}
      {!able && !quiet && <Text size="sm">This asks a model on your GPU: press Train, or load the recording’s model.</Text>}
    </Group>
  )
}
