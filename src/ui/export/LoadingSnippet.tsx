import { Button, Code, Group, Stack, Text } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { loadingSnippet } from '../../io/snippet.ts'
import './export.css'

interface LoadingSnippetProps {
  /** The folder that was exported; null before there is one. */
  name: string | null
  /** A text that the model can read. */
  prompt?: string
}

/** How an exported folder is used in Python. */
export function LoadingSnippet({ name, prompt }: LoadingSnippetProps) {
  // Mantine's CopyButton would keep a refusal to itself.
  const clipboard = useClipboard({ timeout: 3000 })
  if (name === null)
    return (
      <Text size="sm" maw="60rem">
        Export saves a folder with the weights, the loss curve as a table, and <Code>modeling_skipscope.py</Code>: the model in plain
        PyTorch, in one file. Once you have it, the lines that load it stand here.
      </Text>
    )
  const code = loadingSnippet(name, prompt)
  const said = clipboard.error
    ? 'This browser does not let the page copy: select the lines and copy them yourself.'
    : clipboard.copied
      ? 'Copied.'
      : ''
  return (
    <Stack gap="xs" maw="60rem">
      <Text size="sm">
        Unzip the export and run these lines beside the folder <Code className="breakable">{name}</Code>: they load the model and let it
        continue a text.
      </Text>
      <Text size="sm">
        They need Python and PyTorch 1.13 or later, nothing else. The model is the one file <Code>modeling_skipscope.py</Code> in the
        folder, open to read and to change.
      </Text>
      <pre className="export-code" role="group" tabIndex={0} aria-label="Python code that loads the exported folder">
        <code>{code}</code>
      </pre>
      <Group gap="sm">
        <Button variant="default" onClick={() => clipboard.copy(code)}>
          Copy the code
        </Button>
        <Text size="sm" role="status">
          {said}
        </Text>
      </Group>
    </Stack>
  )
}
