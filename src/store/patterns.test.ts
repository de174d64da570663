import { describe, expect, it } from 'vitest'
import type { Slot } from '../model/wiring.ts'
import { earlierShare, hasChoice, readsLabel } from './patterns.ts'

const joint: Slot[] = [
  [2, 2],
  [1, 1],
]

describe('earlierShare', () => {
  it('is the mean over rows of the mass on earlier slots', () => {
    // T = 2, two slots: each row is [own, own, earlier, earlier].
    const pattern = new Float32Array([0.75, 0, 0.25, 0, 0.125, 0.125, 0.25, 0.5])
    expect(earlierShare(pattern, 2, 2, joint)).toBe((0.25 + 0.75) / 2)
  })

  it('counts a slot whose values alone are earlier', () => {
    const pattern = new Float32Array([0.5, 0.5])
    const slots: Slot[] = [
      [1, 1],
      [1, 0],
    ]
    expect(earlierShare(pattern, 1, 1, slots)).toBe(0.5)
    expect(earlierShare(pattern, 1, 1, [slots[0], slots[0]])).toBe(0)
  })
})

describe('hasChoice', () => {
  it('needs both an own and an earlier slot', () => {
    expect(hasChoice(2, joint)).toBe(true)
    expect(hasChoice(2, [[1, 1]])).toBe(false)
    expect(hasChoice(2, [[2, 2]])).toBe(false)
  })
})

describe('readsLabel', () => {
  it('names one layer, or keys and values where they differ', () => {
    expect(readsLabel(joint)).toBe('reads 2 | 1')
    expect(readsLabel([[3, 0]])).toBe('reads keys 3, values 0')
  })
})
