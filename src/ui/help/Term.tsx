import type { ReactNode } from 'react'
import { Explained } from '../Explained.tsx'
import { GLOSSARY, type Word } from './glossary.ts'

/** A marked word of the glossary. */
export function Term({ word, children }: { word: Word; children?: ReactNode }) {
  return <Explained more={GLOSSARY[word]}>{children ?? word}</Explained>
}
