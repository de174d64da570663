import { Alert, Button, FileButton, Group, Progress, Text, Textarea, TextInput } from '@mantine/core'
import { useMemo, useState, type FormEvent } from 'react'
import { progressText } from '../../store/fetch-text.ts'
import { settingOf } from '../../store/setup/settings.ts'
import { loadFromAddress, REMOTE_TEXTS, takePasted, textFacts } from '../../store/setup/own-text.ts'
import { useApp, useSetup } from '../app-context.ts'
import { useTakeFile } from './use-take-file.ts'

function FilePart() {
  const takeFile = useTakeFile()
  return (
    <Group gap="sm">
      <FileButton onChange={takeFile} accept="text/*,.txt,.md,.csv,.json,.py,.js,.ts,.c,.tex,.html">
        {(props) => (
          <Button {...props} variant="default" size="xs">
            Choose a text file
          </Button>
        )}
      </FileButton>
      <Text size="sm">or drop one anywhere here. It stays on this machine.</Text>
    </Group>
  )
}

function AddressPart() {
  const { setup } = useApp()
  const [address, setAddress] = useState('')
  const load = (event: FormEvent) => {
    event.preventDefault()
    void loadFromAddress(setup, address)
  }
  return (
    <form onSubmit={load} className="setup-address">
      <TextInput
        size="xs"
        label="Address of a plain text"
        type="text"
        inputMode="url"
        autoComplete="off"
        spellCheck={false}
        placeholder="https://…"
        value={address}
        onChange={(event) => setAddress(event.currentTarget.value)}
      />
      <Button type="submit" size="xs" variant="default" disabled={address.trim() === ''}>
        Load from an address
      </Button>
    </form>
  )
}

function PastePart() {
  const { setup } = useApp()
  const [text, setText] = useState('')
  return (
    <details className="setup-paste">
      <summary>Paste a text</summary>
      <Textarea
        aria-label="Text to train on"
        autosize
        minRows={4}
        maxRows={10}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button size="xs" mt="xs" variant="default" disabled={text.trim() === ''} onClick={() => takePasted(setup, text)}>
        Use this text
      </Button>
    </details>
  )
}

/** How far a text from an address has come. */
function LoadingLine() {
  const loading = useSetup((all) => all.loading)
  if (!loading) return null
  const { title, received, total, cancel } = loading
  return (
    <div className="setup-loading">
      <Text size="sm" role="status">
        Fetching {title}: {progressText(received, total)}
      </Text>
      <Progress
        aria-label={`Fetching ${title}`}
        value={total === null ? 100 : (100 * received) / Math.max(1, total)}
        animated={total === null}
      />
      <Button size="compact-xs" variant="default" onClick={cancel}>
        Cancel
      </Button>
    </div>
  )
}

const count = (value: number): string => value.toLocaleString('en')

/** What is known of the text that was brought. */
function Facts() {
  const own = useSetup((all) => all.ownText)
  const heldOut = useSetup((all) => Number(settingOf(all, 'val_fraction')))
  const facts = useMemo(() => (own ? textFacts(own.text) : null), [own])
  if (!own || !facts) return <Text size="sm">None chosen yet.</Text>
  const training = Math.floor(facts.characters * (1 - heldOut))
  return (
    <dl className="setup-facts">
      <dt>Text</dt>
      <dd className="breakable">{own.title}</dd>
      <dt>Characters</dt>
      <dd>
        {count(facts.characters)}, {count(facts.distinct)} different ones
      </dd>
      {heldOut > 0 && heldOut < 1 && (
        <>
          <dt>Split</dt>
          <dd>
            the first {count(training)} to learn from, the last {count(facts.characters - training)} held out to test on
          </dd>
        </>
      )}
      <dt>Begins</dt>
      <dd className="setup-begins">{own.text.slice(0, 160)}…</dd>
    </dl>
  )
}

/** The ways to bring a text of one's own, and what is known of the one that was brought. */
export function OwnText() {
  const { setup } = useApp()
  const problem = useSetup((all) => all.textProblem)
  return (
    <div className="setup-own">
      <div className="setup-ways">
        <FilePart />
        <Group gap="xs">
          <Text size="sm">From the web:</Text>
          {REMOTE_TEXTS.map(({ title, url, summary }) => (
            <Button key={url} size="xs" variant="default" title={summary} onClick={() => void loadFromAddress(setup, url)}>
              {title}
            </Button>
          ))}
        </Group>
        <AddressPart />
        <PastePart />
        <LoadingLine />
        {problem && (
          <Alert
            color="red"
            variant="light"
            withCloseButton
            closeButtonLabel="Dismiss"
            onClose={() => setup.setState({ textProblem: null })}
          >
            {problem}
          </Alert>
        )}
      </div>
      <Facts />
    </div>
  )
}
