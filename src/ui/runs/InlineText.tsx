import { Textarea } from '@mantine/core'
import { useState, type KeyboardEvent } from 'react'

interface InlineTextProps {
  label: string
  value: string
  placeholder?: string
  /** An empty text is no change. */
  required?: boolean
  className?: string
  onCommit: (value: string) => void
}

/** Text that is edited where it stands: Enter or leaving keeps it, Escape gives it up. */
export function InlineText({ label, value, placeholder, required = false, className, onCommit }: InlineTextProps) {
  const [draft, setDraft] = useState<string | null>(null)
  const commit = () => {
    const text = draft?.trim()
    if (text !== undefined && text !== value && (text !== '' || !required)) onCommit(text)
    setDraft(null)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') setDraft(null)
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    commit()
  }
  return (
    <Textarea
      aria-label={label}
      value={draft ?? value}
      placeholder={placeholder}
      autosize
      minRows={1}
      size="sm"
      classNames={{ input: `runs-inline ${className ?? ''}` }}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={onKeyDown}
    />
  )
}
