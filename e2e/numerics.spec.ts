/** The suite in Chromium, on its own implementation of WebGPU; the report is kept for the table. */
import { mkdirSync, writeFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import { failures } from './numerics/report.ts'
import type { Report } from './numerics/report.ts'

const FOLDER = 'test-results/numerics'

async function reportOf(page: Page, share: string) {
  await page.goto(`e2e/numerics/index.html?share=${share}`)
  await expect(page.getByRole('status')).toHaveText(/^(Done|Failed)/, { timeout: 580_000 })
  await expect(page.getByRole('status')).toHaveText(/^Done/)
  const report = await page.evaluate(() => window.numerics)
  if (!report) throw new Error('The page left no report.')
  return report
}

test('every operation agrees with the float64 oracle in the browser', async ({ page, playwright, launchOptions, baseURL, watch }) => {
  test.setTimeout(600_000)
  // SwiftShader compiles one kernel at a time, so that a browser keeps one processor busy.
  const other = await playwright.chromium.launch(launchOptions)
  const second = await other.newPage({ baseURL })
  watch(second)
  const [half, rest] = await Promise.all([reportOf(page, '0/2'), reportOf(second, '1/2')])
  const last = await page.evaluate((kernels) => window.entryPoints(kernels), [...half.kernels, ...rest.kernels])
  await other.close()
  const { name, adapter, lacking } = half
  const report: Report = { name, adapter, lacking, results: [...half.results, ...rest.results, last] }
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(`${FOLDER}/chromium.json`, JSON.stringify(report, null, 1))
  expect(failures(report)).toEqual([])
  expect(report.results.length).toBeGreaterThan(80)
})
