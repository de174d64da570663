/** Every key of the page: what the help says of it, and for those that work anywhere but in a field what it does. */
import { PLACES, type Place } from '../places.ts'

export type Act = 'help' | 'train' | 'pause-or-resume' | 'step' | 'prompt' | 'moment-before' | 'moment-after'

export interface KeyRow {
  /** As `useHotkeys` of @mantine/hooks reads it, where the row has an act. */
  key: string
  does: string
  /** None where a part of the page listens to the key itself. */
  act?: Act | { goTo: Place }
}

export const KEYS: KeyRow[] = [
  { key: '?', does: 'Shows this sheet', act: 'help' },
  { key: 'T', does: 'Train, with the choices as they stand', act: 'train' },
  { key: 'P', does: 'Pause, or resume', act: 'pause-or-resume' },
  { key: 'S', does: 'One step, then pause', act: 'step' },
  { key: 'G', does: 'Goes to the prompt', act: 'prompt' },
  { key: '[', does: 'The moment before, on the scrub bar', act: 'moment-before' },
  { key: ']', does: 'The moment after', act: 'moment-after' },
  ...PLACES.map(({ id, title }, i): KeyRow => ({ key: `${i + 1}`, does: `Goes to ${title}`, act: { goTo: id } })),
  { key: 'Ctrl Z', does: 'In the wiring editor: undo. With Shift: redo' },
]
