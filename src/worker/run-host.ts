/**
 * The run on the GPU: begun, gone on with step by step, replaced, and taken to another device when its own is lost. One thing at a time touches the GPU. Knows no messages but
 * those that it posts.
 */
import { openGpu, type Gpu } from '../gpu/device.ts'
import { OutOfMemory } from '../model/machine.ts'
import type { FromWorker, MetricColumns, SessionState } from './protocol.ts'
import { createPump, wait } from './pump.ts'
import type { RunState } from './run-state.ts'
import { createSession, type Session, type SessionOptions } from './session.ts'
import type { TunedStore } from '../train/tune.ts'

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export type Post = (message: FromWorker, transfer?: Transferable[]) => void

export interface RunHost {
  readonly state: SessionState
  /** The model; throws where there is none. */
  model: () => Session
  readonly session: Session | undefined
  /** Undefined before it was asked for, and once it is lost. */
  readonly gpu: Gpu | undefined
  /** The device, opened at the first asking. Within `exclusive`: none may be opened twice. */
  device: () => Promise<Gpu>
  /** Does work when its turn comes, and nothing beside it. */
  exclusive: <T>(work: () => Promise<T>) => Promise<T>
  /** Runs a promise whose failure the page is told. */
  run: (work: () => Promise<unknown>) => void
  /** Puts a run onto the GPU in place of the one that is there, and leaves it `then`. */
  begin: (id: number, prepare: (on: Gpu) => Promise<RunState>, then: 'running' | 'paused') => Promise<void>
  pause: () => void
  resume: () => void
  stepOnce: () => Promise<void>
  stop: () => void
  setPace: (stepsPerSecond: number) => void
  /** The text whose maps are sent; empty is the held-out sample. */
  probe: (text: string) => Promise<void>
  /** Tells losses that are still on the GPU. */
  flush: () => Promise<void>
}

export interface RunHostParts {
  post: Post
  store: TunedStore
  /** A run is to begin or go on: what else uses the GPU makes room. */
  makeRoom: () => void
}

