import { Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import { GLOSSARY, type Word } from './glossary.ts'

/** A marked word that is explained on hover, focus and touch. */
export function Term({ word, children }: { word: Word; children?: ReactNode }) {
  return (
    <Tooltip label={GLOSSARY[word]} multiline w={280} withArrow events={{ hover: true, focus: true, touch: true }}>
      <dfn className="term" tabIndex={0}>
        {children ?? word}
      </dfn>
    </Tooltip>
  )
}
