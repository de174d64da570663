import { Button, Group, Text, VisuallyHidden } from '@mantine/core'
import { useState } from 'react'

interface DeleteButtonProps {
  name: string
  /** What goes with it, as a question. */
  question: string
  onDelete: () => void
}

/** Deletes after a second press; the safe answer has the focus, and Escape gives it. */
export function DeleteButton({ name, question, onDelete }: DeleteButtonProps) {
  const [state, setState] = useState<'at rest' | 'asking' | 'declined'>('at rest')
  if (state !== 'asking')
    return (
      <Button
        size="compact-sm"
        variant="default"
        // The button that had the focus is gone after a "no": this one takes its place.
        autoFocus={state === 'declined'}
        onClick={() => setState('asking')}
      >
        Delete<VisuallyHidden> {name}</VisuallyHidden>
      </Button>
    )
  return (
    <div
      role="group"
      aria-label={`Delete ${name}?`}
      className="runs-question"
      onKeyDown={(event) => event.key === 'Escape' && setState('declined')}
    >
      <Text size="sm">{question}</Text>
      <Group gap="xs" mt={4}>
        <Button size="compact-sm" variant="default" autoFocus onClick={() => setState('declined')}>
          No, keep it
        </Button>
        <Button size="compact-sm" color="red.9" onClick={onDelete}>
          Yes, delete
        </Button>
      </Group>
    </div>
  )
}
