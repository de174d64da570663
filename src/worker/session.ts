/** One run in the worker: its model, its data, its loop, and what the page may ask of it. Knows no messages. */
import { openDataset } from '../data/catalogue.ts'
import { tokenizerFromJSON, type Tokenizer } from '../data/tokenizer.ts'
import type { Gpu } from '../gpu/device.ts'
import { writeModelFolder, type FolderFiles, type ModelFolder } from '../io/folder.ts'
import type { CutResult, TextSample } from '../io/recording.ts'
import { RUN_VERSION } from '../io/run.ts'
import { countParameters, parseSettings, type TrainSettings } from '../model/config.ts'
import { createGenerator, slide, type Generator } from '../model/generate.ts'
import { initialParameters } from '../model/initialise.ts'
import { createMachine, type Progress } from '../model/machine.ts'
import { describeReads } from '../model/wiring-names.ts'
import { createCutter, type Cutter } from '../lab/cut.ts'
import { createProbe, type Probe } from '../lab/probe.ts'
import { appendCurve, emptyCurve, type Curve, type MetricColumns } from '../train/curve.ts'
import { loop, takeCheckpoint, type Checkpoint, type LoopEvent } from '../train/loop.ts'
import { planTraining } from '../train/planned.ts'
import type { Setup } from '../train/setup.ts'
import { encodePrompt, likeliestTokens, sampleText, type GeneratedPiece, type TokenProbability } from '../train/sample-text.ts'
import { createTrainer } from '../train/trainer.ts'
import { createClock, type Clock } from '../train/clock.ts'
import { setUpRun, type LoadText } from './preflight.ts'
import type { DatasetChoice, GenerateRequest, RunRequest, RunSummary } from './protocol.ts'
import { samplePrompt } from './sample-prompt.ts'

/** All that a run is made from: enough to build it again on another device. */
export interface RunState extends Setup {
  choice: DatasetChoice
  preset?: string
  wiring: string
  /** The last step that is made. */
  until: number
  /** Where the run stands; absent before the first step. */
  checkpoint?: Checkpoint
  curve: Curve
}

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

/** Milliseconds between checkpoints in memory: what a lost device costs at most. */
const CHECKPOINT_EVERY = 15_000

const titleOf = (choice: DatasetChoice): string => ('name' in choice ? choice.name : choice.title)

/** A run as a person set it up. Throws one line when it cannot run on this device; nothing has been made then. */
export async function prepareRun(request: RunRequest, gpu: Gpu, loadText: LoadText): Promise<RunState> {
  const { dataset: choice, preset, wiring } = request
  const setup = await setUpRun(request, loadText)
  planTraining(setup.config, setup.settings, gpu.limits)
  return {
    ...setup,
    choice,
    preset,
    wiring: 'name' in wiring ? wiring.name : 'custom',
    until: Math.min(request.until ?? setup.settings.steps, setup.settings.steps),
    curve: emptyCurve(),
  }
}

const sameVocabulary = (a: Tokenizer, b: Tokenizer): boolean =>
  a.vocabSize === b.vocabSize && Array.from({ length: a.vocabSize }, (_, id) => id).every((id) => a.label(id) === b.label(id))

