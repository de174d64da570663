/** An experiment in the page: queued, through a reload, to results that the command line repeats. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { z } from 'zod'
import { checkRules } from './axe.ts'
import { expect, test } from './fixtures.ts'
import { alert, button, commandLines, field, goTo, reach, train, ENDLESS } from './page-driver.ts'

const scratch = mkdtempSync(join(tmpdir(), 'experiments-'))
test.afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const named = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

async function queue(page: Page, { seeds, steps }: { seeds: number; steps: number }): Promise<void> {
  await goTo(page, 'Experiments')
  await field(page, 'Number of seeds').fill(`${seeds}`)
  await field(page, 'Steps of each run').fill(`${steps}`)
  await expect(page.getByText(`= ${2 * seeds} runs`).first()).toBeVisible()
  await named(page, 'Queue the experiment').click()
}

async function saved(page: Page, name: string): Promise<string> {
  const download = page.waitForEvent('download')
  await named(page, name).click()
  const path = join(scratch, (await download).suggestedFilename())
  await (await download).saveAs(path)
  return path
}

const results = z.object({ runs: z.array(z.object({ cell: z.string(), seed: z.int(), loss: z.number() })) })
const line = z.looseObject({ cell: z.string(), loss: z.number().optional(), verdict: z.string().optional() })

test('two settings by two seeds: a reload loses one run at most, and the command line gives the same numbers', async ({ page }) => {
  await page.goto('./?preset=smoke')
  await queue(page, { seeds: 2, steps: 20 })
  await expect(page.getByText(/[12] of 4 runs are finished/)).toBeVisible()
  await page.reload()
  await goTo(page, 'Experiments')
  await expect(page.getByText(/[1-4] of 4 runs are finished/)).toBeVisible()
  await expect(page.getByText('Finished. 4 of 4 runs are finished.')).toBeVisible({ timeout: 120_000 })
  const table = page.getByRole('table', { name: 'Settings compared with the baseline' })
  await expect(table.getByRole('row')).toHaveCount(3)
  const verdict = await table.getByRole('row').last().getByRole('cell').first().innerText()
  expect(verdict).toMatch(/^exploratory: (cannot tell apart|lower loss|higher loss).*\[.*\], 2 seeds$/)
  await expect(page.getByRole('img', { name: /^Loss minus the baseline’s, by seed\. joint: exploratory/ })).toBeVisible()
  await expect(page.getByRole('img', { name: 'Held-out loss of every seed by step' }).locator('.recharts-line')).toHaveCount(4)
  // A colour that is not defined draws nothing.
  for (const drawn of await page.locator('.recharts-line path, .experiments-dots circle').all())
    await expect(drawn).not.toHaveCSS('stroke', 'none')

  const plan = await saved(page, 'Save the plan')
  const shown = results.parse(JSON.parse(readFileSync(await saved(page, 'Save results as JSON'), 'utf8')))
  const csv = readFileSync(await saved(page, 'Save results as CSV'), 'utf8')
  expect(csv.split('\r\n')).toHaveLength(1 + 4 + 1)
  const lines = z.array(line).parse(await commandLines(['compare', '--plan', plan, '--out', join(scratch, 'again')]))
  expect(lines.slice(0, 4).map(({ cell, seed, loss }) => ({ cell, seed, loss }))).toEqual(
    shown.runs.map(({ cell, seed, loss }) => ({ cell, seed, loss })),
  )
  expect(lines[4].verdict).toBe(verdict)

  // Half-way from one colour to the other nothing has its contrast.
  await page.addStyleTag({ content: '*, ::before, ::after { transition: none !important; }' })
  await checkRules(page, 'Experiments with results')
  await named(page, 'Delete the experiment').click()
  await expect(table).toHaveCount(0)
})

test('a second tab leaves the experiments to the first, and goes on with them once that is closed', async ({ page, context }) => {
  await page.goto('./?preset=smoke')
  await queue(page, { seeds: 1, steps: 5000 })
  await expect(page.getByText(/Now standard, seed 1: step \d/)).toBeVisible()
  const other = await context.newPage()
  await other.goto('./?preset=smoke')
  await goTo(other, 'Experiments')
  const note = other.getByText('Another tab of this browser runs the experiments')
  await expect(note).toBeVisible()
  await expect(named(other, 'Queue the experiment')).toBeDisabled()
  await expect(named(other, 'Delete the experiment')).toHaveCount(0)
  await expect(other.getByText(/^Is being run\./)).toBeVisible()
  await page.close()
  await expect(other.getByText(/Now standard, seed 1: step \d/)).toBeVisible()
  await expect(note).toBeHidden()
  await named(other, 'Delete the experiment').click()
})

test('an experiment is held, makes room for a run, and goes on; a plan that is none is refused', async ({ page }) => {
  await page.goto('./?preset=smoke')
  await queue(page, { seeds: 1, steps: 5000 })
  await expect(page.getByText(/Now standard, seed 1: step \d/)).toBeVisible()
  await named(page, 'Hold the experiment').click()
  await expect(page.getByText(/^Held\./)).toBeVisible()
  await named(page, 'Go on with the experiment').click()
  await expect(page.getByText(/^Is being run\./)).toBeVisible()
  await train(page, { dataset: 'Moby Dick', preset: 'Smoke', wiring: 'Joint', steps: ENDLESS })
  await reach(page, 3)
  await goTo(page, 'Experiments')
  await expect(page.getByText('the GPU was wanted for something else')).toBeVisible()
  await named(page, 'Go on with the experiment').click()
  await expect(page.getByText('Pause or stop the run first.')).toBeVisible()
  await button(page, 'Stop').click()
  await named(page, 'Go on with the experiment').click()
  await expect(page.getByText(/^Is being run\./)).toBeVisible()
  await named(page, 'Delete the experiment').click()

  const file = join(scratch, 'no-plan.json')
  writeFileSync(file, JSON.stringify({ version: 1, title: 'x' }))
  await page.getByLabel('Plan file').setInputFiles(file)
  await expect(alert(page)).toContainText('no-plan.json: ')
})
