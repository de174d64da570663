/** The session worker: the page's messages, and who answers them. */
import type { Gpu } from '../gpu/device.ts'
import { readModelFolder } from '../io/folder.ts'
import { unzipFolder, zipFolder } from '../io/zip.ts'
import { CalledOff } from '../lab/ask.ts'
import type { ExportPurpose, GeneratedPiece, GenerateRequest, LabAnswer, LabQuestion, ToWorker } from './protocol.ts'
import { createEstimator, type Estimator } from '../train/estimate.ts'
import { createBencher } from './bench.ts'
import { createExperimenter } from './experiments.ts'
import { estimatePlan, estimateRun, lookAtBatch } from './preflight.ts'
import { createRunHost, messageOf, type Post } from './run-host.ts'
import { prepareRun, resumeFolder } from './run-state.ts'
import { createTunedStore, tunedKernels } from './tuned-store.ts'
import { loadText } from './shipped-text.ts'

const post: Post = (message, transfer = []) => self.postMessage(message, { transfer })

const cancelled = new Set<number>()
const store = createTunedStore()
const bencher = createBencher(post, store)
const experimenter = createExperimenter(post, store)
const host = createRunHost({
  post,
  store,
  makeRoom: () => {
    bencher.giveWay()
    experimenter.giveWay()
  },
})

/** Of the device that it measured. */
let estimating: { on: Gpu; estimator: Estimator } | undefined
const estimatorNow = async (): Promise<{ on: Gpu; estimator: Estimator }> => {
  const on = await host.device()
  if (estimating?.on !== on) estimating = { on, estimator: createEstimator(on) }
  return estimating
}

async function generate(id: number, request: GenerateRequest): Promise<void> {
  const session = host.model()
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
    post({ type: 'lab-answered', id, step: host.session?.step ?? 0, answer, problem })
  try {
    const progress = (done: number, total: number): void => post({ type: 'lab-progress', id, done, total })
    answered(await host.model().askLab(question, { progress, stop: () => cancelled.has(id) }), null)
  } catch (error) {
    answered(null, error instanceof CalledOff ? null : messageOf(error))
  } finally {
    cancelled.delete(id)
  }
}

async function exportFolder(id: number, purpose: ExportPurpose): Promise<void> {
  const session = host.model()
  // What the folder's curve holds, the page's shall hold too.
  await host.flush()
  const { name, files } = await session.folder()
  const zip = zipFolder(name, files)
  post(
    { type: 'exported', id, purpose, name: `${name}.zip`, zip, step: session.step },
    zip.buffer instanceof ArrayBuffer ? [zip.buffer] : [],
  )
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
  if (host.gpu) post({ type: 'tuned', tuned: await tunedKernels(store, host.gpu.description) })
}

async function handle(message: ToWorker): Promise<void> {
  switch (message.type) {
    case 'open':
      // In the queue like all else: a run asked for meanwhile must not open a second device.
      return host.exclusive(async () => {
        const { description, software } = await host.device()
        post({ type: 'ready', adapter: { description, software } })
      })
    case 'start':
      return host.begin(message.id, (on) => prepareRun(message.run, on, loadText), 'running')
    case 'import':
      return host.begin(
        message.id,
        async (on) => {
          const what = 'The zip'
          return resumeFolder(readModelFolder(unzipFolder(message.zip, what), what), on, loadText)
        },
        'paused',
      )
    case 'pause':
      return host.pause()
    case 'resume':
      return host.resume()
    case 'step':
      return host.stepOnce()
    case 'stop':
      return host.stop()
    case 'probe':
      return host.probe(message.text)
    case 'generate':
      return host.exclusive(() => generate(message.id, message.request))
    case 'ask-lab':
      return host.exclusive(() => askLab(message.id, message.question))
    case 'cancel-lab':
    case 'cancel-generate':
      cancelled.add(message.id)
      return
    case 'next-tokens':
      return host.exclusive(async () => {
        const { session } = host
        if (session) post({ type: 'next-tokens', id: message.id, tokens: await session.nextTokens(message.prompt, message.count) })
      })
    case 'export':
      return host.exclusive(() => exportFolder(message.id, message.purpose))
    case 'tune':
      if (message.stepsPerSecond !== undefined) host.setPace(message.stepsPerSecond)
      if (message.lr !== undefined) host.session?.tune(message.lr)
      return
    case 'cut':
      return host.exclusive(async () => {
        post({ type: 'cut', result: await host.model().cut(message.layer, message.head) })
      })
    case 'estimate':
      return host.exclusive(async () => {
        const { on, estimator } = await estimatorNow()
        const answer = await asked(() => estimateRun(message.run, on, estimator, loadText))
        post({ type: 'estimated', id: message.id, estimate: answer.value ?? null, problem: answer.problem })
      })
    case 'experiment':
      // Beside the queue: it has a machine of its own, and may take hours.
      return experimenter.run(message, host.state, async () => host.gpu ?? host.exclusive(host.device))
    case 'hold-experiment':
      return experimenter.hold()
    case 'resume-experiment':
      return experimenter.resume(host.state)
    case 'end-experiment':
      return experimenter.end()
    case 'estimate-experiment':
      return host.exclusive(async () => {
        const { estimator } = await estimatorNow()
        const answer = await asked(() => estimatePlan(message.plan, estimator, loadText))
        post({ type: 'experiment-estimated', id: message.id, seconds: answer.value ?? null, problem: answer.problem })
      })
    case 'bench':
      experimenter.giveWay()
      bencher.expect(message.id)
      return host.exclusive(() => bencher.run(message.id, message.request, host.state, host.device))
    case 'cancel-bench':
      return bencher.cancel(message.id)
    // In the queue too: a tune-up that is under way saves what it has found.
    case 'tuned':
      return host.exclusive(tellTuned)
    case 'forget-tuned':
      return host.exclusive(async () => {
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

self.onmessage = (event: MessageEvent<ToWorker>) => host.run(() => handle(event.data))
