/** The keys that work anywhere but in a field. */
import { useHotkeys, useLocalStorage, type HotkeyItem } from '@mantine/hooks'
import { mayStep, mayTrain } from '../store/may-train.ts'
import { shown } from '../store/session-view.ts'
import { isChanged } from '../store/setup.ts'
import { useApp } from './app-context.ts'
import { KEYS, type Act } from './help/keys.ts'
import type { Place } from './places.ts'

export interface KeyActions {
  goTo: (place: Place) => void
  help: () => void
}

/** Whether what has the focus takes letters: sliders, boxes and switches are inputs too, and do not. */
const takesLetters = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement && target.matches('textarea, select, input:not([type="range"], [type="checkbox"], [type="radio"])')

/** Whether the key belongs to what has the focus: a field, a grid of heads, an open dialog. */
const isTaken = (event: KeyboardEvent): boolean =>
  event.defaultPrevented || takesLetters(event) || document.querySelector('[role="dialog"]') !== null

/** Whether single keys act, as this browser was told: they are in the way of who speaks to it, or often hits a key unmeant (WCAG 2.1.4). */
export const useSingleKeys = () => useLocalStorage({ key: 'skipscope-single-keys', defaultValue: true, getInitialValueInEffect: false })

export function useKeys({ goTo, help }: KeyActions): void {
  const { session, setup, train } = useApp()
  const [singleKeys] = useSingleKeys()
  /** A key and what it does. Taken by default, it would look as if somebody else had taken it. */
  const key = (name: string, act: () => void): HotkeyItem => [
    name,
    (event) => {
      if (isTaken(event)) return
      event.preventDefault()
      act()
    },
    { preventDefault: false },
  ]
  const pauseOrResume = () => {
    const { state } = session.store.getState()
    if (state === 'running') session.pause()
    else if (state === 'paused') session.resume()
  }
  const scrubBy = (by: number) => {
    const view = session.store.getState()
    const count = shown(view)?.snapshots.length ?? 0
    const next = (view.scrub ?? count - 1) + by
    if (next >= 0 && next < count) session.scrub(next === count - 1 ? null : next)
  }
  const trainIfReady = () => {
    if (mayTrain(session.store.getState(), isChanged(setup.getState()))) train()
  }
  const stepIfReady = () => {
    if (mayStep(session.store.getState())) session.step()
  }
  const prompt = () => {
    goTo('watch')
    // The tab must be there before its field can be gone to.
    requestAnimationFrame(() => document.querySelector<HTMLElement>('[name="prompt"]')?.focus())
  }
  const acts: Record<Act, () => void> = {
    help,
    train: trainIfReady,
    'pause-or-resume': pauseOrResume,
    step: stepIfReady,
    prompt,
    'moment-before': () => scrubBy(-1),
    'moment-after': () => scrubBy(1),
  }
  const keys = KEYS.flatMap(({ key: name, act }) => {
    if (act === undefined) return []
    const run = typeof act === 'string' ? acts[act] : () => goTo(act.goTo)
    // On most keyboards the question mark is typed with Shift.
    return name === '?' ? [key(name, run), key(`shift+${name}`, run)] : [key(name, run)]
  })
  useHotkeys(singleKeys ? keys : [], [])
}
