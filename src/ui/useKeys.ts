/** The keys that work anywhere but in a field. */
import { useHotkeys } from '@mantine/hooks'
import { shown } from '../store/session-view.ts'
import { useApp } from './app-context.ts'
import { PLACES, type Place } from './places.ts'

export interface KeyActions {
  goTo: (place: Place) => void
  help: () => void
}

/** Whether the key belongs to what has the focus: a grid of heads, a slider, an open dialog. */
const isTaken = (event: KeyboardEvent): boolean => event.defaultPrevented || document.querySelector('[role="dialog"]') !== null

export function useKeys({ goTo, help }: KeyActions): void {
  const { session, train } = useApp()
  const unless = (act: () => void) => (event: KeyboardEvent) => {
    if (!isTaken(event)) act()
  }
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
  useHotkeys([
    ['?', unless(help)],
    ['shift+?', unless(help)],
    ['t', unless(trainIfReady)],
    ['p', unless(pauseOrResume)],
    ['s', unless(session.step)],
    ['g', unless(prompt)],
    ['[', unless(() => scrubBy(-1))],
    [']', unless(() => scrubBy(1))],
    ...PLACES.map(({ id }, i): [string, (event: KeyboardEvent) => void] => [`${i + 1}`, unless(() => goTo(id))]),
  ])
}
