import { Text, Title } from '@mantine/core'
import { useId, type ReactNode } from 'react'

/** A part of a panel under its heading. */
export function Part({ title, note, children }: { title: string; note?: string; children: ReactNode }) {
  const id = useId()
  return (
    <section aria-labelledby={id} className="setup-part">
      <Title order={2} size="h4" id={id}>
        {title}
      </Title>
      {note && (
        <Text size="sm" className="setup-note">
          {note}
        </Text>
      )}
      {children}
    </section>
  )
}
