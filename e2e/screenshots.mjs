/**
 * Pictures of every view, light and dark, wide and on a phone: `node e2e/screenshots.mjs BUILD OUT [STEPS] [--pack]` in the Chromium of CHROMIUM (and CHROMIUM_FLAGS), of
 * what `npm run build:e2e` made. It times the shapes that Speed opens with, and trains a standard run and a joint one of STEPS steps on the preset that the page opens with; the lab is asked about the latter. With --pack one archive, OUT/views.tar,
 * takes the place of the pictures.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CHROMIUM_FLAGS } from './chromium-flags.mjs'
import { serve } from './serve.mjs'

/** What lies further down than `tallest` is left out: all pictures together are to stay small. */
const FORMS = { wide: { width: 1400, tallest: 1500 }, phone: { width: 390, tallest: 2200 } }
const SCHEMES = ['light', 'dark']

const named = (page, name) => page.getByRole('button', { name, exact: true })

/** Charts follow the page's width with a delay of their own. */
async function settled(page) {
  await page.mouse.move(0, 0)
  await page.waitForTimeout(600)
}

/** One view in all its forms. What covers the page is taken as the window shows it, everything else from the top. */
async function takeViews(page, out, name, { covers = false } = {}) {
  for (const [form, { width, tallest }] of Object.entries(FORMS)) {
    await page.setViewportSize({ width, height: 900 })
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await settled(page)
      const full = await page.evaluate(() => document.documentElement.scrollHeight)
      const clip = covers ? undefined : { x: 0, y: 0, width, height: Math.min(full, tallest) }
      const path = join(out, `${name}-${form}-${colorScheme}.jpg`)
      await page.screenshot({ path, type: 'jpeg', quality: 55, fullPage: !covers, clip })
    }
  }
  await page.setViewportSize({ width: FORMS.wide.width, height: 900 })
}

const open = (page, place) => page.getByRole('tab', { name: place, exact: true }).click()

async function train(page, wiring, steps) {
  await page.getByLabel('Wiring', { exact: true }).selectOption({ label: wiring })
  await page.getByLabel('Steps', { exact: true }).fill(`${steps}`)
  await named(page, 'Train').click()
}

const finished = (page) => page.getByText('Training is finished.').waitFor({ timeout: 600_000 })

/** The parts of the lab, each with its answers. */
async function takeLab(page, out) {
  const part = (title) => open(page, title)
  const ask = async (name) => {
    await named(page, name).click()
    await named(page, name).and(page.locator(':enabled')).waitFor({ timeout: 600_000 })
  }
  await open(page, 'Lab')
  await ask('Score the heads')
  await ask('Sweep all heads')
  await takeViews(page, out, 'lab-heads')
  await part('Depth map')
  await page.getByRole('grid', { name: 'Depth map, readers by source layers' }).getByRole('button').last().click()
  await takeViews(page, out, 'lab-depth')
  await part('Lens')
  await named(page, 'Take the held-out sample').click()
  await ask('Look through the lens')
  const tokens = page.getByRole('group', { name: 'Text under the lens' }).getByRole('button')
  await tokens.nth(-2).click()
  await tokens.nth(-2).and(page.locator('[aria-pressed="true"]')).waitFor()
  await takeViews(page, out, 'lab-lens')
  await part('Interventions')
  await named(page, 'Add it').click()
  await ask('Measure the change of loss')
  await takeViews(page, out, 'lab-interventions')
  await part('Layers')
  await ask('Score the layers')
  await ask('Drop attention, layer by layer')
  await takeViews(page, out, 'lab-layers')
}

/** An experiment before it is queued, and its results. */
async function takeExperiments(page, out, steps) {
  await open(page, 'Experiments')
  await page.getByLabel('Steps of each run', { exact: true }).fill(`${steps}`)
  await takeViews(page, out, 'experiments-new')
  await named(page, 'Queue the experiment').click()
  await page.getByText(/^Finished\. \d+ of \d+ runs are finished\./).waitFor({ timeout: 900_000 })
  await takeViews(page, out, 'experiments')
}

export async function screenshots(context, origin, { out, steps = 2000, query = '' }) {
  mkdirSync(out, { recursive: true })
  const page = await context.newPage()
  const errors = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  await page.goto(`${origin}/${query}`)
  await page.addStyleTag({ content: '*, ::before, ::after { transition: none !important; }' })
  const maps = page.getByRole('img', { name: /^Attention of layer/ })
  await maps.first().waitFor()
  await page.getByText('Measuring this machine…').waitFor({ state: 'detached', timeout: 60_000 })
  await takeViews(page, out, 'watch-recording')
  await maps.last().click()
  await page.getByRole('dialog').waitFor()
  await takeViews(page, out, 'large-map', { covers: true })
  await page.keyboard.press('Escape')
  await named(page, 'Keys and words').click()
  await page.getByRole('dialog').waitFor()
  await takeViews(page, out, 'help', { covers: true })
  await page.keyboard.press('Escape')
  for (const place of ['Wiring', 'Data', 'Settings']) {
    await open(page, place)
    await takeViews(page, out, place.toLowerCase())
  }
  await open(page, 'Speed')
  await page.getByRole('checkbox', { name: 'Also time every kernel' }).check()
  await named(page, 'Run benchmark').click()
  await page.getByText('The benchmark is complete.').waitFor({ timeout: 600_000 })
  await takeViews(page, out, 'speed')
  await open(page, 'Watch')
  await train(page, 'Standard', Math.ceil(steps / 2))
  await finished(page)
  await train(page, 'Joint', steps)
  await page.waitForFunction(
    (step) => Number(document.querySelector('output[aria-label="Step"]')?.textContent) >= step,
    Math.ceil(steps / 4),
    {
      timeout: 600_000,
    },
  )
  await takeViews(page, out, 'watch-training')
  await finished(page)
  // Tasks begin with an empty prompt.
  if ((await page.getByRole('textbox', { name: 'Prompt', exact: true }).inputValue()) !== '') {
    await named(page, 'Generate').click()
    await page.getByRole('region', { name: 'Generated text', exact: true, busy: false }).waitFor()
  }
  await takeViews(page, out, 'watch-trained')
  await takeLab(page, out)
  await takeExperiments(page, out, Math.ceil(steps / 2))
  await open(page, 'Runs')
  const boxes = page.getByRole('checkbox', { name: /^Draw / })
  await boxes.nth(1).waitFor({ timeout: 60_000 })
  await boxes.nth(0).check()
  await boxes.nth(1).check()
  await takeViews(page, out, 'runs')
  await page.close()
  return { errors }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const pack = process.argv.includes('--pack')
  const [build, out, steps = '2000'] = process.argv.slice(2).filter((argument) => argument !== '--pack')
  if (!build || !out) throw new Error('Usage: node e2e/screenshots.mjs BUILD OUT [STEPS] [--pack]')
  const { chromium } = createRequire(import.meta.url)('playwright-core')
  const server = await serve(build)
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: CHROMIUM_FLAGS,
  })
  const context = await browser.newContext()
  mkdirSync(out, { recursive: true })
  const pictures = pack ? mkdtempSync(join(tmpdir(), 'views-')) : out
  console.log(JSON.stringify(await screenshots(context, server.origin, { out: pictures, steps: Number(steps) })))
  if (pack) execFileSync('tar', ['-cf', join(out, 'views.tar'), '-C', pictures, '.'])
  await browser.close()
  server.close()
}
