/** One run in the worker: its model, its data, its loop, and what the page may ask of it. Knows no messages. */
import type { Gpu } from '../gpu/device.ts'
import { writeModelFolder, type FolderFiles } from '../io/folder.ts'
import type { CutResult, TextSample } from '../io/recording.ts'
import { RUN_VERSION } from '../io/run.ts'
import { cutHead } from '../lab/cut.ts'
import { createEffectMeter, type EffectMeter } from '../lab/effect.ts'
import { answerLab, type LabAnswer, type LabAsking, type LabQuestion } from '../lab/ask.ts'
import { createProbe, type Probe } from '../lab/probe.ts'
import { countParameters } from '../model/config.ts'
import { createGenerator, slide, type Generator } from '../model/generate.ts'
import { initialParameters } from '../model/initialise.ts'
import { createMachine } from '../model/machine.ts'
import { createClock, type Clock } from '../train/clock.ts'
import { appendCurve, emptyCurve, type MetricColumns } from '../train/curve.ts'
import { loop, takeCheckpoint, type LoopEvent } from '../train/loop.ts'
import { encodePrompt, likeliestTokens, sampleText, type GeneratedPiece, type TokenProbability } from '../train/sample-text.ts'
import { launchesOfRun } from '../train/planned.ts'
import { createTrainer } from '../train/trainer.ts'
import { tuneFor, type TunedStore } from '../train/tune.ts'
import type { GenerateRequest, Preparation, RunSummary } from './protocol.ts'
import { curveUntil, titleOf, type RunState } from './run-state.ts'
import { samplePrompt } from './sample-prompt.ts'

export interface Session {
  gpu: Gpu
  state: RunState
  summary: () => RunSummary
  clock: Clock
  probe: Probe
  readonly step: number
  readonly finished: boolean
  /** One step and what is due after it. */
  next: () => Promise<LoopEvent | undefined>
  /** Losses of steps already done, once the GPU has them. */
  flush: () => Promise<MetricColumns>
  /** Other rates from the next step on. Throws one line on a rate that cannot be. */
  tune: (lr: number) => void
  cut: (layer: number, head: number) => Promise<CutResult>
  /** Throws `CalledOff` once `asking.stop` says so. */
  askLab: (question: LabQuestion, asking: LabAsking) => Promise<LabAnswer>
  /** Hands on piece after piece until `emit` says no. */
  generate: (request: GenerateRequest, emit: (piece: GeneratedPiece) => boolean) => Promise<void>
  nextTokens: (prompt: string, count: number) => Promise<TokenProbability[]>
  folder: () => Promise<{ name: string; files: FolderFiles }>
  /** The run as of its latest checkpoint in memory. */
  latest: () => RunState
  /** The run as it is now. */
  save: () => Promise<RunState>
  dispose: () => void
}

export interface SessionOptions {
  /** Where the choices of tiles are kept. */
  store: TunedStore
  /** Ends a tune-up early: what is not measured then takes a likely tile. */
  stop?: () => boolean
  progress?: (preparation: Preparation) => void
}

/** Milliseconds between checkpoints in memory: what a lost device costs at most. */
const CHECKPOINT_EVERY = 15_000

