import { describe, expect, it } from 'vitest'
import { probabilityAt, slotTotals, sourceLabel } from './patterns.ts'

describe('probabilityAt', () => {
  it('reads floats as they are and bytes as squares', () => {
    expect(probabilityAt(new Float32Array([0.25, 0.5]), 1)).toBe(0.5)
    expect(probabilityAt(new Uint8Array([0, 128, 255]), 2)).toBe(1)
    expect(probabilityAt(new Uint8Array([0, 128, 255]), 1)).toBeCloseTo((128 / 255) ** 2, 12)
  })
})

describe('slotTotals', () => {
  // T = 2, two slots: each row is [own, own, earlier, earlier].
  const pattern = new Float32Array([0.75, 0, 0.25, 0, 0.125, 0.125, 0.25, 0.5])

  it('is the mean over rows of the mass on each slot', () => {
    expect(slotTotals(pattern, 2, 2)).toEqual([0.5, 0.5])
    expect(slotTotals(new Float32Array([1, 0, 0.5, 0.5]), 2, 1)).toEqual([1])
  })

  it('is the same for bytes to their rounding, and adds up to 1', () => {
    const bytes = Uint8Array.from(pattern, (p) => Math.round(255 * Math.sqrt(p)))
    const totals = slotTotals(bytes, 2, 2)
    expect(totals[0]).toBeCloseTo(0.5, 2)
    expect(totals[0] + totals[1]).toBeCloseTo(1, 12)
  })
})

describe('sourceLabel', () => {
  it('names where keys and values come from', () => {
    expect(sourceLabel(2, [2, 2])).toBe('this layer')
    expect(sourceLabel(2, [1, 1])).toBe('layer 1')
    expect(sourceLabel(2, [2, 0])).toBe('values from layer 0')
    expect(sourceLabel(2, [0, 2])).toBe('keys from layer 0')
    expect(sourceLabel(2, [1, 0])).toBe('keys from layer 1, values from layer 0')
  })
})
