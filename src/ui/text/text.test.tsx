import { MantineProvider } from '@mantine/core'
import type { ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import type { GeneratedPiece } from '../../worker/protocol.ts'
import { NextTokens } from './NextTokens.tsx'
import { Samples } from './Samples.tsx'
import { TextView } from './TextView.tsx'

const markup = (node: ReactNode): string => renderToStaticMarkup(<MantineProvider>{node}</MantineProvider>)
const unmarked = (html: string): string =>
  html
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
const region = (html: string): string => /<div role="region"[^>]*>(.*?)<\/div>/s.exec(html)?.[1] ?? 'no region'
const piece = (text: string, probability: number): GeneratedPiece => ({ text, probability, alternatives: [] })

describe('TextView', () => {
  it('holds exactly the text, blanks and line ends included', () => {
    const pieces = ['a', ' ', '\n', '<b>', ' &', '  '].map((text) => piece(text, 0.5))
    expect(unmarked(region(markup(<TextView pieces={pieces} busy={false} />)))).toBe('a \n<b> &  ')
    expect(region(markup(<TextView pieces={[]} busy />))).toBe('')
  })

  it('has one stop of the Tab key and colours by probability', () => {
    const html = region(markup(<TextView pieces={[piece('a', 0.001), piece('b', 0.2), piece('c', 1)]} busy={false} />))
    expect(html.match(/tabindex="0"/g)).toHaveLength(1)
    expect(html.match(/text-band-\d/g)).toEqual(['text-band-0', 'text-band-2', 'text-band-4'])
  })
})

describe('Samples', () => {
  const samples = [0, 100, 500].map((step) => ({ step, prompt: 'The ', text: `text of ${step}` }))
  const marked = (step: number | null): string[] =>
    markup(<Samples samples={samples} step={step} />)
      .split('<li')
      .filter((item) => item.includes('aria-current'))
      .map(unmarked)

  it('marks the last sample at or before the step', () => {
    expect(marked(499)[0]).toContain('text of 100')
    expect(marked(500)[0]).toContain('text of 500')
    expect(marked(null)).toEqual([])
  })

  it('puts the newest first', () => {
    const text = unmarked(markup(<Samples samples={samples} step={null} />))
    expect(text.indexOf('text of 500')).toBeLessThan(text.indexOf('text of 0'))
  })
})

it('lists next tokens with id, probability and per cent, and says how to get them', () => {
  const html = markup(<NextTokens tokens={[{ id: 7, label: 'e', probability: 0.25 }]} prompt="Th" />)
  expect(unmarked(html)).toMatch(/etoken 7 0\.25000025 %/)
  expect(html).toContain('width:25%')
  expect(markup(<NextTokens tokens={[]} prompt="" />)).toContain('Type a prompt')
})
