/** What can be asked of the model as it stands, and who answers: one question and one answer for each subject. */
import type { Dataset } from '../data/dataset.ts'
import { parseChanges, type Change } from '../model/changes.ts'
import { microBatch, type TrainSettings } from '../model/config.ts'
import type { Machine } from '../model/machine.ts'
import { measureLayers } from './batch-runs.ts'
import { dropChanges, dropOrder, type DropOrder, type Dropped } from './drops.ts'
import { UNDER_WAY, type Effect, type EffectMeter } from './effect.ts'
import type { LayerScores } from './measures.ts'
import { lookThrough, watch, type LabelledLens, type Place, type Prediction, type Watched } from './prediction.ts'
import { scoreHeads, type Scored } from './scores.ts'
import { closeChanges, controlOf, sweepChanges, type HeadChange, type SourceChange, type Sweep } from './sweep.ts'

/** Questions are plain values, named by what they are about. */
export type LabQuestion =
  | { about: 'layers' }
  | { about: 'scores' }
  /** What changes applied together do, to a prediction that is watched too. */
  | { about: 'effect'; changes: Change[]; watch: Prediction | null }
  /** How a prediction comes about, layer by layer and part by part; of `token`, as `lookThrough` has it. */
  | { about: 'lens'; place: Place; token: number | null }
  /** What one intervention does on every head in turn. */
  | { about: 'sweep'; sweep: Sweep }
  /** What closing one source does, of every head that has another, in turn. */
  | { about: 'sources' }
  /** What is left after each sublayer, dropped in the order of LLM-Drop's scores. */
  | { about: 'drops'; order: DropOrder }

/** A head and what became of the loss. */
export interface HeadEffect extends Effect {
  layer: number
  head: number
}

/** A source of a head, by its place in `reads`, and what became of the loss without it. */
export interface SourceEffect extends HeadEffect {
  slot: number
}

/** Answers are plain values too. */
export type LabAnswer =
  /** LLM-Drop's scores of every layer, on so many held-out sequences. */
  | { about: 'layers'; layers: LayerScores[]; sequences: number }
  /** Scores of every head on repeated random sequences. */
  | ({ about: 'scores' } & Scored)
  /** `control`: a swap beside the same swap to another layer, where there is one. */
  | { about: 'effect'; effect: Effect; control: Effect | null; watched: Watched | null }
  | ({ about: 'lens' } & LabelledLens)
  | { about: 'sweep'; sweep: Sweep; heads: HeadEffect[] }
  | { about: 'sources'; sources: SourceEffect[] }
  /** After each turn: what had gone by then is what was dropped up to it. */
  | { about: 'drops'; order: DropOrder; turns: { dropped: Dropped; effect: Effect }[] }

/** The model that is asked, and the data it is trained on. */
export interface LabModel {
  machine: Machine
  dataset: Dataset
  settings: TrainSettings
  /** Of the weights. */
  step: number
  meter: () => Promise<EffectMeter>
}

export interface LabAsking {
  progress?: (done: number, total: number) => void
  /** Ends the work at its next turn. */
  stop?: () => boolean
}

/** The person no longer wants the answer. */
export class CalledOff extends Error {}

/** Throws `CalledOff` when it is no longer wanted, and one line where a change cannot be. */
export async function answerLab(model: LabModel, question: LabQuestion, { progress, stop }: LabAsking): Promise<LabAnswer> {
  const { machine, dataset, settings, step } = model
  const { config } = machine
  const check = (): void => {
    if (stop?.()) throw new CalledOff()
  }
  /** `underWay` of them at once. */
  const inTurn = async <From, To>(all: readonly From[], work: (one: From, i: number) => Promise<To>, underWay = 1): Promise<To[]> => {
    const begun: Promise<To>[] = []
    const results: To[] = []
    try {
      for (let i = 0; i < all.length; i++) {
        while (begun.length < Math.min(i + underWay, all.length)) {
          check()
          const one = work(all[begun.length], begun.length)
          // Until its turn comes, a failure must not count as unhandled.
          one.catch(() => undefined)
          begun.push(one)
        }
        results.push(await begun[i])
        progress?.(i + 1, all.length)
      }
    } finally {
      // Whoever has the GPU next finds nothing under way.
      await Promise.allSettled(begun)
    }
    return results
  }
  check()
  switch (question.about) {
    case 'layers':
      return { about: 'layers', ...(await scoreLayers(model)) }
    case 'scores':
      return {
        about: 'scores',
        ...(await scoreHeads(machine, dataset.tokenizer.vocabSize, async (done, total) => {
          progress?.(done, total)
          await new Promise<void>((resolve) => setTimeout(resolve))
          check()
        })),
      }
    case 'effect': {
      const changes = parseChanges(question.changes, config)
      const control = controlOf(changes, config.reads)
      // First what a person typed: nothing that was measured is lost with a symbol that is none.
      const watched = question.watch && (await watch(model, question.watch, control ? [changes, control] : [changes]))
      const meter = await model.meter()
      return {
        about: 'effect',
        effect: await meter.measure(step, changes),
        control: control ? await meter.measure(step, control) : null,
        watched,
      }
    }
    case 'lens':
      return { about: 'lens', ...(await lookThrough(model, question.place, question.token)) }
    case 'sweep': {
      const meter = await model.meter()
      const measured = async ({ layer, head, changes }: HeadChange) => ({ layer, head, ...(await meter.measure(step, changes)) })
      const heads = await inTurn(sweepChanges(config, question.sweep), measured, UNDER_WAY)
      return { about: 'sweep', sweep: question.sweep, heads }
    }
    case 'sources': {
      const meter = await model.meter()
      const measured = async ({ layer, head, slot, changes }: SourceChange) => ({
        layer,
        head,
        slot,
        ...(await meter.measure(step, changes)),
      })
      const sources = await inTurn(closeChanges(config.reads), measured, UNDER_WAY)
      return { about: 'sources', sources }
    }
    case 'drops': {
      const meter = await model.meter()
      const { layers } = await scoreLayers({ machine, dataset, settings })
      const order = dropOrder(layers, question.order)
      const turns = await inTurn(order, async (dropped, i) => ({
        dropped,
        effect: await meter.measure(step, dropChanges(order.slice(0, i + 1))),
      }))
      return { about: 'drops', order: question.order, turns }
    }
    default:
      return question satisfies never
  }
}

async function scoreLayers({ machine, dataset, settings }: Pick<LabModel, 'machine' | 'dataset' | 'settings'>) {
  const T = machine.config.context_length
  const B = microBatch(settings)
  return { layers: await measureLayers(machine, { ...dataset.heldOutBatch(0, B, T), B, T }), sequences: B }
}
