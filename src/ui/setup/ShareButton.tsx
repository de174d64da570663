import './setup.css'
import { Button, Popover, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { writeQuery, type WrittenQuery } from '../../store/query.ts'
import { useApp } from '../app-context.ts'
import { copyText } from '../clipboard.ts'

interface Shared {
  address: string
  copied: boolean
  missing: WrittenQuery['missing']
}

function said({ copied, missing }: Shared): string {
  if (!copied) return 'The browser does not let the page copy. Copy this address by hand:'
  return missing ? 'Copied.' : 'Copied. Who opens this address has the same set-up.'
}

/** Copies the address of the page with the whole set-up in it; where that is refused, shows it to be copied by hand. */
export function ShareButton() {
  const { setup } = useApp()
  const [shared, setShared] = useState<Shared | null>(null)
  const share = () => {
    const { search, missing } = writeQuery(setup.getState())
    const address = window.location.origin + window.location.pathname + search
    void copyText(address).then((copied) => setShared({ address, copied, missing }))
  }
  return (
    <Popover
      opened={shared !== null}
      onChange={(opened) => {
        if (!opened) setShared(null)
      }}
      width="min(28rem, 92vw)"
      position="bottom-end"
      withArrow
      shadow="md"
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <Button variant="default" onClick={share}>
          Share
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Share this set-up" className="setup-share">
        {shared && (
          <>
            <Text size="sm">{said(shared)}</Text>
            <TextInput
              size="xs"
              aria-label="Address of this set-up"
              readOnly
              value={shared.address}
              onFocus={(event) => event.currentTarget.select()}
            />
            {shared.missing === 'text' && (
              <Text size="sm">Your own text is not in it: send the file along, or load the text from an address.</Text>
            )}
          </>
        )}
      </Popover.Dropdown>
    </Popover>
  )
}
