import { Button, Group, SegmentedControl, Text, Title, useMantineColorScheme, type MantineColorScheme } from '@mantine/core'
import { Term } from './help/Term.tsx'
import { useView } from './app-context.ts'

const SCHEMES: { value: MantineColorScheme; label: string }[] = [
  { value: 'auto', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
]

function AdapterLine() {
  const adapter = useView((view) => view.adapter)
  const broken = useView((view) => view.broken)
  if (!adapter) return <span>{broken ? 'No GPU is at hand.' : 'Looking for a GPU…'}</span>
  return (
    <span>{adapter.software ? `No GPU was found: the processor stands in (${adapter.description}).` : `GPU: ${adapter.description}`}</span>
  )
}

/** What this is, what it runs on, help, and the colours. */
export function PageHeader({ onHelp }: { onHelp: () => void }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Group component="header" justify="space-between" align="center" mb="xs" gap="xs" className="page-header">
      <div className="page-title">
        <Title order={1} size="h3">
          Skipscope
        </Title>
        <Text size="sm" className="page-purpose">
          Train a small <Term word="language model" /> on your own GPU, and see which attention <Term word="head">heads</Term> reach back to
          earlier <Term word="layer">layers</Term>.
        </Text>
        <Text size="xs" className="unit">
          <AdapterLine />
        </Text>
      </div>
      <Group gap="xs">
        <Button size="compact-sm" variant="default" onClick={onHelp}>
          Keys and words
        </Button>
        <SegmentedControl
          size="xs"
          aria-label="Colours"
          data={SCHEMES}
          value={colorScheme}
          onChange={(value) => setColorScheme(SCHEMES.find((scheme) => scheme.value === value)?.value ?? 'auto')}
        />
      </Group>
    </Group>
  )
}
