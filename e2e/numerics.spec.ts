/** The suite in Chromium, on its own implementation of WebGPU; the report is kept for the table. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { expect, test } from './fixtures.ts'
import { failures } from './numerics/report.ts'
import type { Report } from './numerics/report.ts'

const FOLDER = 'test-results/numerics'

test('every operation agrees with the float64 oracle in the browser', async ({ page }) => {
  test.setTimeout(600_000)
  await page.goto('e2e/numerics/index.html')
  await expect(page.getByRole('status')).toHaveText(/^(Done|Failed)/, { timeout: 580_000 })
  await expect(page.getByRole('status')).toHaveText(/^Done/)
  const report = await page.evaluate((): Report | undefined => window.numerics)
  if (!report) throw new Error('The page left no report.')
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(`${FOLDER}/chromium.json`, JSON.stringify(report, null, 1))
  expect(failures(report)).toEqual([])
  expect(report.results.length).toBeGreaterThan(80)
})
