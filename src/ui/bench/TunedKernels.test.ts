import { expect, it } from 'vitest'
import { rememberedText } from './TunedKernels.tsx'

const tuned = { adapter: 'card X', choices: [{ product: '8×8×8', tile: '32×32' }], lasts: true }

it('says what is remembered, where, and what happens to what is forgotten', () => {
  expect(rememberedText(tuned, false)).toBe(
    'Chosen on card X; this browser remembers them. What is forgotten is tried again when the next run or benchmark begins.',
  )
  expect(rememberedText({ ...tuned, lasts: false }, false)).toContain('they last until it is reloaded')
  const none = { ...tuned, choices: [] }
  expect(rememberedText(none, false)).toBe(
    'None are chosen on card X now. The next run or benchmark tries them, and this browser remembers them.',
  )
  expect(rememberedText(none, true)).toMatch(/^This adapter is a processor/)
  // What somebody has put there is shown, and can be forgotten, on a processor too.
  expect(rememberedText(tuned, true)).toMatch(/^Chosen on card X/)
})