export async function createSession(gpu: Gpu, given: RunState, { store, stop, progress }: SessionOptions): Promise<Session> {
  const { config, settings, dataset, checkpoint } = given
  const telling = (doing: Preparation['doing']) => (done: number, total: number) => progress?.({ doing, done, total })
  const tiles = await tuneFor(gpu, () => launchesOfRun(config, settings, gpu.limits), store, {
    known: given.tuned,
    stop,
    progress: telling('tiles'),
  })
  const machine = createMachine(gpu, config, { tiles })
  try {
    const curve = checkpoint ? curveUntil(given.curve, checkpoint.step) : emptyCurve()
    const clock = createClock(curve.training.ms.at(-1))
    const trainer = await createTrainer({
      machine,
      dataset,
      settings,
      T: config.context_length,
      done: checkpoint?.step,
      clock: clock.now,
      progress: telling('kernels'),
    })
    // Only now, when everything is known to fit.
    machine.load(checkpoint?.parameters ?? initialParameters(config, settings.seed))
    if (checkpoint) {
      machine.load(checkpoint.m, 'm')
      machine.load(checkpoint.v, 'v')
    }
    const probe = await createProbe(machine, dataset)
    const state: RunState = { ...given, curve, tuned: tiles }
    let generator: Generator | undefined
    let generatorStep = -1
    let meter: EffectMeter | undefined
    const meterNow = async (): Promise<EffectMeter> => (meter ??= await createEffectMeter(machine, dataset, settings))

    /** Over the weights of this step. */
    const generatorNow = async (): Promise<Generator> => {
      generator ??= await createGenerator(machine)
      if (generatorStep !== trainer.done) generator.reset()
      generatorStep = trainer.done
      return generator
    }
    let sampling = 0
    /** The first and the last at any rate; the others while all of them together take little of the run's time. */
    const sample = async (step: number): Promise<TextSample | undefined> => {
      const now = clock.now()
      if (step > 1 && step < given.until && sampling > (gpu.software ? 0.05 : 0.02) * now) return undefined
      const { prompt, ...how } = samplePrompt(dataset, config.context_length)
      const pieces: string[] = []
      for await (const { text } of sampleText(await generatorNow(), dataset.tokenizer, prompt, {
        ...how,
        topK: 0,
        topP: 1,
        seed: settings.seed,
      }))
        pieces.push(text)
      sampling += clock.now() - now
      // The symbols of a task are words, and the answer begins with one.
      return { step, prompt: dataset.kind === 'task' ? `${prompt} ` : prompt, text: pieces.join('') }
    }
    const begin = () => loop(trainer, { checkpointEvery: CHECKPOINT_EVERY, until: given.until, sample })
    let steps = begin()
    const flush = async (): Promise<MetricColumns> => {
      const metrics = await trainer.fetch()
      appendCurve(state.curve, { metrics })
      return metrics
    }
    return {
      gpu,
      state,
      clock,
      probe,
      summary: () => ({
        dataset: titleOf(given.choice),
        preset: given.preset,
        wiring: given.wiring,
        config,
        settings: { ...trainer.settings },
        until: given.until,
        step: trainer.done,
        parameters: countParameters(config),
        bytes: machine.pool.bytes(),
        dispatches: trainer.dispatches,
        heldOut: probe.heldOut,
        hasAccuracy: dataset.answer !== undefined,
      }),
      get step() {
        return trainer.done
      },
      get finished() {
        return trainer.done >= given.until
      },
      next: async () => {
        const result = await gpu.orFailed(steps.next()).catch((error: unknown) => {
          // A generator that has thrown is finished: whoever resumes needs another.
          steps = begin()
          throw error
        })
        if (result.done) return undefined
        appendCurve(state.curve, result.value)
        if (result.value.checkpoint) state.checkpoint = result.value.checkpoint
        return result.value
      },
      flush,
      tune: (lr) => {
        trainer.tune({ lr })
        // What goes on after a lost device goes on with it too.
        state.settings = trainer.settings
      },
      cut: async (layer, head) => cutHead(await meterNow(), config.reads, trainer.done, layer, head),
      askLab: (question, asking) => answerLab({ machine, dataset, settings, step: trainer.done, meter: meterNow }, question, asking),
      generate: async ({ prompt, ...sampling }, emit) => {
        for await (const piece of sampleText(await generatorNow(), dataset.tokenizer, prompt, sampling)) if (!emit(piece)) return
      },
      nextTokens: async (prompt, count) => {
        const window = slide(encodePrompt(dataset.tokenizer, prompt), config.context_length)
        const logits = await (await generatorNow()).next(window)
        // A vocabulary may be larger than the data's: what the tokenizer cannot write is never chosen.
        return likeliestTokens(logits.subarray(0, dataset.tokenizer.vocabSize), dataset.tokenizer, count)
      },
      folder: async () => {
        const { parameters, m, v } = await takeCheckpoint(trainer)
        await flush()
        const files = writeModelFolder({
          config,
          parameters,
          tokenizer: dataset.tokenizer.toJSON(),
          ...(given.trainable && { optimizer: { m, v } }),
          run: {
            version: RUN_VERSION,
            settings: trainer.settings,
            dataset: given.choice,
            preset: given.preset,
            seed: settings.seed,
            step: trainer.done,
            adapter: gpu.description,
            curve: state.curve,
            tuned: tiles,
          },
        })
        const plain = `${titleOf(given.choice)}-${given.wiring}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
        return { name: `skipscope-${plain}-step${trainer.done}`, files }
      },
      latest: () => state,
      save: async () => {
        await flush()
        state.checkpoint = await takeCheckpoint(trainer)
        return state
      },
      dispose: () => machine.dispose(),
    }
  } catch (error) {
    machine.dispose()
    throw error
  }
}
