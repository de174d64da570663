/** The suite in Node, on the adapter that e2e/run.mjs chose; its results are kept for the table. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { openNodeGpu } from '../../src/cli/adapter.ts'
import type { Report, Result } from './report.ts'
import { createSuite, ENTRY_POINTS_CASE, entryPoints, FAMILIES, familiesFor, lackingOn } from './suite.ts'

const FOLDER = 'test-results/numerics'
const name = process.env.SKIPSCOPE_ADAPTER ?? 'system'

async function openWith(limits: 'adapter' | 'default') {
  process.env.SKIPSCOPE_LIMITS = limits
  return openNodeGpu({ f16: true })
}

const gpu = await openWith('adapter')
const suite = createSuite(gpu)
const lacking = lackingOn(gpu)
const small = createSuite(await openWith('default'), { limits: 'default' })
const results: Result[] = []

describe(`operations against the float64 oracle on ${gpu.description}${lacking && ` (${lacking})`}`, () => {
  for (const { cases, run } of [suite, small])
    for (const of of cases)
      it(of.name, async () => {
        const result = await run(of)
        results.push(result)
        expect(result.worst, result.where).toBeLessThanOrEqual(result.tolerance)
      })

  // Of the two families each has its own.
  if (familiesFor(gpu).length === FAMILIES.length)
    it('ran every entry point of every shader', () => {
      const used = new Set([...suite.kernels(), ...small.kernels()])
      const missing = entryPoints().filter((entry) => !used.has(entry))
      results.push({ case: ENTRY_POINTS_CASE, worst: missing.length, tolerance: 0, where: missing.join(', '), milliseconds: 0 })
      expect(missing).toEqual([])
    })
})

afterAll(() => {
  suite.dispose()
  small.dispose()
  mkdirSync(FOLDER, { recursive: true })
  const report: Report = { name, adapter: gpu.description, lacking, results }
  writeFileSync(`${FOLDER}/${name}.json`, JSON.stringify(report, null, 1))
})
