import { Anchor } from '@mantine/core'
import { Fragment } from 'react'

/** Where something comes from; "arXiv 2406.11274" in it becomes a link. */
export function Source({ source }: { source: string }) {
  return source.split(/(arXiv \d{4}\.\d{4,5})/).map((part, i) => {
    const number = /^arXiv ([\d.]+)$/.exec(part)?.[1]
    if (!number) return <Fragment key={i}>{part}</Fragment>
    return (
      <Anchor
        key={i}
        className="setup-paper"
        href={`https://arxiv.org/abs/${number}`}
        target="_blank"
        rel="noreferrer"
        inherit
        underline="always"
      >
        {part}
      </Anchor>
    )
  })
}
