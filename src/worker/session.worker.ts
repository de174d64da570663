/** The session worker: the run on the GPU, through its device's losses, and the answers to the page's messages. One thing at a time touches the GPU. */
import { openGpu, type Gpu } from '../gpu/device.ts'
import { readModelFolder } from '../io/folder.ts'
import { unzipFolder, zipFolder } from '../io/zip.ts'
import { CalledOff } from '../lab/ask.ts'
import type {
  ExportPurpose,
  FromWorker,
  GeneratedPiece,
  GenerateRequest,
  LabAnswer,
  LabQuestion,
  MetricColumns,
  SessionState,
  ToWorker,
} from './protocol.ts'
import { OutOfMemory } from '../model/machine.ts'
import { createEstimator, type Estimator } from '../train/estimate.ts'
import { createBencher } from './bench.ts'
import { createExperimenter } from './experiments.ts'
import { estimatePlan, estimateRun, lookAtBatch } from './preflight.ts'
import { prepareRun, resumeFolder, type RunState } from './run-state.ts'
import { createPump, wait } from './pump.ts'
import { createSession, type Session, type SessionOptions } from './session.ts'
import { createTunedStore, tunedKernels } from './tuned-store.ts'
import { loadText } from './shipped-text.ts'

const post = (message: FromWorker, transfer: Transferable[] = []): void => self.postMessage(message, { transfer })

let gpu: Gpu | undefined
let estimator: Estimator | undefined
let session: Session | undefined
let state: SessionState = 'idle'
let probeText = ''
let stopAsked = false
let lastMaps = -Infinity
let mapsCost = 0
const cancelled = new Set<number>()
/** Where the last lost device's run went on. */
let recoveredStep = -1

const store = createTunedStore()
const bencher = createBencher(post, store)
const experimenter = createExperimenter(post, store)

