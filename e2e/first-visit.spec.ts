/** A first visit: the recording that the page opens with, with a GPU and without, and the run that takes its place. */
import type { Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import {
  alert,
  button,
  field,
  finished,
  goTo,
  heatMap,
  live,
  recordingLine,
  scrubBar,
  value,
  type ButtonName,
  type LiveName,
  type Place,
} from './page-driver.ts'

const LIVE: LiveName[] = ['Step', 'Training loss', 'Validation loss', 'Tokens per second']
const PLACES: Place[] = ['Watch', 'Wiring', 'Data', 'Settings', 'Lab', 'Experiments', 'Runs', 'Speed']
const BUTTONS: ButtonName[] = ['Train', 'Pause', 'Resume', 'Step once', 'Stop', 'Export', 'Import']

/** The panels say whose run they show. */
async function expectMarks(page: Page, mark: 'Recording' | 'Your run'): Promise<void> {
  for (const title of ['Is it learning?', 'Which heads attend to earlier layers?'])
    await expect(page.getByRole('heading', { name: `${title} ${mark}`, exact: true })).toBeVisible()
}

/** What the page shows of a moment: the picture of a map, the measures, and the text. */
async function moment(page: Page): Promise<{ map: string; measures: string[]; text: string | null }> {
  return {
    map: await heatMap(page, 3, 0).evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL()),
    measures: await page
      .getByRole('table', { name: 'Measured heads' })
      .locator('[data-value]')
      .evaluateAll((elements) => elements.map((element) => element.getAttribute('data-value') ?? '')),
    text: await page
      .getByText(/^What it writes/)
      .locator('..')
      .textContent(),
  }
}

/** The recording is there, says what it is, and its bar moves maps, measures and text. */
async function scrubThroughRecording(page: Page): Promise<void> {
  await expect(recordingLine(page)).toHaveText(
    /^Recording of 4 layers of 4 heads, joint wiring, on Moby Dick: seed \d+, [\d,]+ steps, .+, \w+ \d+, \d{4}\. Nothing runs on your machine yet\.$/,
  )
  await expectMarks(page, 'Recording')
  for (const name of LIVE) await expect(live(page, name)).toHaveText('–')
  await expect(page.getByRole('img', { name: /^Attention of layer/ })).toHaveCount(16)
  await expect(page.getByRole('img', { name: 'Curve of the loss against the step' })).toBeVisible()

  const bar = scrubBar(page)
  const last = await bar.getAttribute('aria-valuetext')
  expect(last).toMatch(/^step (\d+) of \1$/)
  const newest = await moment(page)
  await bar.press('Home')
  await expect(bar).toHaveAttribute('aria-valuetext', /^step 0 of /)
  await expect(page.getByText(/^After 0 steps, on \d+ tokens/)).toBeVisible()
  const first = await moment(page)
  expect(first.map).not.toBe(newest.map)
  expect(first.measures).not.toEqual(newest.measures)
  expect(first.text).not.toBe(newest.text)
  await bar.press('ArrowRight')
  await expect(bar).not.toHaveAttribute('aria-valuetext', /^step 0 of /)
  expect((await moment(page)).map).not.toBe(first.map)
  await page.getByRole('button', { name: 'Newest', exact: true }).click()
  await expect(bar).toHaveAttribute('aria-valuetext', last ?? '')
  expect(await moment(page)).toEqual(newest)
}

test('a visit opens with a recording, and Train puts the run of this machine in its place', async ({ page }) => {
  await page.goto('./')
  // A processor stands in for the GPU here: the smallest model, on the task that it learns within minutes.
  await expect(page.getByText(/^2 layers of 2 heads: .* on this processor \(no GPU was found\)\.$/)).toBeVisible()
  await scrubThroughRecording(page)
  await expect(field(page, 'Dataset')).toHaveValue('induction')
  await expect(field(page, 'Preset')).toHaveValue('smoke')
  await expect(field(page, 'Wiring')).toHaveValue('joint')
  await field(page, 'Steps').fill('12')
  await button(page, 'Train').click()
  await finished(page)
  await expect(recordingLine(page)).toHaveCount(0)
  await expectMarks(page, 'Your run')
  expect(await value(page, 'Step')).toBe(12)
  for (const name of LIVE) await value(page, name)
  await expect(page.getByRole('img', { name: /^Attention of layer/ })).toHaveCount(4)
  await expect(page.getByText(/^After 12 steps, on \d+ tokens/)).toBeVisible()
  await expect(page.getByText('Reads back most, after 12 steps')).toBeVisible()
  await expect(scrubBar(page)).toHaveAttribute('aria-valuetext', 'step 12 of 12')

  // Wherever one is, each choice, button and live value is the only element of its name.
  for (const place of PLACES) {
    await goTo(page, place)
    for (const name of ['Dataset', 'Preset', 'Wiring', ...LIVE]) await expect(field(page, name), `${name} in ${place}`).toHaveCount(1)
    for (const name of BUTTONS) await expect(button(page, name), `${name} in ${place}`).toHaveCount(1)
  }
})

test('without WebGPU the recording can be looked through, and the fix is named', async ({ page }) => {
  await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'gpu'))
  await page.goto('./')
  await scrubThroughRecording(page)
  await expect(alert(page)).toContainText('This browser offers no WebGPU')
  await expect(alert(page)).toContainText(/turn on|Update|use Chrome/i)
  await expect(button(page, 'Train')).toBeDisabled()
  await expect(page.getByText('Training needs a GPU that this browser lets pages use; the recording below needs none.')).toBeVisible()
  await page.getByRole('button', { name: 'Head 0 of layer 1: show large' }).click()
  await expect(page.getByRole('application', { name: 'Large map of layer 1, head 0' })).toBeVisible()
})