export function createRunHost({ post, store, makeRoom }: RunHostParts): RunHost {
  let gpu: Gpu | undefined
  let session: Session | undefined
  let state: SessionState = 'idle'
  let probeText = ''
  let stopAsked = false
  let lastMaps = -Infinity
  let mapsCost = 0
  /** Where the last lost device's run went on. */
  let recoveredStep = -1
  const options: SessionOptions = { store, progress: (preparation) => post({ type: 'progress', ...preparation }), stop: () => stopAsked }

  function setState(next: SessionState): void {
    state = next
    if (next === 'running') session?.clock.start()
    else session?.clock.stop()
    post({ type: 'state', state: next })
  }

  // Everything that uses the GPU goes through one queue, so that a generation sees one step's weights and an export one state.
  let queue: Promise<unknown> = Promise.resolve()
  function exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = queue.then(work)
    queue = result.catch(() => undefined)
    return result
  }

  async function sendMaps(): Promise<void> {
    if (!session) return
    const began = performance.now()
    const maps = await session.probe.maps(session.step)
    post(
      { type: 'maps', maps },
      maps.patterns.flat().map((p) => p.buffer),
    )
    lastMaps = performance.now()
    mapsCost = lastMaps - began
  }

  /** Once a second, or less often where they would take more than a fortieth of the time. */
  const mapsAreDue = (): boolean => performance.now() - lastMaps >= Math.max(1000, 40 * mapsCost)

  function tokensPerSecond(columns: MetricColumns): number {
    if (!session) return 0
    const { step, ms } = session.state.curve.training
    const perStep = session.state.settings.batch_size * session.state.config.context_length
    const last = step.length - 1
    // Over the last two seconds, or as much as there is.
    let first = Math.max(0, last - columns.step.length)
    while (first > 0 && ms[last] - ms[first] < 2000) first--
    const seconds = (ms[last] - ms[first]) / 1000
    return seconds > 0 ? Math.round(((step[last] - step[first]) * perStep) / seconds) : 0
  }

  async function oneStep(): Promise<void> {
    const event = await session?.next()
    if (!event || !session) return
    const { metrics, validation, sample } = event
    if (metrics)
      post({ type: 'metrics', step: metrics.step[metrics.step.length - 1], columns: metrics, tokensPerSecond: tokensPerSecond(metrics) })
    if (validation) post({ type: 'validation', point: validation })
    if (sample) post({ type: 'sample', sample })
    if (mapsAreDue() || event.step === 1 || session.finished) await sendMaps()
  }

  /** Before a pause, so that the page shows the last one. */
  async function flush(): Promise<void> {
    const columns = await session?.flush()
    if (columns && columns.step.length > 0)
      post({ type: 'metrics', step: columns.step[columns.step.length - 1], columns, tokensPerSecond: tokensPerSecond(columns) })
  }

  const pump = createPump({
    goesOn: () => state === 'running' && session !== undefined,
    isFinished: () => session?.finished ?? true,
    // Asked again when its turn comes: what went before may have paused the run or replaced it.
    step: () =>
      exclusive(async () => {
        if (state === 'running') await oneStep()
      }),
    rest: async () => {
      await exclusive(flush)
      if (session?.finished && state === 'running') setState('done')
    },
  })

  async function open(): Promise<Gpu> {
    if (!navigator.gpu) throw new Error('This browser has no WebGPU.')
    const opened = await openGpu(navigator.gpu, { limits: 'adapter' })
    opened.failed.catch((error: unknown) => run(() => recover(opened, messageOf(error))))
    return opened
  }

  /** A browser whose GPU process has just died may need a moment before it has an adapter again. */
  async function reopen(): Promise<Gpu> {
    for (let tries = 1; ; tries++) {
      try {
        return await open()
      } catch (error) {
        if (tries === 10) throw error
        await wait(500)
      }
    }
  }

  /** A lost device is a normal event: a new one goes on from the last checkpoint in memory. */
  async function recover(lost: Gpu, reason: string): Promise<void> {
    if (gpu === lost) gpu = undefined
    // After an error the device itself may still be there, with all its memory.
    lost.device.destroy()
    // Behind whatever was under way, which fails by itself now.
    await exclusive(async () => {
      const dead = session?.gpu === lost ? session : undefined
      if (gpu && !dead) return
      const before = state
      try {
        if (dead) setState('compiling')
        const on = (gpu ??= await reopen())
        if (!dead) return post({ type: 'failed', fatal: false, message: `${reason} A new device is ready: press Train or Import again.` })
        session = await createSession(on, dead.latest(), options)
      } catch (error) {
        gpu = session = undefined
        post({ type: 'failed', fatal: true, message: `${reason} No new device could be opened: ${messageOf(error)} Reload the page.` })
        return
      }
      // Twice from one step: that step itself may be what fails, so a person decides.
      const again = session.step === recoveredStep && before === 'running'
      recoveredStep = session.step
      announce(session, null)
      setState(again ? 'paused' : before)
      const how = again ? 'Resume goes on' : before === 'running' ? 'The run went on' : 'The model is back'
      post({ type: 'failed', fatal: false, message: `${reason} ${how} from step ${session.step} on a new device.` })
      if (probeText !== '') await look(probeText)
      await sendMaps()
    })
    if (state === 'running') run(pump.run)
  }

  /** Whether the device is lost. It fails whatever is under way, sometimes a moment before it says so itself. */
  const isLost = (on: Gpu): Promise<boolean> =>
    Promise.race([
      on.failed.then(
        () => true,
        () => true,
      ),
      wait(250).then(() => false),
    ])

  function announce(started: Session, id: number | null): void {
    post({ type: 'started', id, run: started.summary(), curve: started.state.curve })
  }

  /** The old run goes only when the new one is there; where there is no memory for both, it is kept on the host meanwhile, and comes back if the new one does not fit. */
  async function replaceSession(on: Gpu, next: RunState): Promise<void> {
    const old = session
    try {
      session = await createSession(on, next, options)
      old?.dispose()
    } catch (error) {
      if (!old || !(error instanceof OutOfMemory)) throw error
      const kept = await old.save()
      old.dispose()
      session = undefined
      try {
        session = await createSession(on, next, options)
      } catch (again) {
        session = await createSession(on, kept, options)
        throw again
      }
    }
  }

  async function begin(id: number, prepare: (on: Gpu) => Promise<RunState>, then: SessionState): Promise<void> {
    const on = (gpu ??= await open())
    const before = state
    const next = await prepare(on)
    setState('compiling')
    stopAsked = false
    try {
      await replaceSession(on, next)
    } catch (error) {
      setState(before)
      throw error
    }
    if (!session) return
    lastMaps = -Infinity
    recoveredStep = -1
    announce(session, id)
    setState(session.finished ? 'done' : stopAsked ? 'stopped' : then)
    if (probeText !== '') await look(probeText)
    await sendMaps()
  }

  /** A text that this run's vocabulary lacks is said, and the held-out sample is shown. */
  async function look(text: string): Promise<void> {
    try {
      await session?.probe.look(text)
    } catch (error) {
      post({ type: 'failed', fatal: false, message: messageOf(error) })
    }
  }

  /** Runs a promise whose failure the page is told, unless it is the loss of the device, of which `recover` tells. */
  function run(work: () => Promise<unknown>): void {
    const on = gpu
    work().catch(async (error: unknown) => {
      if (on && (await isLost(on))) return
      if (work === pump.run && state === 'running') setState('paused')
      post({ type: 'failed', fatal: gpu === undefined, message: messageOf(error) })
    })
  }

  return {
    get state() {
      return state
    },
    get session() {
      return session
    },
    get gpu() {
      return gpu
    },
    model: () => {
      if (!session) throw new Error('There is no model yet: press Train or Import first.')
      return session
    },
    device: async () => (gpu ??= await open()),
    exclusive,
    run,
    begin: async (id, prepare, then) => {
      makeRoom()
      await exclusive(() => begin(id, prepare, then))
      if (then === 'running') run(pump.run)
    },
    pause: () => {
      if (state === 'running') setState('paused')
    },
    resume: () => {
      if (state !== 'paused') return
      makeRoom()
      setState('running')
      run(pump.run)
    },
    stepOnce: async () => {
      if (!session || session.finished || (state !== 'running' && state !== 'paused')) return
      makeRoom()
      setState('paused')
      await exclusive(async () => {
        // Another run may have begun meanwhile, or this one been resumed.
        if (state !== 'paused') return
        session?.clock.start()
        await oneStep()
        session?.clock.stop()
        await flush()
        await sendMaps()
        if (session?.finished) setState('done')
      })
    },
    stop: () => {
      if (state === 'compiling') stopAsked = true
      else if (session) setState('stopped')
    },
    setPace: pump.setPace,
    probe: (text) => {
      probeText = text
      return exclusive(async () => {
        await look(text)
        await sendMaps()
      })
    },
    flush,
  }
}
