import './Explained.css'
import { Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'

/** Words with more to say about them: on hover, on focus and on touch. A button, because only what takes focus speaks to the keyboard. */
export function Explained({ more, children }: { more: string; children: ReactNode }) {
  return (
    <Tooltip label={more} multiline maw="min(20rem, 90vw)" events={{ hover: true, focus: true, touch: true }} withArrow>
      <button type="button" className="explained">
        {children}
      </button>
    </Tooltip>
  )
}
