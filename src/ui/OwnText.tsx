import { Button, FileButton, Group, Text } from '@mantine/core'
import { readTextFile } from '../store/text-file.ts'
import { useApp, useSetup } from './app-context.ts'
import { bytesOf } from './files.ts'

/** Picks a text file; one that cannot be used leaves the chosen text as it was. */
export function OwnText() {
  const { session, setup } = useApp()
  const text = useSetup((all) => all.ownText)
  const choose = (file: File | null) => {
    if (!file) return
    bytesOf(file)
      .then((bytes) => setup.setState({ ownText: { title: file.name, text: readTextFile(file.name, bytes) } }))
      .catch((error: unknown) =>
        session.complain(error instanceof Error ? error.message : `"${file.name}" could not be read. Choose another file.`),
      )
  }
  return (
    <Group gap="sm">
      <FileButton onChange={choose} accept="text/*,.txt,.md,.csv,.json,.py,.js,.ts,.c,.tex,.html">
        {(props) => (
          <Button {...props} variant="default" size="xs">
            Choose a text file
          </Button>
        )}
      </FileButton>
      <Text size="sm" className="breakable">
        {text ? `${text.title}: ${text.text.length.toLocaleString('en')} characters` : 'None chosen yet'}
      </Text>
    </Group>
  )
}
