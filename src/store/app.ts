/** Ties the set-up, the session and the history together. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import { decodeRecording } from '../io/recording-file.ts'
import { requestAgain } from './again.ts'
import { askByItself } from './ask-by-itself.ts'
import { createExperiments, type Experiments, type TakeTurn } from './experiments.ts'
import type { ExperimentsDatabase } from './experiments-database.ts'
import { follow } from './follow.ts'
import { followSetup } from './follow-setup.ts'
import { createHistory } from './history.ts'
import type { Keeper } from './keeper.ts'
import { messageOf } from './message-of.ts'
import { createOrigins, TWIN_OF, type Overlay } from './origins.ts'
import { readQuery } from './query.ts'
import { openRecording, type RunView } from './run-view.ts'
import type { Runs } from './runs.ts'
import { createSession, type Session, type SessionHost } from './session.ts'
import { shown } from './session-view.ts'
import { createSetup, runFields, runRequest, type SetupStore } from './setup.ts'
import { loadFromAddress } from './setup/own-text.ts'
import type { BenchRequest } from '../worker/protocol.ts'

export interface Surroundings extends SessionHost {
  /** The recorded run that ships with the page. */
  recording: () => Promise<Uint8Array>
  /** The zip of its model folder. */
  recordedModel: () => Promise<Uint8Array>
  /** Puts a query into the address. */
  setAddress: (query: string) => void
  openRuns: () => Promise<Runs>
  openExperiments: () => Promise<ExperimentsDatabase>
  /** Which tab of the browser runs the experiments. */
  takeTurn: TakeTurn
  newId: () => string
}

export interface AppView {
  overlays: Overlay[]
  /** What this browser keeps; null until its storage has answered. */
  runs: Runs | null
  /** The run that is offered for going on, after a reload. */
  offered: string | null
  /** The recording that ships with the page is on its way. */
  loadingRecording: boolean
}

export interface App {
  session: Session
  setup: SetupStore
  store: StoreApi<AppView>
  keeper: Keeper
  experiments: Experiments
  /** What the address asked to be timed; null where it did not. */
  benchAsked: BenchRequest | null
  /** Asks for the run that the set-up describes. */
  train: () => void
  /** Trains the run shown once more with the standard wiring, as far as it has gone, and draws both. */
  trainTwin: () => void
  /** Puts the model of the recording that is shown onto the GPU, so that it can be asked. */
  loadRecordedModel: () => void
  /** Goes on with the zip of a model folder. */
  importFolder: (zip: Uint8Array) => void
  /** Shows a kept run. */
  openKept: (id: string) => void
  /** Puts a kept run onto the GPU. */
  goOn: (id: string) => void
  draw: (id: string, on: boolean) => void
  dismissOffer: () => void
  close: () => void
}

/** Runs `act`, and turns what it throws into a complaint. */
export function attempt(session: Session, act: () => void): void {
  try {
    act()
  } catch (error) {
    session.complain(messageOf(error))
  }
}

const nameOf = ({ run }: RunView): string => `${run.wiring}, seed ${run.settings.seed}`

