import { Kbd, Modal, Stack, Switch, Table, Text, Title } from '@mantine/core'
import { useSingleKeys } from '../useKeys.ts'
import { GLOSSARY } from './glossary.ts'
import { KEYS } from './keys.ts'

/** The keys and the words. */
export function HelpSheet({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [singleKeys, setSingleKeys] = useSingleKeys()
  return (
    <Modal opened={opened} onClose={onClose} title="Keys and words" size="lg" closeButtonProps={{ 'aria-label': 'Close the help' }}>
      <Stack gap="md">
        <Title order={3} size="h5">
          Keys
        </Title>
        <Table withRowBorders={false} verticalSpacing={2}>
          <Table.Tbody>
            {KEYS.map(({ key, does }) => (
              <Table.Tr key={key}>
                <Table.Th w="7rem" scope="row">
                  <Kbd>{key}</Kbd>
                </Table.Th>
                <Table.Td>{does}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Switch
          label="Single-letter keys"
          description="Off, no letter, digit or sign acts by itself; the buttons do. This browser remembers it."
          checked={singleKeys}
          onChange={(event) => setSingleKeys(event.currentTarget.checked)}
        />
        <Text size="sm">
          Inside a picture of heads, a map, a table of sources or a slider the arrow keys move; Enter opens, Escape leaves.
        </Text>
        <Title order={3} size="h5">
          Words
        </Title>
        <dl className="glossary">
          {Object.entries(GLOSSARY).map(([word, meaning]) => (
            <div key={word}>
              <dt>{word}</dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </Stack>
    </Modal>
  )
}
