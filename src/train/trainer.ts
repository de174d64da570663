/**
 * One training run on one machine. `step` submits one step and waits for nothing; losses come back through a ring, a few steps late.
 * Batches and dropout are pure functions of (seed, step), so a step depends on nothing but the weights, the moments and its number.
 */
import { exactAccuracy } from '../data/accuracy.ts'
import type { Dataset } from '../data/dataset.ts'
import { createReader } from '../gpu/readback.ts'
import { microBatch, type TrainSettings } from '../model/config.ts'
import type { Machine, Progress } from '../model/machine.ts'
import { countTargets, createInputs } from '../tensor/inputs.ts'
import { METRICS_STRIDE } from '../tensor/optimizer.ts'
import { emptyColumns, type MetricColumns, type ValidationPoint } from './curve.ts'
import { createRunner, partsOf } from './batch-runner.ts'
import { bindForward, EVALUATION_SLOT, recordForwardPass } from './forward.ts'
import { createPieces } from './pieces.ts'
import { recordTraining } from './program.ts'
import { learningRate } from './schedule.ts'

export interface Trainer {
  machine: Machine
  /** Those in force: `tune` changes them. */
  readonly settings: TrainSettings
  dataset: Dataset
  /** From the next step on the schedule runs with this peak rate; its end, `min_lr`, is lowered with it where it lies above. */
  tune: (change: { lr: number }) => void
  /** Steps done. */
  readonly done: number
  /** Submits the next step and waits for nothing; throws when the metrics of as many steps as the GPU keeps have not arrived. */
  step: () => void
  /** Asks for the losses of all steps so far; resolves when they have arrived. */
  ask: () => Promise<void>
  /**
   * To be called after each step by whoever goes on and on. Asks when steps of about ASK_MS have not been asked for, or IDLE_MS have passed since the last call, and resolves when the
   * losses asked for before have arrived: the GPU has work while they are on their way, and hardly more.
   */
  keepPace: () => Promise<void>
  /** Losses that have arrived and have not been taken, in the order of their steps. */
  take: () => MetricColumns
  /** Both: every loss that has not been taken. */
  fetch: () => Promise<MetricColumns>
  evaluate: () => Promise<ValidationPoint>
  dispatches: number
  /** Submits of the next step: more than one where a step takes long. */
  readonly submits: number
  dispose: () => void
}

/** Steps whose metrics fit the ring. */
const MOST_UNREAD = EVALUATION_SLOT

/**
 * Milliseconds of steps, and steps, after which their losses are asked for. About twice as many may wait for the GPU: enough to keep it busy, few enough that a pause, a map or a
 * text waits for no more. Where the processor computes, the page that draws every loss would take its time from the steps.
 */
const ASK_MS = { gpu: 50, software: 1000 }
export const ASK_STEPS = 16
/** Milliseconds between two calls of `keepPace` from which what was asked for may have come meanwhile. */
const IDLE_MS = 50

export interface TrainerOptions {
  machine: Machine
  dataset: Dataset
  settings: TrainSettings
  T: number
  /** Steps already done, when a run goes on. */
  done?: number
  progress?: Progress
  /** Milliseconds that the run has taken so far; counts from now where it is not given. */
  clock?: () => number
  /** Milliseconds that a submit may take, about. */
  submitMs?: number
}

