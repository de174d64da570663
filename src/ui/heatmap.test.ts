import { describe, expect, it } from 'vitest'
import { SCALE, colourOf, entryOf, paintPattern } from './heatmap.ts'

const entries = Array.from({ length: 256 }, (_, i) => [...SCALE.subarray(3 * i, 3 * i + 3)])

/** Relative luminance of an sRGB colour (WCAG 2). */
function luminance(rgb: number[]): number {
  const [r, g, b] = rgb.map((byte) => (byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

describe('SCALE', () => {
  it('has 256 different colours that grow lighter all the way', () => {
    expect(new Set(entries.map(String)).size).toBe(256)
    const light = entries.map(luminance)
    for (let i = 1; i < 256; i++) expect(light[i]).toBeGreaterThan(light[i - 1])
    expect(light[0]).toBeLessThan(0.01)
    expect(light[255]).toBeGreaterThan(0.9)
  })

  it('is blue in its lower half and yellow in its upper', () => {
    const [red, , blue] = entries[64]
    expect(blue - red).toBeGreaterThan(60)
    const [red2, , blue2] = entries[191]
    expect(red2 - blue2).toBeGreaterThan(60)
  })
})

describe('colourOf', () => {
  it('stretches by the square root, and holds p within 0 and 1', () => {
    expect(entryOf(0.25)).toBe(128)
    expect(colourOf(0.25)).toEqual(entries[128])
    expect(colourOf(-1)).toEqual(entries[0])
    expect(colourOf(1.0000001)).toEqual(entries[255])
    for (let i = 0; i < 256; i++) expect(entryOf((i / 255) ** 2)).toBe(i)
  })
})

describe('paintPattern', () => {
  it('writes one opaque pixel per probability, in order', () => {
    const pattern = new Float32Array([0, 1, 0.01, 0.5, 0.04, 0.96])
    const out = new Uint8ClampedArray(24)
    paintPattern(pattern, out)
    expect(entryOf(0.01)).toBe(26)
    pattern.forEach((p, i) => expect([...out.subarray(4 * i, 4 * i + 4)]).toEqual([...colourOf(p), 255]))
  })

  it('leaves NaN transparent', () => {
    const out = new Uint8ClampedArray(8)
    paintPattern(new Float32Array([NaN, 1]), out)
    expect([...out]).toEqual([0, 0, 0, 0, ...entries[255], 255])
  })

  it('refuses an image of another size', () => {
    expect(() => paintPattern(new Float32Array(2), new Uint8ClampedArray(4))).toThrow('8 bytes')
  })
})
