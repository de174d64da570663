/** What a chart draws of runs: lines of few points for the picture, and exact readings for a person who points at it. */
import { nearest, positive, smooth, trainingSeries, validationSeries, within, type Against, type Quantity } from '../../store/series.ts'
import { thin, type Series } from '../../store/thin.ts'
import type { Curve } from '../../worker/protocol.ts'

/** A run as the charts show it. */
export interface DrawnRun {
  id: string
  name: string
  curve: Curve
  /** Index into the palette; also chooses the dash. */
  colour: number
  /** The run that the page is about: drawn on top, and stronger. */
  primary: boolean
}

export interface Look {
  quantity: Quantity | 'accuracy'
  against: Against
  log: boolean
  /** 0 to 0.99. */
  smoothing: number
  /** What of the x axis is seen; null is all. */
  zoom: readonly [number, number] | null
}

export type LineKind = 'training' | 'ghost' | 'held-out'

export interface DrawnLine {
  run: DrawnRun
  kind: LineKind
  points: { x: number; y: number }[]
}

/** Colours of Okabe and Ito's palette, shaded for either ground in curves.css. */
const COLOURS = 6
const DASHES = ['none', '7 3', '2 3', '9 3 2 3', '12 4', '4 2 1 2']
/** One run parts its two lines by colour; several need the colours for themselves. */
const HELD_OUT_ALONE = 1

/** The colour and the dashes of a run where several are drawn. */
export const runStroke = (colour: number): { colour: string; dash: string } => ({
  colour: `var(--run-${colour % COLOURS})`,
  dash: DASHES[colour % DASHES.length],
})

export function strokeOf(run: DrawnRun, kind: LineKind, runs: number): { colour: string; dash: string; width: number; opacity: number } {
  const index = runs === 1 ? (kind === 'held-out' ? HELD_OUT_ALONE : 0) : run.colour
  const width = (kind === 'held-out' ? 2.25 : kind === 'ghost' ? 1 : 1.5) + (run.primary && runs > 1 && kind !== 'ghost' ? 0.25 : 0)
  const dash = runs === 1 ? 'none' : runStroke(run.colour).dash
  return { colour: runStroke(index).colour, dash, width, opacity: kind === 'ghost' ? 0.4 : 1 }
}

/** Over this part of a run's length one `strength` of smoothing fades: a long run looks as smooth as a short one. */
const SMOOTHING_PARTS = 1000

function smoothed({ training }: Curve, quantity: Quantity, strength: number): number[] {
  const unit = Math.max(1, (training.step.at(-1) ?? 0) / SMOOTHING_PARTS)
  return smooth(training.step, training[quantity], strength, unit)
}

/** What has no noise is drawn as it is. */
export const smoothingOf = ({ quantity, smoothing }: Look): number => (quantity === 'lr' ? 0 : smoothing)

function seriesOf({ curve }: DrawnRun, look: Look): [LineKind, Series][] {
  const { quantity, against } = look
  const strength = smoothingOf(look)
  if (quantity === 'accuracy') return [['held-out', validationSeries(curve, 'accuracy', against)]]
  const raw = trainingSeries(curve, quantity, against)
  const training: [LineKind, Series][] =
    strength === 0
      ? [['training', raw]]
      : [
          ['ghost', raw],
          ['training', { x: raw.x, y: smoothed(curve, quantity, strength) }],
        ]
  return quantity === 'loss' ? [...training, ['held-out', validationSeries(curve, 'loss', against)]] : training
}

/** The lines in the order of drawing: ghosts below, the primary run on top. Of each at most 600 points, and none outside the zoom but a neighbour. */
export function linesOf(runs: readonly DrawnRun[], look: Look): DrawnLine[] {
  const rank = ({ run, kind }: DrawnLine): number => (kind === 'ghost' ? 0 : run.primary ? 2 : 1)
  return runs
    .flatMap((run) =>
      seriesOf(run, look).map(([kind, whole]): DrawnLine => {
        const shown = look.log ? positive(whole) : whole
        const { x, y } = look.zoom ? within(shown, look.zoom) : shown
        const { x: places, y: values } = thin(x, y)
        return { run, kind, points: places.map((place, i) => ({ x: place, y: values[i] })) }
      }),
    )
    .filter((line) => line.points.length > 0)
    .sort((a, b) => rank(a) - rank(b))
}

/** Where the x axis begins and ends when all is seen. */
export function extentOf(runs: readonly DrawnRun[], against: Against): [number, number] {
  const ends = runs.flatMap(({ curve }) => [
    (against === 'step' ? curve.training.step : curve.training.ms).at(-1) ?? 0,
    against === 'step' ? (curve.validation.at(-1)?.step ?? 0) : 0,
  ])
  return [0, Math.max(0, ...ends) / (against === 'step' ? 1 : 1000)]
}

export interface Reading {
  run: DrawnRun
  kind: LineKind
  step: number
  x: number
  value: number
}

/** The measured value closest to a place on the x axis, of every run and kind; nothing is smoothed or thinned. */
export function readingsAt(runs: readonly DrawnRun[], { quantity, against }: Look, at: number): Reading[] {
  return runs.flatMap((run) => {
    const { training, validation } = run.curve
    const found: Reading[] = []
    const add = (kind: LineKind, { x, y }: Series, steps: readonly number[]) => {
      const i = nearest(x, at)
      if (i >= 0 && Number.isFinite(y[i])) found.push({ run, kind, step: steps[i], x: x[i], value: y[i] })
    }
    if (quantity !== 'accuracy') add('training', trainingSeries(run.curve, quantity, against), training.step)
    const held = validation.map(({ step }) => step)
    if (quantity === 'loss' || quantity === 'accuracy') add('held-out', validationSeries(run.curve, quantity, against), held)
    return found
  })
}