export async function createTrainer(options: TrainerOptions): Promise<Trainer> {
  const { machine, dataset, T } = options
  let s = options.settings
  const B = s.batch_size
  const micro = microBatch(s)
  const inputs = createInputs(micro * T, machine.config.vocab_size, s.accumulate)
  const evaluation = recordForwardPass(machine, micro, T)
  const training = recordTraining(machine, { B: micro, T, inputs, bindingLimit: machine.gpu.limits.binding }, s)
  const compiled = await machine.compile([training, evaluation.recording.launches], options.progress)
  const forward = bindForward(machine, evaluation, compiled, 1)
  const runBatch = createRunner(machine, inputs, compiled.plans[0])
  const pieces = createPieces(machine.gpu, training.length, options.submitMs)
  const reader = createReader(machine.gpu, machine.pool, machine.metrics.bytes)
  const started = performance.now()
  const clock = options.clock ?? (() => performance.now() - started)
  const askMs = machine.gpu.software ? ASK_MS.software : ASK_MS.gpu

  let done = options.done ?? 0
  let asked = done
  let collected = done
  let coming: Promise<void> = Promise.resolve()
  let arrived = emptyColumns()
  let lastArrival = clock()
  /** Milliseconds of a step on the GPU, as it last was; by a clock of its own, since the run's stands still at times. */
  let pace: number | undefined
  /** When the first step was submitted that has not been asked for, losses arrived, and `keepPace` was done. */
  let submittedAt = 0
  let arrivedAt = 0
  let pacedAt = performance.now()

  const tune = ({ lr }: { lr: number }): void => {
    if (!(lr > 0 && Number.isFinite(lr))) throw new Error(`The learning rate is ${lr}: it must be a number above 0, such as 0.001.`)
    s = { ...s, lr, min_lr: Math.min(s.min_lr, lr) }
  }

  // By place in the ring: the rate may have changed when a step's loss arrives.
  const rates = new Float64Array(MOST_UNREAD)

  const step = (): void => {
    if (done - collected >= MOST_UNREAD) throw new Error('Fetch the losses before taking more steps.')
    const t = done + 1
    const rate = learningRate(s, t)
    rates[t % MOST_UNREAD] = rate
    const state = {
      seed: s.seed,
      step: t,
      ring: t % MOST_UNREAD,
      rate,
      scale_m: 1 / (1 - s.beta1 ** t),
      scale_v: 1 / (1 - s.beta2 ** t),
    }
    if (done === asked) submittedAt = performance.now()
    runBatch(dataset.trainBatch(s.seed, t, B, T), state, pieces.count)
    pieces.submitted()
    done = t
  }

  /** Losses of steps (from, to], once the GPU has done them. The time since the last arrival is shared out among them. */
  const collect = async (from: number, to: number, submitted: number): Promise<void> => {
    const metrics = new Float32Array(await reader.read(machine.pool.owned(machine.metrics.storage), 0, machine.metrics.bytes))
    const arrival = clock()
    for (let t = from + 1; t <= to; t++) {
      const slot = t % MOST_UNREAD
      arrived.step.push(t)
      arrived.loss.push(metrics[slot * METRICS_STRIDE])
      arrived.gradNorm.push(metrics[slot * METRICS_STRIDE + 1])
      arrived.lr.push(rates[slot])
      arrived.ms.push(lastArrival + ((arrival - lastArrival) * (t - from)) / (to - from))
    }
    lastArrival = arrival
    const now = performance.now()
    pace = (now - Math.max(arrivedAt, submitted)) / (to - from)
    arrivedAt = now
    collected = to
  }

  const ask = (): Promise<void> => {
    if (done === asked) return coming
    const from = asked
    const to = done
    asked = to
    const submitted = submittedAt
    coming = coming.then(() => collect(from, to, submitted))
    // Whoever waits sees the failure; `take` alone does not wait.
    coming.catch(() => undefined)
    return coming
  }

  const keepPace = async (): Promise<void> => {
    const unasked = done - asked
    const idle = performance.now() - pacedAt >= IDLE_MS
    if (pace === undefined || unasked * pace >= askMs || unasked >= ASK_STEPS || idle) {
      const before = coming
      // Whoever asks next waits for it, and sees its failure.
      void ask()
      await before
    }
    pacedAt = performance.now()
  }

  const take = (): MetricColumns => {
    const columns = arrived
    arrived = emptyColumns()
    return columns
  }

  const evaluate = async (): Promise<ValidationPoint> => {
    let loss = 0
    let right = 0
    let total = 0
    let targets = 0
    for (let i = 0; i < s.eval_batches; i++) {
      const batch = dataset.heldOutBatch(i, B, T)
      const correct = new Float32Array(B * T)
      // In the shape of a micro-batch, which is what fits.
      for (const [part, of] of partsOf(batch, micro * T).entries()) {
        const rows = await forward.rows(of)
        for (let row = 0; row < micro * T; row++) {
          loss += rows[2 * row]
          correct[part * micro * T + row] = rows[2 * row + 1]
        }
      }
      targets += countTargets(batch.targets)
      if (dataset.answer) {
        const part = exactAccuracy(dataset.answer, batch.targets, correct, B, T)
        right += part.right
        total += part.total
      }
    }
    return { step: done, loss: loss / targets, ...(dataset.answer && { accuracy: right / total }) }
  }

  return {
    machine,
    get settings() {
      return s
    },
    dataset,
    tune,
    get done() {
      return done
    },
    step,
    ask,
    keepPace,
    take,
    fetch: async () => {
      await ask()
      return take()
    },
    evaluate,
    dispatches: training.length,
    get submits() {
      return pieces.count
    },
    dispose: () => {
      forward.dispose()
      reader.dispose()
      machine.pool.release(inputs.storage)
    },
  }
}
