/** The keys that work anywhere but in a field. */
import { useHotkeys, type HotkeyItem } from '@mantine/hooks'
import { shown } from '../store/session-view.ts'
import { useApp } from './app-context.ts'
import { PLACES, type Place } from './places.ts'

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

export function useKeys({ goTo, help }: KeyActions): void {
  const { session, train } = useApp()
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
    const { state, broken } = session.store.getState()
    if (!broken && state !== 'compiling') train()
  }
  const prompt = () => {
    goTo('watch')
    // The tab must be there before its field can be gone to.
    requestAnimationFrame(() => document.querySelector<HTMLElement>('[name="prompt"]')?.focus())
  }
  const keys = [
    key('?', help),
    key('shift+?', help),
    key('t', trainIfReady),
    key('p', pauseOrResume),
    key('s', session.step),
    key('g', prompt),
    key('[', () => scrubBy(-1)),
    key(']', () => scrubBy(1)),
    ...PLACES.map(({ id }, i) => key(`${i + 1}`, () => goTo(id))),
  ]
  useHotkeys(keys, [])
}
