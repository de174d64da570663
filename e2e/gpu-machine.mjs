/**
 * Chromium on a machine with a GPU and no npm: `node e2e/gpu-machine.mjs BUILD OUT TASK …`, where BUILD is what `npm run build:e2e` made, OUT takes screenshots, and a
 * task is `numerics[:SHARE]` (every operation in the page, or with 0/2 the first half), `golden` (every golden case), `generation[:SHAPES]` (how quickly models write), `visit[:SECONDS[:NAME[:QUERY]]]` (a first visit, measured), `views[:STEPS]` (a picture of every view), `bench[:SHAPES]` (the bench view),
 * `cost:SHAPE:TURNS:QUERY` (what the page costs a step: the bench view and a run with that query, shown live, in turn in one browser), or `train:QUERY[:SECONDS[:NAME]]`: the page with that query, such as
 * `train:autostart=1&preset=baby&steps=400:60:baby`, where ORIGIN stands for the address of BUILD, so that it may bring a text; waits until the run is done or the seconds are over, prints its speed and takes a screenshot.
 * Needs playwright-core, CHROMIUM, CHROMIUM_FLAGS and, where Chromium lacks libraries, CHROMIUM_LIBS.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { browserCommand } from './golden-browser.mjs'
import { CASES, checkCase, LIMITS } from './golden-check.mjs'
import { firstVisit } from './first-visit.mjs'
import { screenshots } from './screenshots.mjs'
import { serve } from './serve.mjs'

const { chromium } = createRequire(import.meta.url)('playwright-core')
const [build, out, ...tasks] = process.argv.slice(2)
if (!build || !out || tasks.length === 0) throw new Error('Usage: node e2e/gpu-machine.mjs BUILD OUT TASK …')
mkdirSync(out, { recursive: true })

const { origin, close } = await serve(build)

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: process.env.CHROMIUM_FLAGS?.split(' '),
  env: { ...process.env, LD_LIBRARY_PATH: process.env.CHROMIUM_LIBS ?? '' },
})
let failed = 0

/** The GPU process may restart once just after the start: an adapter asked for before that is lost. */
async function openPage() {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } })
  page.on('pageerror', (error) => {
    failed++
    console.log(`page error: ${error.message}`)
  })
  page.on('console', (message) => {
    if (message.type() === 'error') console.log(`console error: ${message.text()}`)
  })
  return page
}
const first = await openPage()
await first.goto('chrome://gpu')
await first.waitForTimeout(3000)
await first.close()

async function numerics(share = '') {
  const page = await openPage()
  await page.goto(`${origin}/e2e/numerics/?share=${share}`)
  const status = page.getByRole('status')
  await status.filter({ hasText: /^(Done|Failed)/ }).waitFor({ state: 'attached', timeout: 420_000 })
  const report = await page.evaluate(() => window.numerics)
  if (report) writeFileSync(join(out, `numerics-chromium${share && `-${share.replace('/', 'of')}`}.json`), JSON.stringify(report))
  const line = await status.textContent()
  console.log(`numerics in Chromium: ${line}`)
  if (!/ 0 failed/.test(line)) failed++
  await page.close()
}

async function golden() {
  const page = await waitingPage()
  for (const limits of LIMITS)
    for (const name of CASES) {
      const { errors, bad } = await checkCase(browserCommand(page), name, limits)
      console.log(`golden in Chromium: ${name} ${limits} ${JSON.stringify(errors)} ${bad.length ? `BAD: ${bad.join('; ')}` : 'ok'}`)
      if (bad.length) failed++
    }
  await page.close()
}

async function waitingPage() {
  const page = await openPage()
  await page.goto(`${origin}/e2e/numerics/?golden`)
  await page.getByRole('status').filter({ hasText: 'Ready' }).waitFor({ state: 'attached', timeout: 30_000 })
  return page
}

async function generation(shapes = 'baby,gpt2s') {
  const page = await waitingPage()
  for (const shape of shapes.split(','))
    for (const line of await page.evaluate((s) => window.generation(s), shape)) console.log(JSON.stringify(line))
  await page.close()
}

async function train(query, seconds = '60', name = 'page') {
  const page = await openPage()
  const value = async (label) => page.getByLabel(label, { exact: true }).textContent()
  await page.goto(`${origin}/?${query.replaceAll('ORIGIN', origin)}`)
  const began = Date.now()
  let last = { step: 0, at: Date.now() }
  const rates = []
  let previous = ''
  while (Date.now() - began < Number(seconds) * 1000) {
    await page.waitForTimeout(1000)
    const alerts = (await page.getByRole('alert').allInnerTexts()).join(' ')
    if (alerts) console.log(`alert: ${alerts}`)
    const step = Number(await value('Step'))
    if (step > last.step) {
      if (last.step > 0) rates.push((Date.now() - last.at) / (step - last.step))
      last = { step, at: Date.now() }
    }
    const validation = await value('Validation loss')
    const line = JSON.stringify({ step, loss: await value('Training loss'), validation, tokens_per_s: await value('Tokens per second') })
    if (validation !== previous) console.log(line)
    previous = validation
    if (await page.getByRole('button', { name: 'Pause' }).isDisabled()) if (step > 0) break
  }
  rates.sort((a, b) => a - b)
  const ms = rates[Math.floor(rates.length / 2)]
  console.log(
    JSON.stringify({
      page: query,
      step: last.step,
      loss: await value('Training loss'),
      ms_per_step_median: ms,
      seconds: (Date.now() - began) / 1000,
      training_seconds: Number(await page.getByRole('status', { name: 'State' }).locator('[data-value]').getAttribute('data-value')),
    }),
  )
  await page.screenshot({ path: join(out, `${name}.png`), fullPage: true })
  await page.close()
}