/** A run is to begin or go on: what else uses the GPU makes room. */
function makeRoom(): void {
  bencher.giveWay()
  experimenter.giveWay()
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

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

/** Losses that are still on the GPU: before a pause, so that the page shows the last one. */
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
  if (gpu === lost) gpu = estimator = undefined
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

const options: SessionOptions = { store, progress: (preparation) => post({ type: 'progress', ...preparation }), stop: () => stopAsked }

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

async function generate(id: number, request: GenerateRequest): Promise<void> {
  if (!session) throw new Error('There is no model yet: press Train or Import first.')
  try {
    let last = performance.now()
    let pieces: GeneratedPiece[] = []
    await session.generate(request, (piece) => {
      pieces.push(piece)
      // As often as a screen shows it.
      if (performance.now() - last > 16) {
        post({ type: 'generated', id, pieces, done: false })
        pieces = []
        last = performance.now()
      }
      return !cancelled.has(id)
    })
    post({ type: 'generated', id, pieces, done: true })
  } catch (error) {
    post({ type: 'generated', id, pieces: [], done: true })
    throw error
  } finally {
    cancelled.delete(id)
  }
}

async function askLab(id: number, question: LabQuestion): Promise<void> {
  const answered = (answer: LabAnswer | null, problem: string | null): void =>
    post({ type: 'lab-answered', id, step: session?.step ?? 0, answer, problem })
  if (!session) return answered(null, 'There is no model yet: press Train or Import first.')
  try {
    const progress = (done: number, total: number): void => post({ type: 'lab-progress', id, done, total })
    answered(await session.askLab(question, { progress, stop: () => cancelled.has(id) }), null)
  } catch (error) {
    answered(null, error instanceof CalledOff ? null : messageOf(error))
  } finally {
    cancelled.delete(id)
  }
}

async function exportFolder(id: number, purpose: ExportPurpose): Promise<void> {
  if (!session) throw new Error('There is no model yet: press Train or Import first.')
  // What the folder's curve holds, the page's shall hold too.
  await flush()
  const { name, files } = await session.folder()
  const zip = zipFolder(name, files)
  post(
    { type: 'exported', id, purpose, name: `${name}.zip`, zip, step: session.step },
    zip.buffer instanceof ArrayBuffer ? [zip.buffer] : [],
  )
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

/** An answer, or the line that says why there is none: shown where it was asked for, since nothing was meant to start. */
async function asked<T>(work: () => Promise<T>): Promise<{ value?: T; problem: string | null }> {
  try {
    return { value: await work(), problem: null }
  } catch (error) {
    return { problem: messageOf(error) }
  }
}

/** Nothing where there is no adapter: the page has been told why. */
async function tellTuned(): Promise<void> {
  if (gpu) post({ type: 'tuned', tuned: await tunedKernels(store, gpu.description) })
}

async function handle(message: ToWorker): Promise<void> {
  switch (message.type) {
    case 'open':
      // In the queue like all else: a run asked for meanwhile must not open a second device.
      return exclusive(async () => {
        gpu ??= await open()
        post({ type: 'ready', adapter: { description: gpu.description, software: gpu.software } })
      })
    case 'start':
      makeRoom()
      await exclusive(() => begin(message.id, (on) => prepareRun(message.run, on, loadText), 'running'))
      return run(pump.run)
    case 'import':
      makeRoom()
      return exclusive(() =>
        begin(
          message.id,
          async (on) => {
            const what = 'The zip'
            return resumeFolder(readModelFolder(unzipFolder(message.zip, what), what), on, loadText)
          },
          'paused',
        ),
      )
    case 'pause':
      if (state === 'running') setState('paused')
      return
    case 'resume':
      if (state !== 'paused') return
      makeRoom()
      setState('running')
      return run(pump.run)
    case 'step':
      if (!session || session.finished || (state !== 'running' && state !== 'paused')) return
      makeRoom()
      setState('paused')
      return exclusive(async () => {
        // Another run may have begun meanwhile, or this one been resumed.
        if (state !== 'paused') return
        session?.clock.start()
        await oneStep()
        session?.clock.stop()
        await flush()
        await sendMaps()
        if (session?.finished) setState('done')
      })
    case 'stop':
      if (state === 'compiling') stopAsked = true
      else if (session) setState('stopped')
      return
    case 'probe':
      probeText = message.text
      return exclusive(async () => {
        await look(probeText)
        await sendMaps()
      })
    case 'generate':
      return exclusive(() => generate(message.id, message.request))
    case 'ask-lab':
      return exclusive(() => askLab(message.id, message.question))
    case 'cancel-lab':
    case 'cancel-generate':
      cancelled.add(message.id)
      return
    case 'next-tokens':
      return exclusive(async () => {
        if (session) post({ type: 'next-tokens', id: message.id, tokens: await session.nextTokens(message.prompt, message.count) })
      })
    case 'export':
      return exclusive(() => exportFolder(message.id, message.purpose))
    case 'tune':
      if (message.stepsPerSecond !== undefined) pump.setPace(message.stepsPerSecond)
      if (message.lr !== undefined) session?.tune(message.lr)
      return
    case 'cut':
      return exclusive(async () => {
        if (!session) throw new Error('There is no model yet: press Train or Import first.')
        post({ type: 'cut', result: await session.cut(message.layer, message.head) })
      })
    case 'estimate':
      return exclusive(async () => {
        const on = (gpu ??= await open())
        const answer = await asked(() => estimateRun(message.run, on, (estimator ??= createEstimator(on)), loadText))
        post({ type: 'estimated', id: message.id, estimate: answer.value ?? null, problem: answer.problem })
      })
    case 'experiment':
      // Beside the queue: it has a machine of its own, and may take hours.
      return experimenter.run(message, state, async () => (gpu ??= await exclusive(async () => gpu ?? (await open()))))
    case 'hold-experiment':
      return experimenter.hold()
    case 'resume-experiment':
      return experimenter.resume(state)
    case 'end-experiment':
      return experimenter.end()
    case 'estimate-experiment':
      return exclusive(async () => {
        const on = (gpu ??= await open())
        const answer = await asked(() => estimatePlan(message.plan, (estimator ??= createEstimator(on)), loadText))
        post({ type: 'experiment-estimated', id: message.id, seconds: answer.value ?? null, problem: answer.problem })
      })
    case 'bench':
      experimenter.giveWay()
      bencher.expect(message.id)
      return exclusive(() => bencher.run(message.id, message.request, state, async () => (gpu ??= await open())))
    case 'cancel-bench':
      return bencher.cancel(message.id)
    // In the queue too: a tune-up that is under way saves what it has found.
    case 'tuned':
      return exclusive(tellTuned)
    case 'forget-tuned':
      return exclusive(async () => {
        await store.forget()
        await tellTuned()
      })
    case 'look': {
      const answer = await asked(() => lookAtBatch(message.run, loadText))
      post({ type: 'batch', id: message.id, rows: answer.value ?? [], problem: answer.problem })
      return
    }
    default:
      message satisfies never
  }
}

self.onmessage = (event: MessageEvent<ToWorker>) => run(() => handle(event.data))
