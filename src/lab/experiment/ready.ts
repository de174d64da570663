/** Experiments that are ready to run. */
import { presetNamed } from '../../model/config.ts'
import { parsePlan, PLAN_VERSION, type Cell, type Plan } from './plan.ts'

export interface ReadyPlan {
  name: string
  title: string
  /** What it asks, for the person who chooses. */
  asks: string
  plan: () => Plan
}

const seeds = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)

const cell = (name: string, wiring: Cell['wiring'], settings: Cell['settings'] = {}): Cell => ({ name, wiring, settings })
const STANDARD = cell('standard', { name: 'standard' })

const planOf = (title: string, given: Pick<Plan, 'preset' | 'settings' | 'cells' | 'seeds'> & { dataset: string }): Plan =>
  parsePlan({ version: PLAN_VERSION, baseline: given.cells[0].name, ...given, title, dataset: { name: given.dataset } })

/** Of four heads a quarter, a half, three quarters. */
const HEADS = [1, 2, 3]
const DEPTH = 6

function layersBackTimesHeads(): Cell[] {
  const top = DEPTH - 1
  const distances = Array.from({ length: top }, (_, i) => i + 1)
  const skip = (what: string, options: { distance: number; heads: number; first?: number }): Cell =>
    cell(what, { name: 'skip', ...options })
  return [
    STANDARD,
    ...distances.flatMap((distance) => HEADS.map((heads) => skip(`distance ${distance}, ${heads} heads`, { distance, heads }))),
    // At one distance, the number of layers that read; one of them is the first cell of the row below, all of them are above.
    ...distances
      .slice(1, -1)
      .map((reading) => skip(`distance 1, 2 heads, ${reading} of ${top} layers`, { distance: 1, heads: 2, first: DEPTH - reading })),
    // A longer distance leaves fewer layers that can read: here one reads, whatever the distance.
    ...distances.slice(0, -1).map((distance) => skip(`distance ${distance}, 2 heads, top layer only`, { distance, heads: 2, first: top })),
  ]
}

const probe = (layers: number, distances: number[]): Cell[] =>
  [
    STANDARD,
    ...distances.map((distance) => cell(`skip ${distance}`, { name: 'skip', distance })),
    cell('joint', { name: 'joint' }),
    cell('all earlier', { name: 'all-earlier' }),
  ].map((one) => ({ ...one, settings: { ...one.settings, n_layers: layers } }))

const DEEP_STEPS = 10_000

export const READY_PLANS: ReadyPlan[] = [
  {
    name: 'skip-against-standard',
    title: 'Skip and joint against standard',
    asks: 'Does reading an earlier layer help on text at all?',
    plan: () =>
      planOf('Skip and joint against standard', {
        dataset: 'moby-dick',
        preset: 'tiny',
        settings: {},
        cells: [STANDARD, cell('skip', { name: 'skip' }), cell('joint', { name: 'joint' })],
        seeds: seeds(5),
      }),
  },
  {
    name: 'layers-back',
    title: 'Layers back × heads',
    asks: 'How far back, with how many heads, and is it the distance or the number of layers that read? Many cells, three seeds: to find where to look closer.',
    plan: () =>
      planOf('Layers back × heads', {
        dataset: 'moby-dick',
        preset: 'tiny',
        settings: { n_layers: DEPTH },
        cells: layersBackTimesHeads(),
        seeds: seeds(3),
      }),
  },
  ...[3, 4].map((layers) => ({
    name: `k-hop-${layers}`,
    title: `k-hop in ${layers} layers`,
    asks: `Four hops by ${layers} layers: composing needs depth, and reading earlier layers may take it away or give it back.`,
    plan: () =>
      planOf(`k-hop in ${layers} layers`, {
        dataset: 'k-hop:k=4',
        preset: 'tiny',
        settings: { steps: DEEP_STEPS, eval_every: 500 },
        cells: probe(layers, layers === 3 ? [1, 2] : [1, 2, 3]),
        seeds: seeds(5),
      }),
  })),
  {
    name: 'mqar',
    title: 'Associative recall',
    asks: 'Does a head that reads raw values of an early layer recall pairs sooner?',
    plan: () =>
      planOf('Associative recall', {
        dataset: 'associative-recall',
        preset: 'tiny',
        settings: { positions: 'rope', steps: DEEP_STEPS / 2, eval_every: 250 },
        cells: [...probe(4, [2]), cell('values from first', { name: 'values-from-first' }, { n_layers: 4 })],
        seeds: seeds(5),
      }),
  },
  {
    name: 'three-rates',
    title: 'Three rates',
    asks: 'Is the better wiring better only because the rate suits it?',
    plan: () => {
      const { lr = 1e-3 } = presetNamed('tiny').train
      const at = (name: string, times: number): Cell =>
        cell(`${name}, rate × ${times}`, { name }, { lr: lr * times, min_lr: (lr * times) / 10 })
      return planOf('Three rates', {
        dataset: 'moby-dick',
        preset: 'tiny',
        settings: {},
        cells: [1, 0.5, 2].flatMap((times) => [at('standard', times), at('joint', times)]),
        seeds: seeds(5),
      })
    },
  },
]