/** A run from a model folder. The text that it was trained on must come with it or ship with the app. */
export async function resumeFolder(folder: ModelFolder, gpu: Gpu, loadText: LoadText): Promise<RunState> {
  const { config, run, optimizer, parameters } = folder
  if (!run || !optimizer)
    throw new Error(
      `This model folder has no ${run ? 'optimizer.safetensors' : 'run.json'}: it cannot be trained on. Export it from a run.`,
    )
  if (!('name' in run.dataset) && run.dataset.text === undefined)
    throw new Error(
      `This run was trained on "${run.dataset.title}", which is not in the folder. Export it from the page, which puts the text with it.`,
    )
  const choice: DatasetChoice = 'name' in run.dataset ? run.dataset : { title: run.dataset.title, text: run.dataset.text ?? '' }
  const settings: TrainSettings = parseSettings(run.settings)
  const dataset = await openDataset(
    choice,
    { tokenizer: settings.tokenizer, valFraction: settings.val_fraction, contextLength: config.context_length },
    loadText,
  )
  if (dataset.tokenizer.vocabSize > config.vocab_size)
    throw new Error(`The data has ${dataset.tokenizer.vocabSize} tokens, the model ${config.vocab_size}: it was trained on another text.`)
  planTraining(config, settings, gpu.limits)
  if (folder.tokenizer !== undefined && !sameVocabulary(tokenizerFromJSON(folder.tokenizer), dataset.tokenizer))
    throw new Error("The folder's tokenizer.json is not that of its data: the model was trained on another text. Export the folder again.")
  const checkpoint = { step: run.step, parameters, m: optimizer.m, v: optimizer.v }
  const wiring = describeReads(config.reads)?.name ?? 'custom'
  return { config, settings, dataset, choice, preset: run.preset, wiring, until: settings.steps, checkpoint, curve: run.curve }
}

/** The curve as it stood at a step. */
function curveUntil(curve: Curve, step: number): Curve {
  const n = curve.training.step.findIndex((s) => s > step)
  const cut = <T>(column: T[]): T[] => (n < 0 ? [...column] : column.slice(0, n))
  const { training: t } = curve
  return {
    training: { step: cut(t.step), loss: cut(t.loss), lr: cut(t.lr), gradNorm: cut(t.gradNorm), ms: cut(t.ms) },
    validation: curve.validation.filter((p) => p.step <= step),
  }
}

export async function createSession(gpu: Gpu, given: RunState, progress?: Progress): Promise<Session> {
  const { config, settings, dataset, checkpoint } = given
  const machine = createMachine(gpu, config)
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
      progress,
    })
    // Only now, when everything is known to fit.
    machine.load(checkpoint?.parameters ?? initialParameters(config, settings.seed))
    if (checkpoint) {
      machine.load(checkpoint.m, 'm')
      machine.load(checkpoint.v, 'v')
    }
    const probe = await createProbe(machine, dataset)
    const state: RunState = { ...given, curve }
    let generator: Generator | undefined
    let generatorStep = -1
    let cutter: Cutter | undefined

    /** Over the weights of this step. */
    const generatorNow = async (): Promise<Generator> => {
      generator ??= await createGenerator(machine)
      if (generatorStep !== trainer.done) generator.reset()
      generatorStep = trainer.done
      return generator
    }
    const source = async () => ({ generator: await generatorNow(), contextLength: config.context_length })
    const sample = async (step: number): Promise<TextSample> => {
      const { prompt, ...sampling } = samplePrompt(dataset, config.context_length)
      const pieces: string[] = []
      for await (const { text } of sampleText(await source(), dataset.tokenizer, prompt, { ...sampling, topK: 0, seed: settings.seed }))
        pieces.push(text)
      return { step, prompt, text: pieces.join('') }
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
      tune: (lr) => trainer.tune({ lr }),
      cut: async (layer, head) => {
        cutter ??= await createCutter(machine, dataset, settings)
        return cutter.cut(trainer.done, layer, head)
      },
      generate: async ({ prompt, ...sampling }, emit) => {
        for await (const piece of sampleText(await source(), dataset.tokenizer, prompt, sampling)) if (!emit(piece)) return
      },
      nextTokens: async (prompt, count) => {
        const { generator, contextLength } = await source()
        const logits = await generator.next(slide(encodePrompt(dataset.tokenizer, prompt), contextLength))
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
          optimizer: { m, v },
          run: {
            version: RUN_VERSION,
            settings: trainer.settings,
            dataset: given.choice,
            preset: given.preset,
            seed: settings.seed,
            step: trainer.done,
            adapter: gpu.description,
            curve: state.curve,
            tuned: {},
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