async function visit(seconds = '120', name = 'visit', query = '') {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } })
  const result = await firstVisit(context, origin, { out, seconds: Number(seconds), name, query })
  console.log(JSON.stringify({ visit: result }))
  if (result.errors.length) failed++
  await context.close()
}

async function views(steps = '12000') {
  const context = await browser.newContext()
  const folder = join(out, 'views')
  mkdirSync(folder, { recursive: true })
  const { errors } = await screenshots(context, origin, { out: folder, steps: Number(steps) })
  console.log(JSON.stringify({ views: { errors } }))
  if (errors.length) failed++
  await context.close()
}

/** The bench view, as a person runs it: its results as JSON, and a picture. */
async function bench(shapes = 'tiny,baby,gpt2s') {
  const context = await browser.newContext({ viewport: { width: 1400, height: 1000 }, permissions: ['clipboard-read', 'clipboard-write'] })
  const page = await context.newPage()
  await page.goto(`${origin}/?bench=${shapes}`)
  await page.getByText('The benchmark is complete.').waitFor({ timeout: 180_000 })
  await page.getByRole('button', { name: 'Copy as JSON', exact: true }).click()
  await page.getByText('Copied as JSON.').waitFor()
  console.log(await page.evaluate(() => navigator.clipboard.readText()))
  await page.screenshot({ path: join(out, 'bench.png'), fullPage: true })
  await context.close()
}

/** Steps of a bench, and seconds that the live page is watched. */
const COST = { smoke: [21, 6], tiny: [2000, 6], baby: [120, 20], gpt2s: [60, 30] }

/**
 * The bench view and the live page in turn, since one browser differs from another, and one minute from the next: milliseconds a step of each. Steps are counted as the page
 * tells them, in groups, hence over many seconds. Their ratio is the page's cost where the query asks for the bench's own model: its wiring, and a text of as many symbols.
 */
async function cost(shape, turns = '4', query = '') {
  if (!COST[shape]) throw new Error(`"cost" takes one of ${Object.keys(COST).join(', ')}, not "${shape}".`)
  const [steps, seconds] = COST[shape]
  const result = { cost: shape, bench: [], live: [] }
  const page = await openPage()
  try {
    for (let turn = 0; turn < Number(turns); turn++) {
      await page.goto(`${origin}/?bench=${shape}&bench_steps=${steps}`)
      await page.getByText('The benchmark is complete.').waitFor({ timeout: 180_000 })
      const cells = page.getByRole('region', { name: 'Results on this machine' }).locator('tbody tr > *')
      result.bench.push(Number((await cells.nth(1).textContent()).replaceAll(',', '')))
      await page.goto(`${origin}/?autostart=1&preset=${shape}&steps=1000000&eval_every=0&${query.replaceAll('ORIGIN', origin)}`)
      const at = async () => ({ step: Number(await page.getByLabel('Step', { exact: true }).textContent()), ms: performance.now() })
      /** The moment at which the page tells another step, since a group of steps may be told seconds later. */
      const turned = async () => {
        const { step } = await at()
        await page.waitForFunction((step) => Number(document.querySelector('[aria-label="Step"]')?.textContent) !== step, step, {
          timeout: 60_000,
        })
        return at()
      }
      for (const began = performance.now(); !((await at()).step > 20); await page.waitForTimeout(500))
        if (performance.now() - began > 120_000) throw new Error('The page did not train within two minutes.')
      await page.waitForTimeout(3000)
      const from = await turned()
      await page.waitForTimeout(seconds * 1000)
      const to = await turned()
      result.live.push((to.ms - from.ms) / (to.step - from.step))
    }
  } finally {
    await page.close()
  }
  const median = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]
  if (![...result.live, ...result.bench].every((ms) => ms > 0 && ms < Infinity))
    throw new Error(`Not all of ${JSON.stringify(result)} are times.`)
  console.log(JSON.stringify({ ...result, ratio: median(result.live) / median(result.bench) }))
}

for (const task of tasks) {
  const [kind, ...rest] = task.split(':')
  try {
    if (kind === 'numerics') await numerics(...rest)
    else if (kind === 'golden') await golden()
    else if (kind === 'train') await train(...rest)
    else if (kind === 'visit') await visit(...rest)
    else if (kind === 'views') await views(...rest)
    else if (kind === 'generation') await generation(...rest)
    else if (kind === 'bench') await bench(...rest)
    else if (kind === 'cost') await cost(...rest)
    else throw new Error(`There is no task "${kind}".`)
  } catch (error) {
    failed++
    console.log(`${task}: ${error.message}`)
  }
}
await browser.close()
close()
process.exit(failed ? 1 : 0)
