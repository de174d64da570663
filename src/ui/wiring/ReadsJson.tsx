import { messageOf } from '../../store/message-of.ts'
import { Button, Collapse, Group, Textarea } from '@mantine/core'
import { useId, useState } from 'react'
import type { Reads } from '../../model/wiring.ts'
import { sizeOf } from '../../model/wiring-names.ts'
import { parseReads, printReads } from '../../store/wiring-edit.ts'

export interface ReadsJsonProps {
  reads: Reads
  onChange: (reads: Reads) => void
}

/** The wiring as `reads` of config.json, to copy or to edit. What is typed counts when it is applied. */
export function ReadsJson({ reads, onChange }: ReadsJsonProps) {
  const [isOpen, setOpen] = useState(false)
  const [draft, setDraft] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const panel = useId()
  const discard = () => {
    setDraft(null)
    setProblem(null)
  }
  const apply = () => {
    try {
      onChange(parseReads(draft ?? '', sizeOf(reads)))
      discard()
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
  return (
    <div>
      <Button size="xs" variant="default" aria-expanded={isOpen} aria-controls={panel} onClick={() => setOpen(!isOpen)}>
        {isOpen ? 'Hide the JSON' : 'Show as JSON'}
      </Button>
      <Collapse expanded={isOpen} id={panel} transitionDuration={0}>
        <Textarea
          mt="xs"
          label="Sources as JSON"
          description="As reads in config.json: a line for each layer from 0 up, in it a list for each head, in it each source as [key layer, value layer]."
          classNames={{ input: 'wiring-json' }}
          autosize
          minRows={3}
          maxRows={14}
          spellCheck={false}
          value={draft ?? printReads(reads)}
          error={problem}
          onChange={(event) => setDraft(event.currentTarget.value)}
        />
        <Group gap="xs" mt="xs">
          <Button size="xs" disabled={draft === null} onClick={apply}>
            Apply the JSON
          </Button>
          <Button size="xs" variant="default" disabled={draft === null} onClick={discard}>
            Discard changes
          </Button>
        </Group>
      </Collapse>
    </div>
  )
}
