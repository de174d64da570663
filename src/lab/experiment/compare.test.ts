import { describe, expect, it } from 'vitest'
import { compareCells, lossAt, summarise, verdictOf } from './compare.ts'
import { curvesTable, resultsOf, runsTable } from './export.ts'
import { parsePlan } from './plan.ts'
import type { Evaluation, RunResult } from './result.ts'
import { differenceOf } from './statistics.ts'

const plan = parsePlan({
  version: 1,
  title: 'Three, "quoted"',
  dataset: { name: 'sort' },
  preset: 'smoke',
  cells: ['standard', 'skip', 'joint, all heads'].map((name) => ({ name, wiring: { name: 'standard' } })),
  baseline: 'standard',
  seeds: [1, 2, 3],
})

const at = (step: number, ms: number, loss: number, accuracy?: number): Evaluation => ({
  step,
  ms,
  loss,
  ...(accuracy !== undefined && { accuracy }),
})

const run = (cell: string, seed: number, loss: number, evaluations: Evaluation[]): RunResult => ({
  cell,
  seed,
  steps: 20,
  loss,
  sequences: [loss],
  evaluations,
  ms: evaluations[evaluations.length - 1].ms,
  cost: { parameters: 7, attention: 1, unread: 0, readingLayers: 0 },
  adapter: 'none',
  tuned: {},
})

const runs = [1, 2, 3].flatMap((seed) => [
  run('standard', seed, 2 + seed, [at(10, 100, 4, 0.5), at(20, 200, 3, 0.95)]),
  run('skip', seed, 1 + seed + 0.01 * seed, [at(10, 100, 4, 0.9), at(20, 200, 2, 1)]),
])

describe('compareCells', () => {
  it('pairs what is finished by seed, and leaves out what has no pair', () => {
    const [skip, ...others] = compareCells(plan, [...runs, run('joint, all heads', 9, 1, [at(20, 400, 1, 1)])])
    expect(others).toEqual([])
    expect(skip.seeds).toEqual([1, 2, 3])
    expect(skip.loss.mean).toBeCloseTo(-0.98, 12)
    expect(skip.adjusted).toBe(skip.loss.p)
    expect(skip.accuracy?.mean).toBeCloseTo(0.05, 12)
    expect(skip.verdict).toMatch(/^exploratory: lower loss than the baseline: −0\.980 \[−1\.005, −0\.955\], 3 seeds$/)
  })

  it('reads the slower curve where the quicker run ended', () => {
    const slow = [1, 2].map((seed) => run('joint, all heads', seed, 1, [at(10, 150, 5), at(20, 300, 2)]))
    const joint = compareCells(plan, [...runs, ...slow]).find(({ cell }) => cell === 'joint, all heads')
    // At 200 ms a third of the way from 5 to 2, beside 3.
    expect(joint?.equalTime?.each).toEqual([4 - 3, 4 - 3])
    expect(joint?.accuracy).toBeNull()
  })
})

describe('lossAt', () => {
  const curve = [at(1, 10, 4), at(2, 20, 2)]
  it.each([
    [5, undefined],
    [10, 4],
    [15, 3],
    [20, 2],
    [99, 2],
  ])('%d ms: %s', (ms, loss) => expect(lossAt(curve, ms)).toBe(loss))
})

describe('verdictOf', () => {
  const close = differenceOf([-0.03, 0.01, -0.02, 0.02, -0.04])

  it('never says that there is no difference', () => {
    expect(verdictOf(close, close.p, 1)).toBe('cannot tell apart: −0.012 [−0.044, +0.020], 5 seeds')
    expect(verdictOf(differenceOf([0.1]), null, 1)).toBe('exploratory: one seed says nothing of chance: +0.100, 1 seed')
  })

  it('says when it is the number of comparisons that leaves it open', () => {
    const apart = differenceOf([0.1, 0.2, 0.12, 0.18, 0.3])
    expect(verdictOf(apart, apart.p, 1)).toMatch(/^higher loss than the baseline: \+0\.180/)
    expect(verdictOf(apart, 0.2, 20)).toMatch(/^cannot tell apart among 20 comparisons: \+0\.180/)
  })
})

describe('what is exported', () => {
  it('has a row a run and a row an evaluation, quoted where need be', () => {
    const all = [...runs, run('joint, all heads', 1, 1, [at(20, 400, 1, 0.2)])]
    const rows = runsTable(all).trimEnd().split('\r\n')
    expect(rows).toHaveLength(8)
    expect(rows[1]).toBe('standard,1,20,3,0.95,20,200,7,1,0,0,none')
    expect(rows[7]).toBe('"joint, all heads",1,20,1,0.2,,400,7,1,0,0,none')
    expect(curvesTable(all).trimEnd().split('\r\n')).toHaveLength(1 + 6 * 2 + 1)
  })

  it('sums up each cell', () => {
    expect(summarise(runs, 'skip')).toMatchObject({ losses: [2.01, 3.02, 4.03], mastered: [10, 10, 10], ms: 200 })
    expect(summarise(runs, 'joint, all heads')).toBeNull()
    expect(resultsOf(plan, runs).cells.map(({ cell }) => cell)).toEqual(['standard', 'skip'])
  })
})