export function createApp(host: Surroundings, search: string): App {
  const setup = createSetup()
  const session = createSession(host)
  const opening = host.openRuns()
  const experiments = createExperiments({
    session,
    open: host.openExperiments,
    takeTurn: host.takeTurn,
    newId: host.newId,
    now: () => new Date(),
  })
  const store = createStore<AppView>(() => ({ overlays: [], runs: null, offered: null, loadingRecording: false }))
  const origins = createOrigins(() => session.store.getState().begun)
  /** Runs asynchronous work whose failure the person is told. */
  const told = (work: Promise<void>): void => void work.catch((error: unknown) => session.complain(messageOf(error)))

  let turns = 0
  const takeTurn = (): (() => boolean) => {
    const mine = ++turns
    return () => mine === turns
  }

  const train = () =>
    attempt(session, () => {
      takeTurn()
      const request = runRequest(setup.getState())
      origins.add(session.start(request), { request, fields: runFields(setup.getState()) })
      store.setState({ offered: null })
    })
  const trainTwin = () =>
    attempt(session, () => {
      takeTurn()
      const original = shown(session.store.getState())
      if (!original || original.step === 0) throw new Error('There is no run yet to train a twin of: press Train first.')
      const request = { ...requestAgain(original.run, setup.getState().ownText, { name: 'standard' }), until: original.step }
      const twinOf: Overlay = { id: TWIN_OF, name: nameOf(original), curve: original.curve }
      const pair = history.idOf(original)
      // The original must be there to go back to when the twin has taken its place on the GPU.
      if (pair !== null) told(opening.then(async (runs) => void (await runs.holdWeights(pair))))
      origins.add(session.start(request), { request, twinOf, pair })
      store.setState({ offered: null })
    })
  const importFolder = (zip: Uint8Array) =>
    attempt(session, () => {
      takeTurn()
      session.importFolder(zip)
      store.setState({ offered: null })
    })

  let autostart = false
  let text: string | null = null
  let chosen = false
  let benchAsked: BenchRequest | null = null
  attempt(session, () => {
    const asked = readQuery(search, setup.getState())
    setup.setState(asked.setup)
    ;({ chosen, text } = asked)
    if (asked.autostart && asked.bench)
      throw new Error('The address asks for a run and for a benchmark at once. Leave out autostart or bench.')
    benchAsked = asked.bench
    autostart = asked.autostart && !session.store.getState().broken
  })

  const history = createHistory({
    session,
    store,
    origins,
    opening,
    newId: host.newId,
    takeTurn,
    told,
    mayOffer: () => !autostart && session.store.getState().state === 'idle',
  })
  const leaveSession = follow(session.store, (now, before) => {
    if (now.live?.run !== before.live?.run) {
      const { fields, twinOf } = origins.of(now.begun)
      setup.setState({ asked: fields })
      store.setState(({ overlays }) => ({ overlays: [...overlays.filter(({ id }) => id !== TWIN_OF), ...(twinOf ? [twinOf] : [])] }))
    }
    if (now.broken && !before.broken && !now.live && autostart) showRecording()
  })
  const leaveSetup = followSetup(session, setup, host.setAddress, chosen)
  const stopAsking = askByItself(session, setup)

  let shipped: RunView | null = null
  function showRecording(): void {
    store.setState({ loadingRecording: true })
    told(
      host
        .recording()
        .then((bytes) => {
          shipped = openRecording(decodeRecording(bytes, 'The recorded run'))
          const { live, recording } = session.store.getState()
          // Who has something of their own already is not interrupted. Under a run that is being prepared it waits: a refusal leads back to it.
          if (!live && !recording) session.look(shipped)
        })
        .finally(() => store.setState({ loadingRecording: false })),
    )
  }

  if (text !== null) {
    const isLatest = takeTurn()
    told(
      loadFromAddress(setup, text).then((taken) => {
        if (taken && autostart && isLatest()) return train()
        if (autostart && !session.store.getState().live) showRecording()
        const { textProblem } = setup.getState()
        if (!taken && textProblem !== null) throw new Error(textProblem)
      }),
    )
  } else if (autostart) train()
  if (!autostart) showRecording()
  if (benchAsked && !session.store.getState().broken) session.bench(benchAsked)

  return {
    session,
    setup,
    store,
    keeper: history.keeper,
    experiments,
    benchAsked,
    train,
    trainTwin,
    importFolder,
    loadRecordedModel: () => {
      const { recording } = session.store.getState()
      const kept = recording && recording !== shipped ? history.idOf(recording) : null
      if (kept !== null) return told(history.goOn(kept))
      const isLatest = takeTurn()
      told(
        host.recordedModel().then((zip) => {
          if (isLatest()) importFolder(zip)
        }),
      )
    },
    openKept: (id) => told(history.openKept(id)),
    goOn: (id) => told(history.goOn(id)),
    draw: history.draw,
    dismissOffer: () => store.setState({ offered: null }),
    close: () => {
      leaveSession()
      leaveSetup()
      stopAsking()
      setup.getState().loading?.cancel()
      history.close()
      session.close()
    },
  }
}
