/** Ties the set-up, the session and the history together: what the page asks for by itself. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import { decodeRecording } from '../io/recording-file.ts'
import type { Curve } from '../train/curve.ts'
import { requestAgain } from './again.ts'
import { createKeeper, type Keeper } from './keeper.ts'
import { readQuery, writeQuery } from './query.ts'
import { headRows, measuredHeads } from './reads-back.ts'
import { openRecording, recordingOf, type RunView } from './run-view.ts'
import type { Runs } from './runs.ts'
import { createSession, type Session, type SessionHost } from './session.ts'
import { shown, type SessionView } from './session-view.ts'
import {
  chooseDataset,
  choosePreset,
  createSetup,
  initialSetup,
  runFields,
  runRequest,
  type RunFields,
  type Setup,
  type SetupStore,
} from './setup.ts'
import { loadFromAddress } from './setup/own-text.ts'

/** A curve that is drawn beside that of the run shown. */
export interface Overlay {
  /** That of a kept run, or `TWIN_OF` for the run that a twin was begun beside. */
  id: string
  name: string
  curve: Curve
}

export interface Surroundings extends SessionHost {
  /** The recorded run that ships with the page; null where there is none to fetch. */
  recording: () => Promise<Uint8Array>
  /** The zip of its model folder. */
  recordedModel: () => Promise<Uint8Array>
  /** Puts a query into the address. */
  setAddress: (query: string) => void
  openRuns: () => Promise<Runs>
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

/** The id of the overlay that is the run which a twin was begun beside. */
export const TWIN_OF = 'twin of'

export interface App {
  session: Session
  setup: SetupStore
  store: StoreApi<AppView>
  keeper: Keeper
  /** Asks for the run that the set-up describes. */
  train: () => void
  /** Trains the run shown once more with the standard wiring, as far as it has gone, and draws both. */
  trainTwin: () => void
  /** Puts the recorded model that is shown onto the GPU, so that it can be asked. */
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

/** How long typing must rest before the worker is asked. */
const TYPING_REST_MS = 300
/** Milliseconds between two measurements that nobody asked for. */
const CUT_EVERY_MS = 20_000

/** Runs `act`, and turns what it throws into a complaint. */
export function attempt(session: Session, act: () => void): void {
  try {
    act()
  } catch (error) {
    session.complain(messageOf(error))
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Calls the last `act` once the calls have rested. */
function afterRest(milliseconds: number): (act: () => void) => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  return (act) => {
    clearTimeout(timer)
    timer = setTimeout(act, milliseconds)
  }
}

const RESTING = ['paused', 'stopped', 'done']

/** Whether training has just come to rest, so that what the model says next is worth asking. */
const cameToRest = (now: SessionView, before: SessionView): boolean =>
  (now.state !== before.state || now.live?.run !== before.live?.run) && RESTING.includes(now.state)

/** What a processor that stands in for a GPU begins with: the smallest preset, on a task that it learns within minutes at this rate. */
const onAProcessor = (setup: Setup): Setup => ({
  ...chooseDataset(choosePreset(setup, 'smoke'), 'induction'),
  settings: { lr: '1e-2', positions: 'rope', steps: '500' },
})

const sameFields = (a: RunFields, b: RunFields): boolean =>
  a.ownText === b.ownText && JSON.stringify({ ...runFields(a), ownText: null }) === JSON.stringify({ ...runFields(b), ownText: null })

/** The measured head that reads back most at the newest snapshot; null where no head has a choice. */
function leadingHead({ run, snapshots }: RunView): { layer: number; head: number } | null {
  const newest = snapshots.at(-1)
  return newest ? (measuredHeads(headRows(run.config.reads, newest.heads, null))[0] ?? null) : null
}

const nameOf = ({ run }: RunView): string => `${run.wiring}, seed ${run.settings.seed}`

export function createApp(host: Surroundings, search: string): App {
  const setup = createSetup()
  const session = createSession(host)
  const store = createStore<AppView>(() => ({ overlays: [], runs: null, offered: null, loadingRecording: true }))
  let awaited: RunFields | null = null
  const shelf = (): Runs | null => store.getState().runs
  let lastCut = 0

  const start = (request: Parameters<Session['start']>[0]) => session.start(request)
  const train = () =>
    attempt(session, () => {
      start(runRequest(setup.getState()))
      awaited = runFields(setup.getState())
      store.setState(({ overlays }) => ({ overlays: overlays.filter(({ id }) => id !== TWIN_OF), offered: null }))
    })
  const trainTwin = () =>
    attempt(session, () => {
      const original = shown(session.store.getState())
      if (!original) throw new Error('There is no run yet to train a twin of: press Train first.')
      const request = requestAgain(original.run, setup.getState().ownText, { name: 'standard' })
      start({ ...request, until: original.step })
      awaited = null
      const overlay: Overlay = { id: TWIN_OF, name: nameOf(original), curve: original.curve }
      store.setState(({ overlays }) => ({ overlays: [...overlays.filter(({ id }) => id !== TWIN_OF), overlay], offered: null }))
    })
  const importFolder = (zip: Uint8Array) => {
    awaited = null
    store.setState({ offered: null })
    session.importFolder(zip)
  }
  /** Runs asynchronous work whose failure the person is told. */
  const told = (work: Promise<void>): void => void work.catch((error: unknown) => session.complain(messageOf(error)))

  const keeper = createKeeper(
    session,
    {
      record: (id, run) => {
        const runs = shelf()
        if (!runs) return
        const kept = { id, name: '', notes: '', recording: recordingOf(run), step: run.step, weights: null, request: null }
        told(runs.put(kept).then(async () => void (await runs.setLast(id))))
      },
      keepWeights: (id, zip, step) => {
        const runs = shelf()
        if (runs) told(runs.keepWeights(id, zip, step, { automatic: true }).then(() => undefined))
      },
    },
    host.newId,
  )

  const promptRest = afterRest(TYPING_REST_MS)
  const probeRest = afterRest(TYPING_REST_MS)
  const setupRest = afterRest(TYPING_REST_MS)

  let chosen = false

  /** What stands beside Train. */
  const tellSetup = (): void => {
    const now = setup.getState()
    if (!session.store.getState().adapter) return
    try {
      session.estimate(runRequest(now))
    } catch (error) {
      session.refuseEstimate(messageOf(error))
    }
  }

  /** The card's number is there without anybody asking, and never asked for so often that training would feel it. */
  const cutLeader = (view: SessionView): void => {
    const head = view.live && !view.cutting ? leadingHead(view.live) : null
    const measured = head && view.live?.cuts.find((cut) => cut.layer === head.layer && cut.head === head.head)?.step === view.live?.step
    if (!head || measured || Date.now() - lastCut < CUT_EVERY_MS) return
    lastCut = Date.now()
    session.cut(head.layer, head.head)
  }

  const leaveSession = session.store.subscribe((now, before) => {
    if (now.adapter && !before.adapter) {
      const untouched = !chosen && now.state === 'idle' && sameFields(setup.getState(), initialSetup())
      if (now.adapter.software && untouched) setup.setState(onAProcessor)
      else tellSetup()
    }
    const begun = now.live?.run !== before.live?.run
    if (begun) {
      setup.setState({ asked: awaited })
      lastCut = Date.now()
      if (setup.getState().probe !== '') session.probe(setup.getState().probe)
    }
    // A step under pause changes the model without changing the state.
    const stepped = now.state === 'paused' && now.live?.step !== before.live?.step
    if (cameToRest(now, before) || stepped) session.askNextTokens(setup.getState().prompt)
    if (cameToRest(now, before)) {
      lastCut = 0
      cutLeader(now)
    } else if (now.live && !begun && now.live.curve.validation.length !== before.live?.curve.validation.length) cutLeader(now)
  })
  const leaveSetup = setup.subscribe((now, before) => {
    if (now.prompt !== before.prompt) promptRest(() => session.askNextTokens(now.prompt))
    if (now.probe !== before.probe) probeRest(() => session.probe(now.probe))
    if (!sameFields(now, before))
      setupRest(() => {
        host.setAddress(writeQuery(setup.getState()).search)
        tellSetup()
      })
  })

  let autostart = false
  attempt(session, () => {
    const asked = readQuery(search, setup.getState())
    chosen = asked.chosen
    setup.setState(asked.setup)
    autostart = asked.autostart && !session.store.getState().broken
    if (asked.text === null) {
      if (autostart) train()
      return
    }
    const { text } = asked
    told(
      loadFromAddress(setup, text).then((taken) => {
        const { textProblem } = setup.getState()
        if (!taken && textProblem !== null) throw new Error(textProblem)
        if (taken && autostart) train()
      }),
    )
  })
  if (autostart) store.setState({ loadingRecording: false })
  else
    told(
      host
        .recording()
        .then((bytes) => {
          // Who has begun something of their own meanwhile is not interrupted.
          if (session.store.getState().live || session.store.getState().state !== 'idle') return
          session.look(openRecording(decodeRecording(bytes, 'The recorded run')))
        })
        .finally(() => store.setState({ loadingRecording: false })),
    )
  told(
    host.openRuns().then((opened) => {
      store.setState({ runs: opened })
      const last = opened.last()
      if (last?.weights && !autostart && session.store.getState().state === 'idle') store.setState({ offered: last.id })
    }),
  )

  return {
    session,
    setup,
    store,
    keeper,
    train,
    trainTwin,
    importFolder,
    loadRecordedModel: () => told(host.recordedModel().then(importFolder)),
    openKept: (id) =>
      told(
        (async () => {
          const recording = await shelf()?.recordingOf(id)
          if (recording) session.look(openRecording(recording))
        })(),
      ),
    goOn: (id) =>
      told(
        (async () => {
          const zip = await shelf()?.weightsOf(id)
          if (!zip) throw new Error('The weights of this run are not kept any more, so it cannot go on. Train it again from its settings.')
          const recording = await shelf()?.recordingOf(id)
          if (recording) session.look(openRecording(recording))
          keeper.goesOnAs(id)
          importFolder(zip)
        })(),
      ),
    draw: (id, on) =>
      told(
        (async () => {
          const others = store.getState().overlays.filter((overlay) => overlay.id !== id)
          const kept = on
            ? shelf()
                ?.store.getState()
                .runs.find((run) => run.id === id)
            : undefined
          store.setState({ overlays: kept ? [...others, { id, name: kept.name, curve: kept.recording.curve }] : others })
        })(),
      ),
    dismissOffer: () => store.setState({ offered: null }),
    close: () => {
      leaveSession()
      leaveSetup()
      keeper.close()
      session.close()
      shelf()?.close()
    },
  }
}
