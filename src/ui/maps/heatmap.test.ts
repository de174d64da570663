import { describe, expect, it } from 'vitest'
import { entryOf } from '../../io/recording.ts'
import { SCALES, colourOf, entryHex, paintPattern, type Scheme } from './heatmap.ts'

const SCHEMES: Scheme[] = ['light', 'dark']
const entriesOf = (scheme: Scheme): number[][] => Array.from({ length: 256 }, (_, i) => [...SCALES[scheme].subarray(3 * i, 3 * i + 3)])

/** Relative luminance of an sRGB colour (WCAG 2). */
function luminance(rgb: number[]): number {
  const [r, g, b] = rgb.map((byte) => (byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

describe('SCALES', () => {
  it.each(SCHEMES)('have 256 different colours whose lightness goes one way from the %s ground', (scheme) => {
    const entries = entriesOf(scheme)
    expect(new Set(entries.map(String)).size).toBe(256)
    const away = entries.map((rgb) => (scheme === 'light' ? 1 - luminance(rgb) : luminance(rgb)))
    for (let i = 1; i < 256; i++) expect(away[i]).toBeGreaterThan(away[i - 1])
    expect(away[0]).toBeLessThan(0.06)
    expect(away[255]).toBeGreaterThan(0.9)
  })

  it('are blue in the middle on light, and blue, then yellow on dark', () => {
    const blueness = (scheme: Scheme, i: number): number => entriesOf(scheme)[i][2] - entriesOf(scheme)[i][0]
    expect(blueness('light', 128)).toBeGreaterThan(60)
    expect(blueness('dark', 64)).toBeGreaterThan(60)
    expect(blueness('dark', 191)).toBeLessThan(-60)
  })
})

describe('colourOf', () => {
  it('stretches by the square root, and holds p within 0 and 1', () => {
    const entries = entriesOf('dark')
    expect(entryOf(0.25)).toBe(128)
    expect(colourOf(0.25, 'dark')).toEqual(entries[128])
    expect(colourOf(-1, 'dark')).toEqual(entries[0])
    expect(colourOf(1.0000001, 'dark')).toEqual(entries[255])
    for (let i = 0; i < 256; i++) expect(entryOf((i / 255) ** 2)).toBe(i)
  })
})

describe('entryHex', () => {
  it('is the colour in six digits', () => {
    expect(entryHex(0, 'light')).toBe('#fafafa')
    expect(entryHex(255, 'light')).toBe('#131313')
  })
})

describe('paintPattern', () => {
  it.each(SCHEMES)('writes one opaque %s pixel per probability, in order', (scheme) => {
    const pattern = new Float32Array([0, 1, 0.01, 0.5, 0.04, 0.96])
    const out = new Uint8ClampedArray(24)
    paintPattern(pattern, out, scheme)
    expect(entryOf(0.01)).toBe(26)
    pattern.forEach((p, i) => expect([...out.subarray(4 * i, 4 * i + 4)]).toEqual([...colourOf(p, scheme), 255]))
  })

  it('takes bytes as entries', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    const out = new Uint8ClampedArray(1024)
    paintPattern(bytes, out, 'light')
    expect([...out]).toEqual(entriesOf('light').flatMap((rgb) => [...rgb, 255]))
  })

  it('leaves NaN transparent', () => {
    const out = new Uint8ClampedArray(8)
    paintPattern(new Float32Array([NaN, 1]), out, 'dark')
    expect([...out]).toEqual([0, 0, 0, 0, ...entriesOf('dark')[255], 255])
  })

  it('refuses an image of another size', () => {
    expect(() => paintPattern(new Float32Array(2), new Uint8ClampedArray(4), 'light')).toThrow('8 bytes')
  })
})
