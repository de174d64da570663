/** What the page knows from the lab, and how each message of the worker changes it. */
import type { FromWorker, LabAnswer, LabQuestion } from '../worker/protocol.ts'

export type LabSubject = LabAnswer['about']
/** The answer to questions about one subject. */
export type AnswerAbout<About extends LabSubject> = Extract<LabAnswer, { about: About }>

export interface LabView {
  /** The question that waits for its answer, and how far that is; `total` is 0 before anything is known. */
  running: { id: number; question: LabQuestion; done: number; total: number } | null
  /** The latest answers about this run's model, each with the step of its weights. */
  answers: { [About in LabSubject]?: { step: number; answer: AnswerAbout<About> } }
  /** Every effect that was measured, the newest first. */
  effects: AnswerAbout<'effect'>[]
}

export const initialLab = (): LabView => ({ running: null, answers: {}, effects: [] })

export const beginAsking = (view: LabView, id: number, question: LabQuestion): LabView => ({
  ...view,
  running: { id, question, done: 0, total: 0 },
})

type LabMessage = Extract<FromWorker, { type: 'lab-progress' | 'lab-answered' }>

/** Answers to what was asked of another run are dropped. */
export function reduceLab(view: LabView, message: LabMessage): LabView {
  if (message.id !== view.running?.id) return view
  switch (message.type) {
    case 'lab-progress':
      return { ...view, running: { ...view.running, done: message.done, total: message.total } }
    case 'lab-answered': {
      const { step, answer } = message
      if (!answer) return { ...view, running: null }
      const effects = answer.about === 'effect' ? [answer, ...view.effects] : view.effects
      return { running: null, answers: { ...view.answers, [answer.about]: { step, answer } }, effects }
    }
    default:
      message satisfies never
      return view
  }
}
