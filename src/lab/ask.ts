/** What can be asked of the model as it stands, and who answers: one question and one answer for each subject. */
import type { Dataset } from '../data/dataset.ts'
import { microBatch, type TrainSettings } from '../model/config.ts'
import type { Machine } from '../model/machine.ts'
import { measureLayers } from './batch-runs.ts'
import type { LayerScores } from './measures.ts'
import { scoreHeads, type Scored } from './scores.ts'

/** Questions are plain values, named by what they are about. */
export type LabQuestion = { about: 'layers' } | { about: 'scores' }

/** Answers are plain values too. */
export type LabAnswer =
  /** LLM-Drop's scores of every layer, on so many held-out sequences. */
  | { about: 'layers'; layers: LayerScores[]; sequences: number }
  /** Scores of every head on repeated random sequences. */
  | ({ about: 'scores' } & Scored)

/** The model that is asked, and the data it is trained on. */
export interface LabModel {
  machine: Machine
  dataset: Dataset
  settings: TrainSettings
}

export interface LabAsking {
  progress?: (done: number, total: number) => void
  /** Ends the work at its next turn. */
  stop?: () => boolean
}

/** The person no longer wants the answer. */
export class CalledOff extends Error {}

export async function answerLab({ machine, dataset, settings }: LabModel, question: LabQuestion, asking: LabAsking): Promise<LabAnswer> {
  if (asking.stop?.()) throw new CalledOff()
  switch (question.about) {
    case 'layers': {
      const T = machine.config.context_length
      const B = microBatch(settings)
      return { about: 'layers', layers: await measureLayers(machine, { ...dataset.heldOutBatch(0, B, T), B, T }), sequences: B }
    }
    case 'scores':
      return { about: 'scores', ...(await scoreHeads(machine, dataset.tokenizer.vocabSize)) }
    default:
      return question satisfies never
  }
}
