/** The runs that this browser keeps, as the page uses them: the live run goes onto the shelf, kept ones come back from it. */
import type { StoreApi } from 'zustand/vanilla'
import type { RunRequest } from '../worker/protocol.ts'
import type { AppView } from './app.ts'
import { createKeeper, type Keeper } from './keeper.ts'
import type { KeptRun } from './kept-run.ts'
import { TWIN_OF, type Origins, type Overlay } from './origins.ts'
import { openRecording, recordingOf, type RunView } from './run-view.ts'
import type { Runs } from './runs.ts'
import type { Session } from './session.ts'

export interface History {
  keeper: Keeper
  /** The id of a run that the page shows, where it is kept. */
  idOf: (run: RunView) => string | null
  openKept: (id: string) => Promise<void>
  goOn: (id: string) => Promise<void>
  draw: (id: string, on: boolean) => void
  close: () => void
}

interface Parts {
  session: Session
  store: StoreApi<AppView>
  origins: Origins
  opening: Promise<Runs>
  newId: () => string
  /** Whether nothing else has been begun since: what a person did last holds. */
  takeTurn: () => () => boolean
  /** Tells the person of a failure. */
  told: (work: Promise<void>) => void
  /** Whether the last run may be offered. */
  mayOffer: () => boolean
}

/** As it is kept: a text of one's own goes with the weights, and not once more with every record. */
const withoutText = (request: RunRequest | null): RunRequest | null =>
  request && 'text' in request.dataset ? { ...request, dataset: { title: request.dataset.title, text: '' } } : request

const overlayOf = ({ id, name, recording }: KeptRun): Overlay => ({ id, name, curve: recording.curve })

export function createHistory({ session, store, origins, opening, newId, takeTurn, told, mayOffer }: Parts): History {
  let closed = false
  let leave = () => {}
  let opened: { id: string; run: RunView } | null = null
  const keptRun = (id: string): KeptRun | undefined =>
    store
      .getState()
      .runs?.store.getState()
      .runs.find((run) => run.id === id)

  const keeper = createKeeper(
    session,
    {
      keptAs: (request) => origins.of(request).keptAs,
      record: (id, run, { request: from, first }) => {
        const { request, pair } = origins.of(from)
        const kept: KeptRun = {
          id,
          name: '',
          notes: '',
          recording: recordingOf(run),
          step: run.step,
          weights: null,
          request: withoutText(request),
          ...(pair !== null && { pair }),
        }
        const put = async () => {
          const runs = await opening
          await runs.put(kept)
          if (first) await runs.setLast(id)
        }
        if (!closed) told(put())
      },
      keepWeights: (id, zip, step) => {
        const keep = async () => {
          await (await opening).keepWeights(id, zip, step, { automatic: true })
        }
        if (!closed) told(keep())
      },
    },
    newId,
  )

  /** What is drawn and offered follows what is kept: runs are renamed, recorded further and removed, in other tabs too. */
  const agree = ({ overlays, offered }: AppView): Partial<AppView> => {
    const next = overlays.flatMap((overlay): Overlay[] => {
      const kept = keptRun(overlay.id)
      if (overlay.id === TWIN_OF) return [overlay]
      if (!kept) return []
      return [overlay.name === kept.name && overlay.curve === kept.recording.curve ? overlay : overlayOf(kept)]
    })
    const same = next.length === overlays.length && next.every((overlay, i) => overlay === overlays[i])
    return { overlays: same ? overlays : next, offered: offered !== null && keptRun(offered)?.weights ? offered : null }
  }

  told(
    opening.then((runs) => {
      if (closed) return runs.close()
      const last = runs.last()
      store.setState({ runs, offered: last?.weights && mayOffer() ? last.id : null })
      leave = runs.store.subscribe(() => store.setState(agree))
    }),
  )

  return {
    keeper,
    idOf: (run) => (run === opened?.run ? opened.id : run === session.store.getState().live ? keeper.current() : null),
    openKept: async (id) => {
      const isLatest = takeTurn()
      const recording = await (await opening).recordingOf(id)
      if (!recording || !isLatest()) return
      opened = { id, run: openRecording(recording) }
      session.look(opened.run)
    },
    goOn: async (id) => {
      const isLatest = takeTurn()
      const runs = await opening
      const [zip, recording] = [await runs.weightsOf(id), await runs.recordingOf(id)]
      if (!isLatest()) return
      if (!zip) throw new Error('The weights of this run are not kept any more, so it cannot go on. Train it again from its settings.')
      const kept = keptRun(id)
      const request = session.importFolder(zip)
      origins.add(request, { keptAs: id, request: kept?.request ?? null, pair: kept?.pair ?? null })
      store.setState({ offered: null })
      if (!recording) return
      opened = { id, run: openRecording(recording) }
      session.look(opened.run)
    },
    draw: (id, on) => {
      const kept = on ? keptRun(id) : undefined
      store.setState(({ overlays }) => ({
        overlays: [...overlays.filter((overlay) => overlay.id !== id), ...(kept ? [overlayOf(kept)] : [])],
      }))
    },
    close: () => {
      closed = true
      leave()
      keeper.close()
      store.getState().runs?.close()
    },
  }
}
