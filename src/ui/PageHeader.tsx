import { Group, SegmentedControl, Stack, Text, Title, useMantineColorScheme, type MantineColorScheme } from '@mantine/core'
import { useView } from './app-context.ts'

const SCHEMES: { value: MantineColorScheme; label: string }[] = [
  { value: 'auto', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
]

function AdapterLine() {
  const adapter = useView((view) => view.adapter)
  const broken = useView((view) => view.broken)
  if (!adapter) return <Text size="sm">{broken ? 'No GPU is at hand.' : 'Looking for a GPU…'}</Text>
  return (
    <Text size="sm">
      {adapter.software
        ? `No GPU: the processor stands in (${adapter.description}). The preset Smoke suits it.`
        : `Running on ${adapter.description}`}
    </Text>
  )
}

/** What this is, what it runs on, and the colours. */
export function PageHeader() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Group component="header" justify="space-between" align="flex-start" mb="md" gap="sm">
      <Stack gap={4} maw="46rem">
        <Title order={1} size="h2">
          Skipscope
        </Title>
        <Text>Train a small language model on your own GPU and see which attention heads reach back to earlier layers.</Text>
        <AdapterLine />
      </Stack>
      <SegmentedControl
        size="xs"
        aria-label="Colours"
        data={SCHEMES}
        value={colorScheme}
        onChange={(value) => setColorScheme(SCHEMES.find((scheme) => scheme.value === value)?.value ?? 'auto')}
      />
    </Group>
  )
}
