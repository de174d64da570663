/** The page's surroundings in a browser. */
import { connect, spawnWorker } from '../worker/client.ts'
import type { Surroundings } from './app.ts'
import { gpuAdvice } from './gpu-advice.ts'
import { openExperiments } from './experiments-database.ts'
import type { TakeTurn } from './experiments.ts'
import { openRuns } from './runs.ts'
import type { SessionHost } from './session.ts'

/** A file that ships with the page, beside index.html. Throws one line when it cannot be had. */
async function shipped(name: string): Promise<Uint8Array> {
  const response = await fetch(new URL(name, document.baseURI))
  if (!response.ok)
    throw new Error(
      `"${name}", which ships with the page, could not be loaded (${response.status}). Check the connection and reload the page.`,
    )
  return new Uint8Array(await response.arrayBuffer())
}

function setAddress(query: string): void {
  const url = new URL(window.location.href)
  url.search = query
  if (url.href !== window.location.href) window.history.replaceState(window.history.state, '', url)
}

/** For as long as the tab is open: who asks later waits for it to be closed. */
const takeTurn: TakeTurn = ({ mine, taken, failed }) => {
  // Where the page is not served securely there is no WebGPU either, and so nothing to share.
  if (!('locks' in navigator)) return mine()
  const forEver = new Promise<never>(() => undefined)
  const granted = (): Promise<never> => {
    mine()
    return forEver
  }
  const wait = (): void => void navigator.locks.request('skipscope-experiments', granted).catch(failed)
  const first = navigator.locks.request('skipscope-experiments', { ifAvailable: true }, (lock) => {
    if (lock) return granted()
    taken()
    return wait()
  })
  first.catch(failed)
}

/** The host of a page: a worker where there is WebGPU, and advice that fits the browser. */
export function browserHost(save: SessionHost['save']): Surroundings {
  return {
    connect: (receive) => ('gpu' in navigator ? connect(spawnWorker(), receive) : null),
    advice: gpuAdvice({ userAgent: navigator.userAgent, secure: window.isSecureContext }),
    save,
    recording: () => shipped('recording/recording.zip'),
    recordedModel: () => shipped('recording/model.zip'),
    setAddress,
    openRuns,
    openExperiments,
    takeTurn,
    newId: () => crypto.randomUUID(),
  }
}
