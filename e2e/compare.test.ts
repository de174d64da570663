/** `compare`: an experiment from its plan, equal when it is repeated, gone on with where it was left. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { jsonLines, skipscope } from './skipscope.ts'

const scratch = mkdtempSync(join(tmpdir(), 'compare-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const plan = {
  version: 1,
  title: 'Two by two',
  dataset: { name: 'sort' },
  preset: 'smoke',
  settings: { steps: 12, eval_every: 5, eval_batches: 1 },
  cells: ['standard', 'joint'].map((name) => ({ name, wiring: { name } })),
  baseline: 'standard',
  seeds: [1, 2],
  sequences: 16,
}
const planFile = join(scratch, 'plan.json')
writeFileSync(planFile, JSON.stringify(plan))

const results = z.object({
  runs: z.array(
    z.object({
      cell: z.string(),
      seed: z.int(),
      loss: z.number(),
      sequences: z.array(z.number()),
      evaluations: z.array(z.object({ step: z.int(), loss: z.number() })),
    }),
  ),
})
const read = (folder: string) => results.parse(JSON.parse(readFileSync(join(scratch, folder, 'results.json'), 'utf8')))
/** What does not depend on how quick the machine is. */
const bitsOf = (folder: string) =>
  read(folder).runs.map(({ evaluations, ...run }) => ({ ...run, evaluations: evaluations.map(({ step, loss }) => [step, loss]) }))

const compare = (out: string, file = planFile) => skipscope(['compare', '--plan', file, '--out', join(scratch, out)])

test('an experiment says how cells differ, is the same when repeated, and goes on where it was left', async () => {
  const first = await compare('first')
  expect(first.status, first.stderr).toBe(0)
  const lines = z.array(z.looseObject({ cell: z.string() })).parse(jsonLines(first.stdout))
  expect(lines.map(({ cell, seed }) => [cell, seed])).toEqual([
    ['standard', 1],
    ['joint', 1],
    ['standard', 2],
    ['joint', 2],
    ['joint', undefined],
  ])
  const losses = lines.slice(0, 4).map(({ loss }) => Number(loss))
  const difference = (losses[1] - losses[0] + losses[3] - losses[2]) / 2
  expect(lines[4]).toMatchObject({ baseline: 'standard', seeds: 2 })
  expect(Number(lines[4].difference)).toBeCloseTo(difference, 12)
  expect(lines[4].verdict).toMatch(/^exploratory: .*, 2 seeds$/)
  expect(readdirSync(join(scratch, 'first')).sort()).toEqual(['curves.csv', 'plan.json', 'results.csv', 'results.json'])
  const [run] = read('first').runs
  expect(run.evaluations.map(({ step }) => step)).toEqual([5, 10, 12])
  expect(run.sequences.length).toBeGreaterThanOrEqual(16)

  // Left after two runs.
  const { runs, ...rest } = z
    .looseObject({ runs: z.array(z.unknown()) })
    .parse(JSON.parse(readFileSync(join(scratch, 'first', 'results.json'), 'utf8')))
  const whole = bitsOf('first')
  writeFileSync(join(scratch, 'first', 'results.json'), JSON.stringify({ ...rest, runs: runs.slice(0, 2) }))
  const again = await compare('first')
  expect(again.status, again.stderr).toBe(0)
  expect(again.stderr).toContain('2 runs are finished already, 2 are left')
  expect(bitsOf('first')).toEqual(whole)

  const second = await compare('second')
  expect(second.status, second.stderr).toBe(0)
  expect(bitsOf('second')).toEqual(whole)
})

test('a folder of another plan, a cell that cannot be, and no plan at all are refused in one line', async () => {
  const other = join(scratch, 'other.json')
  const refused = async (...args: string[]) => {
    const { status, stdout, stderr } = await skipscope(['compare', ...args])
    expect([status, stdout]).toEqual([1, ''])
    return stderr.trim()
  }
  writeFileSync(other, JSON.stringify({ ...plan, seeds: [1, 3] }))
  expect(await refused('--plan', other, '--out', join(scratch, 'first'))).toMatch(
    /holds an experiment of another plan: choose another folder, or delete it\.$/,
  )
  writeFileSync(other, JSON.stringify({ ...plan, cells: [...plan.cells, { name: 'far', wiring: { name: 'skip', distance: 9 } }] }))
  expect(await refused('--plan', other, '--out', join(scratch, 'far'))).toMatch(/distance is 9: it must be a whole number from 1 to 1\.$/)
  expect(await refused('--plan', planFile)).toBe('Give --plan FILE.json and --out DIR, or --ready NAME to print a plan.')
  expect(await refused('--ready', 'everything')).toMatch(/^There is no experiment "everything"\. Choose one of: skip-against-standard, /)
})
