/** What the charts say of what they draw. */
import type { Look, Reading } from './lines.ts'

type Drawn = Look['quantity']

interface Words {
  /** The accessible name of the picture. */
  name: string
  /** Of the vertical axis, short. */
  axis: string
  title: string
  /** In a line, after the title. */
  line: string
  /** The unit, where it needs explaining. */
  unit?: { name: string; more: string }
  text: (value: number) => string
}

const significant = (value: number): string => (value === 0 ? '0' : `${+value.toPrecision(4)}`)

export const WORDS: Record<Drawn, Words> = {
  loss: {
    name: 'Curve of the loss against the step',
    axis: 'loss (nats)',
    title: 'Loss',
    line: 'surprise at each next token; lower is better. In',
    unit: {
      name: 'nats',
      more: 'A nat is a step by the factor e = 2.718: at a loss of 1 nat the token that really came had been given one chance in 2.7, at 2 nats one in 7.4, at 0 certainty.',
    },
    text: (value) => value.toFixed(4),
  },
  accuracy: {
    name: 'Curve of the accuracy against the step',
    axis: 'right answers (%)',
    title: 'Accuracy',
    line: 'how many answers on held-out data are right; higher is better.',
    text: (value) => `${value.toFixed(1)} %`,
  },
  gradNorm: {
    name: 'Curve of the gradient norm against the step',
    axis: 'gradient norm',
    title: 'Gradient norm',
    line: 'how strongly a step pulls at all the weights together, before it is limited. Tall spikes can mean trouble.',
    text: significant,
  },
  lr: {
    name: 'Curve of the learning rate against the step',
    axis: 'learning rate',
    title: 'Learning rate',
    line: 'how far each step moves the weights, as the schedule has it.',
    text: significant,
  },
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${+seconds.toPrecision(3)} s`
  const [large, small, name, part] = seconds < 3600 ? [60, 1, 'min', 's'] : [3600, 60, 'h', 'min']
  const whole = Math.floor(Math.floor(seconds / small) / (large / small))
  return `${whole} ${name} ${Math.floor(seconds / small) - whole * (large / small)} ${part}`
}

/** The step that readings are of: the training step closest to the place, or the held-out one where nothing else was measured; of several runs the longest one's. */
export function stepOf(readings: readonly Reading[]): number {
  const training = readings.filter(({ kind }) => kind === 'training')
  return Math.max(...(training.length > 0 ? training : readings).map(({ step }) => step))
}

/** The place that readings are of. */
export function placeText(readings: readonly Reading[], against: Look['against'], at: number): string {
  const steps = `step ${readings.length > 0 ? stepOf(readings) : Math.round(at)}`
  return against === 'time' ? `${steps}, ${duration(at)}` : steps
}

/** A reading's own words, its run named when there are several, and its step where it is another than `at`. */
export function readingText({ run, kind, step }: Reading, runs: number, at: number): string {
  const what = `${kind === 'held-out' ? 'held-out data' : 'training'}${step === at ? '' : ` at step ${step}`}`
  return runs > 1 ? `${run.name}, ${what}` : what
}
