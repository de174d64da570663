import { Alert, CloseButton, Group, Stack, Text } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { useApp, useView } from './app-context.ts'

/** Everything that went wrong and has not been dismissed, in the page's one alert. */
export function Complaints() {
  const { session } = useApp()
  const complaints = useView((view) => view.complaints)
  const region = useRef<HTMLDivElement>(null)
  const newest = complaints.at(-1)?.id
  useEffect(() => {
    if (newest !== undefined) region.current?.scrollIntoView({ block: 'nearest' })
  }, [newest])
  if (complaints.length === 0) return null
  return (
    <Alert ref={region} color="red" variant="outline" title="That did not work" classNames={{ title: 'complaint-title' }}>
      <Stack gap="xs">
        {complaints.map(({ id, message }) => (
          <Group key={id} justify="space-between" align="flex-start" wrap="nowrap">
            <Text size="sm" className="breakable">
              {message}
            </Text>
            <CloseButton size="sm" aria-label="Dismiss" onClick={() => session.dismiss(id)} />
          </Group>
        ))}
      </Stack>
    </Alert>
  )
}
