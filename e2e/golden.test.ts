/** The golden cases through the command line. */
import { describe, expect, test } from 'vitest'
import { CASES, checkCase, LIMITS } from './golden-check.mjs'
import { COMMAND } from './skipscope.ts'

test('there are five cases', () => expect(CASES).toHaveLength(5))

// What a device's limits change, they change on every adapter: one that is quick shows it.
const limitsHere = process.env.SKIPSCOPE_ADAPTER === 'swiftshader' ? LIMITS.slice(0, 1) : LIMITS

describe.each(limitsHere)('%s limits', (limits) => {
  test.concurrent.each(CASES)('%s', async (name) => {
    const { errors, bad } = await checkCase(COMMAND, name, limits)
    expect(bad).toEqual([])
    expect(Object.keys(errors).sort()).toEqual(['after', 'curve', 'drop', 'grad', 'heads', 'intervene', 'logits', 'loss', 'pattern'])
  })
})
