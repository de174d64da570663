import { Button, Group, Text, Textarea } from '@mantine/core'
import { useState } from 'react'
import { benchJson, benchMarkdown } from '../../store/bench-text.ts'
import type { BenchView } from '../../store/bench-view.ts'
import { copyText } from '../clipboard.ts'

const WAYS = { Markdown: benchMarkdown, JSON: benchJson }
type Way = keyof typeof WAYS

interface Copied {
  way: Way
  text: string
  copied: boolean
}

/** The results for elsewhere; where the browser does not let the page copy, the text is shown. */
export function CopyButtons({ bench }: { bench: BenchView }) {
  const [last, setLast] = useState<Copied | null>(null)
  const copy = (way: Way) => {
    const text = WAYS[way](bench, new Date().toISOString().slice(0, 10))
    void copyText(text).then((copied) => setLast({ way, text, copied }))
  }
  return (
    <>
      <Group gap="sm">
        <Button variant="default" onClick={() => copy('Markdown')}>
          Copy as Markdown
        </Button>
        <Button variant="default" onClick={() => copy('JSON')}>
          Copy as JSON
        </Button>
        <Text size="sm" aria-live="polite">
          {last && (last.copied ? `Copied as ${last.way}.` : 'The browser does not let the page copy. Copy the text below by hand.')}
        </Text>
      </Group>
      {last && !last.copied && <Textarea aria-label={`Results as ${last.way}`} readOnly rows={8} value={last.text} />}
    </>
  )
}
