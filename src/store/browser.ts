/** The page's surroundings in a browser. */
import { connect, spawnWorker } from '../worker/client.ts'
import type { Surroundings } from './app.ts'
import { gpuAdvice } from './gpu-advice.ts'
import { openExperiments } from './experiments-database.ts'
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
    newId: () => crypto.randomUUID(),
  }
}
