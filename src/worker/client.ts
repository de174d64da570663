/** The page's end of the session worker: typed messages out, and messages in, gathered into one batch per animation frame. */
import type { FromWorker, ToWorker } from './protocol.ts'

/** The part of `Worker` that the client uses. */
export interface WorkerPort {
  postMessage: (message: ToWorker, transfer: Transferable[]) => void
  terminate: () => void
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null
  onmessageerror: ((event: MessageEvent) => void) | null
  onerror: ((event: ErrorEvent) => void) | null
}

export interface Client {
  send: (message: ToWorker) => void
  close: () => void
}

/** Starts the worker that owns the engine. */
export function spawnWorker(): WorkerPort {
  return new Worker(new URL('./session.worker.ts', import.meta.url), { type: 'module', name: 'skipscope' })
}

/**
 * Calls `deliver` at the next frame, or after a second where no frame comes: a hidden tab paints none, and its messages must not pile up.
 * Returns a function that calls it off.
 */
export function onNextFrame(deliver: () => void): () => void {
  const callOff = () => {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
  }
  const run = () => {
    callOff()
    deliver()
  }
  const frame = requestAnimationFrame(run)
  const timer = setTimeout(run, 1000)
  return callOff
}

/** Zips travel by transfer: nobody reads them on this side afterwards. */
function transferOf(message: ToWorker): Transferable[] {
  return message.type === 'import' && message.zip.buffer instanceof ArrayBuffer ? [message.zip.buffer] : []
}

/**
 * Connects to a worker. `receive` gets every message in order, one batch a frame; of several attention maps in a batch only the last stays, since
 * only that one would be seen, and those of step 0. A worker that crashes sends one last message, `failed` and fatal.
 */
export function connect(port: WorkerPort, receive: (messages: FromWorker[]) => void, schedule = onNextFrame): Client {
  let queue: FromWorker[] = []
  let callOff: (() => void) | null = null
  let closed = false

  const deliver = () => {
    const messages = queue
    queue = []
    callOff = null
    receive(messages)
  }
  const enqueue = (message: FromWorker) => {
    if (closed) return
    // Those of step 0 are what all later ones are compared with.
    if (message.type === 'maps') queue = queue.filter((earlier) => earlier.type !== 'maps' || earlier.maps.step === 0)
    queue.push(message)
    callOff ??= schedule(deliver)
  }
  const close = () => {
    closed = true
    callOff?.()
    port.terminate()
  }
  const crash = (what: string) => {
    if (closed) return
    enqueue({
      type: 'failed',
      message: `The training worker crashed${what ? `: ${what.replace(/\.$/, '')}` : ''}. Reload the page to begin again; what was not exported is lost.`,
      fatal: true,
    })
    closed = true
    port.terminate()
  }
  port.onmessage = (event) => enqueue(event.data)
  port.onmessageerror = () => crash('a message could not be read')
  port.onerror = (event) => crash(event.message ?? '')

  return {
    send: (message) => {
      if (!closed) port.postMessage(message, transferOf(message))
    },
    close,
  }
}
