/** Ties the set-up and the session together: what the page asks for by itself. */
import { readQuery } from './query.ts'
import { createSession, type Session, type SessionHost } from './session.ts'
import type { SessionView } from './session-view.ts'
import { createSetup, fieldsOf, initialSetup, runFields, runRequest, type RunFields, type SetupStore } from './setup.ts'

export interface App {
  session: Session
  setup: SetupStore
  /** Asks for the run that the set-up describes. */
  train: () => void
  /** Goes on with the zip of a model folder. */
  importFolder: (zip: Uint8Array) => void
  close: () => void
}

/** How long typing must rest before the worker is asked. */
const TYPING_REST_MS = 300

/** Runs `act`, and turns what it throws into a complaint. */
export function attempt(session: Session, act: () => void): void {
  try {
    act()
  } catch (error) {
    session.complain(error instanceof Error ? error.message : String(error))
  }
}

/** Calls the last `act` once the calls have rested. */
function afterRest(milliseconds: number): (act: () => void) => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  return (act) => {
    clearTimeout(timer)
    timer = setTimeout(act, milliseconds)
  }
}

/** Whether training has just come to rest, so that what the model says next is worth asking. */
const cameToRest = (now: SessionView, before: SessionView): boolean =>
  (now.state !== before.state || now.run !== before.run) && ['paused', 'stopped', 'done'].includes(now.state)

export function createApp(host: SessionHost, search: string): App {
  const setup = createSetup()
  const session = createSession(host)
  let awaited: RunFields | null = null
  const train = () =>
    attempt(session, () => {
      session.start(runRequest(setup.getState()))
      awaited = runFields(setup.getState())
    })
  const importFolder = (zip: Uint8Array) => {
    awaited = null
    session.importFolder(zip)
  }
  const promptRest = afterRest(TYPING_REST_MS)
  const probeRest = afterRest(TYPING_REST_MS)

  const presetAsked = new URLSearchParams(search).has('preset')
  const leaveSession = session.store.subscribe((now, before) => {
    // A processor takes minutes for what a GPU does in seconds: unless somebody has chosen, the smallest preset stands ready.
    const untouched = !presetAsked && now.state === 'idle' && setup.getState().preset === initialSetup().preset
    if (now.adapter?.software && !before.adapter && untouched) setup.setState(fieldsOf('smoke'))
    if (now.run !== before.run) {
      setup.setState({ asked: awaited })
      if (setup.getState().probe !== '') session.probe(setup.getState().probe)
    }
    // A step under pause changes the model without changing the state.
    const stepped = now.state === 'paused' && now.step !== before.step
    if (cameToRest(now, before) || stepped) session.askNextTokens(setup.getState().prompt)
  })
  const leaveSetup = setup.subscribe((now, before) => {
    if (now.prompt !== before.prompt) promptRest(() => session.askNextTokens(now.prompt))
    if (now.probe !== before.probe) probeRest(() => session.probe(now.probe))
  })

  attempt(session, () => {
    const query = readQuery(search, setup.getState())
    setup.setState(query.setup)
    if (query.autostart && !session.store.getState().broken) train()
  })
  return {
    session,
    setup,
    train,
    importFolder,
    close: () => {
      leaveSession()
      leaveSetup()
      session.close()
    },
  }
}
