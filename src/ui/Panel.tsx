import { Paper, Stack, Title } from '@mantine/core'
import type { ReactNode } from 'react'

interface PanelProps {
  title: string
  /** A word beside the title, such as "Recording". */
  mark?: string
  children: ReactNode
}

/** A framed part of the page under its heading. */
export function Panel({ title, mark, children }: PanelProps) {
  return (
    <Paper component="section" withBorder p={{ base: 'sm', sm: 'md' }} h="100%">
      <Stack gap="md">
        <Title order={2} size="h4">
          {title}
          {mark && <span className="panel-mark">{mark}</span>}
        </Title>
        {children}
      </Stack>
    </Paper>
  )
}
