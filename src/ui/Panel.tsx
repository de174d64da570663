import { Group, Paper, Stack, Title } from '@mantine/core'
import type { ReactNode } from 'react'

interface PanelProps {
  title: string
  /** A word beside the title, such as "Recording". */
  mark?: string
  /** A small button at the right of the heading. */
  action?: ReactNode
  children: ReactNode
}

/** A framed part of the page under its heading. */
export function Panel({ title, mark, action, children }: PanelProps) {
  return (
    <Paper component="section" withBorder p={{ base: 'sm', sm: 'md' }} h="100%">
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap" gap="sm" align="flex-start">
          <Title order={2} size="h4">
            {title} {mark && <span className="panel-mark">{mark}</span>}
          </Title>
          {action}
        </Group>
        {children}
      </Stack>
    </Paper>
  )
}
