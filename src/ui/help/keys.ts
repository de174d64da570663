/** Keys that work anywhere on the page but in a field. */
import { PLACES } from '../places.ts'

/** As `useHotkeys` of @mantine/hooks reads them. */
export const KEYS: { key: string; does: string }[] = [
  { key: '?', does: 'Shows this sheet' },
  { key: 'T', does: 'Train, with the choices as they stand' },
  { key: 'P', does: 'Pause, or resume' },
  { key: 'S', does: 'One step, then pause' },
  { key: 'G', does: 'Goes to the prompt' },
  { key: '[', does: 'The moment before, on the scrub bar' },
  { key: ']', does: 'The moment after' },
  ...PLACES.map(({ title }, i) => ({ key: `${i + 1}`, does: `Goes to ${title}` })),
]
