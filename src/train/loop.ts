/**
 * The loop as an async generator: each `next` takes one step and whatever is due after it. Pausing is not calling it; one step more is calling it once.
 * Neither changes a bit of the run, since a step depends on the weights and its number alone.
 */
import type { Parameters } from '../model/initialise.ts'
import type { TextSample } from '../io/recording.ts'
import type { MetricColumns, ValidationPoint } from './curve.ts'
import type { Trainer } from './trainer.ts'

export interface Checkpoint {
  step: number
  parameters: Parameters
  m: Parameters
  v: Parameters
}

export interface LoopEvent {
  /** The step just submitted. */
  step: number
  /** Losses that came back since the event before. */
  metrics?: MetricColumns
  validation?: ValidationPoint
  sample?: TextSample
  checkpoint?: Checkpoint
}

export interface LoopOptions {
  /** Stop after this step; settings.steps otherwise. */
  until?: number
  /** Text from the model as it is; asked for at growing intervals (steps 1, 2, 5, 10, 20, 50, …) and after the last step. */
  sample?: (step: number) => Promise<TextSample | undefined>
  /** Milliseconds between checkpoints in memory; none when absent. */
  checkpointEvery?: number
  now?: () => number
}

/** 1, 2, 5, 10, 20, 50, 100, … */
export const isSampleStep = (step: number): boolean => /^[125]0*$/.test(String(step))

/** Steps from 0 to `last`, at most `count` of them, even over the logarithm: learning is quick at first. */
export function growingSteps(last: number, count: number): number[] {
  const steps = Array.from({ length: count }, (_, i) => Math.round(10 * ((last + 10) / 10) ** (i / (count - 1)) - 10))
  return [...new Set(steps)]
}

export async function takeCheckpoint(trainer: Trainer): Promise<Checkpoint> {
  const step = trainer.done
  const { machine } = trainer
  return { step, parameters: await machine.readPack('parameters'), m: await machine.readPack('m'), v: await machine.readPack('v') }
}

export async function* loop(trainer: Trainer, options: LoopOptions = {}): AsyncGenerator<LoopEvent, void, void> {
  const now = options.now ?? (() => performance.now())
  const until = options.until ?? trainer.settings.steps
  const { eval_every } = trainer.settings
  let lastCheckpoint = now()

  while (trainer.done < until) {
    trainer.step()
    const step = trainer.done
    const event: LoopEvent = { step }
    const evaluates = (eval_every > 0 && step % eval_every === 0) || step === until
    // The first loss at once, so that a person sees it; all of them before an evaluation.
    if (step === 1 || evaluates) await trainer.ask()
    else await trainer.keepPace()
    const metrics = trainer.take()
    if (metrics.step.length > 0) event.metrics = metrics
    if (evaluates) event.validation = await trainer.evaluate()
    if (options.sample && (isSampleStep(step) || step === until)) event.sample = await options.sample(step)
    if (options.checkpointEvery !== undefined && (now() - lastCheckpoint >= options.checkpointEvery || step === until)) {
      event.checkpoint = await takeCheckpoint(trainer)
      lastCheckpoint = now()
    }
    yield event
  }
}
