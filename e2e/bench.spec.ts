/** The bench in the page: shapes timed, kernels profiled, results copied, and never beside a run. */
import type { Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import { alert, button, ENDLESS, field, goTo, pause, reach, train } from './page-driver.ts'

const named = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const results = (page: Page) => page.getByRole('region', { name: 'Results on this machine' })
const kernels = (page: Page) => page.getByRole('region', { name: 'Kernels of a step of smoke' })

/** The cells of a column. */
const column = (page: Page, index: number) => kernels(page).locator(`tbody tr > :nth-child(${index})`).allInnerTexts()

test('an address with bench times a step and its kernels, to be sorted and copied', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.goto('./?bench=smoke&bench_steps=21&profile=1')
  await expect(page.getByRole('tab', { name: 'Speed', selected: true })).toBeVisible()
  await expect(page.getByText('The benchmark is complete.')).toBeVisible({ timeout: 120_000 })
  const [, ms, least, most] = await results(page).locator('tbody tr > *').allInnerTexts()
  expect(Number(least)).toBeGreaterThan(0)
  expect(Number(ms)).toBeGreaterThanOrEqual(Number(least))
  expect(Number(most)).toBeGreaterThanOrEqual(Number(ms))

  await expect(page.getByRole('img', { name: /^Share of a step of smoke by kernel: product\./ })).toBeVisible()
  const shares = (await column(page, 5)).map(parseFloat)
  expect(shares.length).toBeGreaterThan(10)
  expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(100, 0)
  expect(shares).toEqual([...shares].sort((a, b) => b - a))
  await kernels(page).getByRole('button', { name: 'Kernel' }).click()
  const names = await column(page, 1)
  expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)))
  await expect(kernels(page).getByRole('columnheader', { name: 'Kernel' })).toHaveAttribute('aria-sort', 'ascending')

  await named(page, 'Copy as Markdown').click()
  await expect(page.getByText('Copied as Markdown.')).toBeVisible()
  const markdown = await page.evaluate(() => navigator.clipboard.readText())
  expect(markdown).toContain(`| smoke | ${ms} |`)
  expect(markdown).toContain('### Kernels of smoke')
  await named(page, 'Copy as JSON').click()
  await expect(page.getByText('Copied as JSON.')).toBeVisible()
  const json: unknown = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))
  expect(json).toMatchObject({ results: [{ config: 'smoke', steps: 21, windows: 2, submits: 1 }], profiles: { smoke: {} } })

  // A training may follow at once.
  await train(page, { dataset: 'Moby Dick', preset: 'Smoke', wiring: 'Joint', steps: 5 })
  await expect(page.getByText('Training is finished.')).toBeVisible()
})

test('a benchmark can be cancelled, and gives way to a run', async ({ page }) => {
  await page.goto('./?bench=smoke,tiny&bench_steps=100000')
  await expect(page.getByText(/^Timing smoke: \d/)).toBeVisible({ timeout: 120_000 })
  await named(page, 'Cancel benchmark').click()
  await expect(page.getByText('The benchmark was cancelled')).toBeVisible({ timeout: 60_000 })
  await expect(named(page, 'Cancel benchmark')).toBeDisabled()

  await page.getByRole('checkbox', { name: /^Tiny/ }).uncheck()
  await named(page, 'Run benchmark').click()
  await expect(page.getByText(/^Timing smoke: \d/)).toBeVisible({ timeout: 60_000 })
  await train(page, { dataset: 'Moby Dick', preset: 'Smoke', wiring: 'Joint', steps: ENDLESS })
  await reach(page, 3)
  await expect(page.getByText('The benchmark was cancelled')).toBeVisible()
  await expect(alert(page)).toHaveCount(0)
})

/** What a tune-up would have kept: a processor has none of its own. */
async function rememberTiles(page: Page, adapter: string, tiles: Record<string, string>): Promise<void> {
  await page.evaluate(
    ([key, value]) =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('skipscope-tuned')
        opening.onerror = () => reject(new Error(opening.error?.message))
        opening.onsuccess = () => {
          const writing = opening.result.transaction('tiles', 'readwrite')
          writing.objectStore('tiles').put(value, key)
          writing.oncomplete = () => {
            opening.result.close()
            resolve()
          }
        }
      }),
    [adapter, tiles] as const,
  )
}

test('the tiles that a tune-up chose are listed, looked up again after a run and after a benchmark, and forgotten for good', async ({
  page,
}) => {
  await page.goto('./?bench=smoke&bench_steps=1')
  await expect(page.getByText('The benchmark is complete.')).toBeVisible({ timeout: 120_000 })
  const forget = named(page, 'Forget tuned kernels')
  await expect(page.getByText('This adapter is a processor, where there is nothing to choose')).toBeVisible()
  await expect(forget).toBeDisabled()
  const told = await page.getByText(/^On .*\. Median, least and most/).innerText()
  const adapter = told.slice('On '.length, told.indexOf('. Median'))

  const tuned = page.getByRole('region', { name: 'Tuned products' })
  const cells = () => tuned.locator('tbody tr > *').allInnerTexts()
  await rememberTiles(page, adapter, { '256×32×128': '64×64' })
  await expect(tuned).toHaveCount(0)
  await train(page, { dataset: 'Moby Dick', preset: 'Smoke', wiring: 'Joint', steps: 3 })
  await expect(tuned).toBeVisible()
  expect(await cells()).toEqual(['256×32×128', '64×64'])
  await expect(page.getByText(`Chosen on ${adapter}; this browser remembers them.`)).toBeVisible()
  await expect(page.getByText('Training is finished.')).toBeVisible()

  await rememberTiles(page, adapter, { '256×32×128': '32×32', '32×32×256 Aᵀ': 'registers' })
  await named(page, 'Run benchmark').click()
  await expect(tuned.locator('tbody tr')).toHaveCount(2)
  expect(await cells()).toEqual(['256×32×128', '32×32', '32×32×256 Aᵀ', 'registers'])

  await forget.click()
  await expect(tuned).toHaveCount(0)
  await expect(forget).toBeDisabled()
  await page.reload()
  await goTo(page, 'Speed')
  await expect(page.getByText('This adapter is a processor, where there is nothing to choose')).toBeVisible()
})

test('no benchmark beside a run, nor of a shape that does not exist', async ({ page }) => {
  await page.goto('./?bench=huge')
  await expect(alert(page)).toContainText(
    'The address asks for bench=huge, which does not exist. Choose among: smoke, tiny, baby, gpt2s, all.',
  )
  await goTo(page, 'Speed')
  await expect(named(page, 'Run benchmark')).toBeEnabled()
  await train(page, { dataset: 'Moby Dick', preset: 'Smoke', wiring: 'Joint', steps: ENDLESS })
  await reach(page, 1)
  await expect(named(page, 'Run benchmark')).toBeDisabled()
  await expect(page.getByText('A run is being trained: pause or stop it first')).toBeVisible()
  await pause(page)
  await expect(named(page, 'Run benchmark')).toBeEnabled()
  await field(page, 'How many to time').fill('1.5')
  await expect(named(page, 'Run benchmark')).toBeDisabled()
  await field(page, 'How many to time').fill('2')
  await named(page, 'Run benchmark').click()
  await expect(page.getByText('The benchmark is complete.')).toBeVisible({ timeout: 60_000 })
  // The paused run is still there.
  await button(page, 'Step once').click()
  await reach(page, 2)
})
