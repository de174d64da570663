import { describe, expect, it } from 'vitest'
import { setUp } from '../../train/setup.ts'
import { initialParameters } from '../../model/initialise.ts'
import { parsePlan, requestOf, runsOf } from './plan.ts'
import { READY_PLANS } from './ready.ts'
import { costOf } from './run.ts'

/** In place of the text that ships. */
const loadText = () => Promise.resolve('A whale swims under the ship and over the reef. '.repeat(400))

const plan = {
  version: 1,
  title: 'Two',
  dataset: { name: 'moby-dick' },
  preset: 'smoke',
  settings: { steps: 5 },
  cells: [
    { name: 'standard', wiring: { name: 'standard' } },
    { name: 'joint', wiring: { name: 'joint', distance: 1 }, settings: { dropout: 0.1 } },
  ],
  baseline: 'standard',
  seeds: [1, 2],
}

describe('a plan', () => {
  it('is taken with what it leaves out filled in, and its file gives the same plan again', () => {
    const parsed = parsePlan(plan)
    expect(parsed).toMatchObject({ sequences: 64, cells: [{ settings: {} }, { settings: { dropout: 0.1 } }] })
    expect(parsePlan(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed)
  })

  it.each([
    [{ version: 2 }, /version/],
    [{ cells: plan.cells.slice(0, 1) }, /cells/],
    [{ cells: [plan.cells[0], plan.cells[0]] }, /two cells have one name: give each its own/],
    [{ baseline: 'skip' }, /there is no cell "skip": choose one of standard, joint/],
    [{ seeds: [1, 1] }, /a seed is listed twice/],
    [{ seeds: [] }, /seeds/],
    [{ cells: [plan.cells[0], { ...plan.cells[1], settings: { seed: 3 } }] }, /seeds belong to the whole experiment/],
    [
      { cells: [plan.cells[0], { ...plan.cells[1], settings: { batch_size: 4 } }] },
      /"joint" sets batch_size.*: set it for all, in "settings"/,
    ],
    [{ colour: 'red' }, /colour/],
  ])('with %j is refused in one line', (change, says) => {
    expect(() => parsePlan({ ...plan, ...change }, 'plan.json')).toThrow(says)
    expect(() => parsePlan({ ...plan, ...change }, 'plan.json')).toThrow(/^plan\.json: [^\n]+$/)
  })

  it('runs seed by seed, a cell’s settings over those of all', () => {
    const parsed = parsePlan(plan)
    expect(runsOf(parsed).map(({ cell, seed }) => `${cell.name} ${seed}`)).toEqual(['standard 1', 'joint 1', 'standard 2', 'joint 2'])
    expect(requestOf(parsed, runsOf(parsed)[3]).overrides).toEqual({ steps: 5, dropout: 0.1, seed: 2 })
  })

  it('gives all cells of a seed the same batches and the same start', async () => {
    const parsed = parsePlan(plan)
    const [one, other] = await Promise.all(
      runsOf(parsed)
        .slice(0, 2)
        .map((run) => setUp(requestOf(parsed, run), loadText)),
    )
    for (const step of [1, 2, 5])
      expect(other.dataset.trainBatch(other.settings.seed, step, 8, 32)).toEqual(one.dataset.trainBatch(one.settings.seed, step, 8, 32))
    expect(initialParameters(other.config, 1)).toEqual(initialParameters(one.config, 1))
  })
})

describe.each(READY_PLANS)('the ready experiment $name', ({ plan: make }) => {
  it('can be set up in every cell', async () => {
    const made = make()
    expect(made.seeds.length).toBeGreaterThan(2)
    const setups = await Promise.all(made.cells.map((cell) => setUp(requestOf(made, { cell, seed: 1 }), loadText)))
    const costs = setups.map(({ config, settings }) => costOf(config, settings))
    // None is trained twice: it would count as a comparison of its own.
    expect(new Set(setups.map(({ config, settings }) => JSON.stringify([config, settings]))).size).toBe(made.cells.length)
    // Compared at one number of parameters.
    expect(new Set(costs.map(({ parameters }) => parameters)).size).toBe(1)
    expect(costs[0]).toMatchObject({ attention: 1, unread: 0, readingLayers: 0 })
  })
})
