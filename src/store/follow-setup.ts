/** What follows the choices: the estimate beside Train, the address, and on a processor what the page begins with. */
import { createRest, follow, TYPING_REST_MS } from './follow.ts'
import { messageOf } from './message-of.ts'
import { writeQuery } from './query.ts'
import type { Session } from './session.ts'
import { chooseDataset, choosePreset, initialSetup, runFields, runRequest, type RunFields, type Setup, type SetupStore } from './setup.ts'

/** What a processor that stands in for a GPU begins with: the smallest preset, on a task that it learns within minutes at this rate. */
const onAProcessor = (setup: Setup): Setup => ({
  ...chooseDataset(choosePreset(setup, 'smoke'), 'induction'),
  settings: { lr: '1e-2', positions: 'rope', steps: '500' },
})

const sameFields = (a: RunFields, b: RunFields): boolean =>
  a.ownText === b.ownText && JSON.stringify({ ...runFields(a), ownText: null }) === JSON.stringify({ ...runFields(b), ownText: null })

/** `chosen`: the address has said what to train. Returns what ends it. */
export function followSetup(session: Session, setup: SetupStore, setAddress: (query: string) => void, chosen: boolean): () => void {
  const rest = createRest(TYPING_REST_MS)
  /** As the page opened, or as it was written last: an address that nobody has changed stays as it is. */
  let address = writeQuery(setup.getState()).search

  const estimate = (): void => {
    if (!session.store.getState().adapter) return
    try {
      session.estimate(runRequest(setup.getState()))
    } catch (error) {
      session.refuseEstimate(messageOf(error))
    }
  }
  const settle = (): void => {
    const { search } = writeQuery(setup.getState())
    if (search !== address) setAddress(search)
    address = search
    estimate()
  }

  const leaveSession = follow(session.store, (now, before) => {
    if (!now.adapter || before.adapter) return
    const untouched = !chosen && now.state === 'idle' && sameFields(setup.getState(), initialSetup())
    if (!now.adapter.software || !untouched) return estimate()
    setup.setState(onAProcessor)
    address = writeQuery(setup.getState()).search
  })
  const leaveSetup = follow(setup, (now, before) => {
    if (sameFields(now, before)) return
    session.forgetBatch()
    rest.after(settle)
  })
  return () => {
    leaveSession()
    leaveSetup()
    rest.cancel()
  }
}
