/** The session's surroundings in a browser. */
import { connect, spawnWorker } from '../worker/client.ts'
import { gpuAdvice } from './gpu-advice.ts'
import type { SessionHost } from './session.ts'

/** The host of a page: a worker where there is WebGPU, and advice that fits the browser. */
export function browserHost(save: SessionHost['save']): SessionHost {
  return {
    connect: (receive) => ('gpu' in navigator ? connect(spawnWorker(), receive) : null),
    advice: gpuAdvice({ userAgent: navigator.userAgent, secure: window.isSecureContext }),
    save,
  }
}
