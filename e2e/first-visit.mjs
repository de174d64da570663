/**
 * A first visit, as a script: opens the page, looks at the recording, presses Train, and measures what a stranger would feel. `firstVisit(context, origin, options)` does it
 * in a browser context of one's own; from the shell `node e2e/first-visit.mjs BUILD OUT [SECONDS]` does it in the Chromium of CHROMIUM (and CHROMIUM_FLAGS) on what
 * `npm run build:e2e` made. Prints one line of JSON and takes pictures at 5 seconds, and 30 and SECONDS seconds after Train.
 */
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { CHROMIUM_FLAGS } from './chromium-flags.mjs'
import { serve } from './serve.mjs'

/** Runs in the page before anything else: notes when things first appear, and counts frames. */
function watch() {
  const times = {}
  const note = (name) => (times[name] ??= performance.now())
  const look = () => {
    if (document.querySelector('[role="img"][aria-label^="Attention of layer"]')) note('maps')
    if (document.querySelector('.recording')) note('recording')
    const step = document.querySelector('output[aria-label="Step"]')
    if (window.visit.trained !== null && Number(step?.textContent) >= 1) note('firstStep')
  }
  window.visit = { times, trained: null, seconds: [], longest: 0 }
  let last = 0
  const frame = (now) => {
    if (window.visit.counting) {
      const second = Math.floor((now - window.visit.from) / 1000)
      window.visit.seconds[second] = (window.visit.seconds[second] ?? 0) + 1
      window.visit.longest = Math.max(window.visit.longest, now - last)
    }
    last = now
    look()
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
}

const zipped = (bytes) => gzipSync(bytes).length

/** Frames per second, those of the worst second, and the longest wait for one in milliseconds, over some whole seconds. */
async function frames(page, seconds) {
  return page.evaluate(async (wait) => {
    Object.assign(window.visit, { seconds: [], longest: 0, counting: true, from: performance.now() })
    await new Promise((resolve) => setTimeout(resolve, wait))
    window.visit.counting = false
    const whole = Array.from({ length: wait / 1000 }, (_, i) => window.visit.seconds[i] ?? 0)
    return { perSecond: whole.reduce((a, b) => a + b, 0) / whole.length, worst: Math.min(...whole), longest: window.visit.longest }
  }, 1000 * seconds)
}

export async function firstVisit(context, origin, { out, seconds = 120, query = '', name = 'visit' }) {
  mkdirSync(out, { recursive: true })
  const page = await context.newPage()
  const errors = []
  const loads = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  page.on('response', (response) => {
    if (response.url().startsWith(origin)) loads.push(response.body().then((body) => ({ path: new URL(response.url()).pathname, body })))
  })
  await page.addInitScript(watch)
  const opened = Date.now()
  await page.goto(`${origin}/${query}`)
  await page.waitForFunction(() => window.visit.times.recording && window.visit.times.maps, undefined, { timeout: 60_000 })
  const early = await Promise.all(loads)
  await page.waitForTimeout(Math.max(0, 5000 - (Date.now() - opened)))
  await page.screenshot({ path: join(out, `${name}-5s.png`) })
  const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime)

  await page.getByRole('button', { name: 'Train', exact: true }).click()
  await page.evaluate(() => (window.visit.trained = performance.now()))
  await page.waitForFunction(() => window.visit.times.firstStep, undefined, { timeout: 120_000, polling: 20 })
  const { times, trained } = await page.evaluate(() => window.visit)
  const firstLoss = Number(await page.getByLabel('Training loss', { exact: true }).textContent())
  await page.waitForTimeout(1000)
  const during = await frames(page, Math.min(10, Math.floor(seconds / 3)))
  const stepAfter = Number(await page.getByLabel('Step', { exact: true }).textContent())
  const wait = async (after) => {
    const left = trained + 1000 * after - (await page.evaluate(() => performance.now()))
    await page.waitForTimeout(Math.max(0, left))
  }
  const shot = async (after) => {
    await wait(after)
    await page.screenshot({ path: join(out, `${name}-${after}s.png`), fullPage: true })
    return {
      step: Number(await page.getByLabel('Step', { exact: true }).textContent()),
      loss: Number(await page.getByLabel('Training loss', { exact: true }).textContent()),
    }
  }
  const after30 = seconds > 30 ? await shot(30) : null
  const end = await shot(seconds)
  const sizeOf = (wanted) => early.filter(({ path }) => wanted(path)).reduce((sum, { body }) => sum + zipped(body), 0)
  const isRecording = (path) => path.includes('/recording/')
  const result = {
    first_paint_ms: Math.round(paint),
    recording_ms: Math.round(Math.max(times.recording, times.maps)),
    train_to_first_step_ms: Math.round(times.firstStep - trained),
    frames_per_second: Number(during.perSecond.toFixed(1)),
    worst_second: during.worst,
    longest_frame_ms: Math.round(during.longest),
    step_when_counted: stepAfter,
    first_load_gzip_kb: Math.round(sizeOf((path) => !isRecording(path)) / 1024),
    recording_kb: Math.round(sizeOf(isRecording) / 1024),
    first_loss: firstLoss,
    after_30_s: after30,
    at_the_end: end,
    errors,
  }
  await page.close()
  return result
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [build, out, seconds = '120'] = process.argv.slice(2)
  if (!build || !out) throw new Error('Usage: node e2e/first-visit.mjs BUILD OUT [SECONDS]')
  const { chromium } = createRequire(import.meta.url)('playwright-core')
  const server = await serve(build)
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: CHROMIUM_FLAGS,
  })
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } })
  console.log(JSON.stringify(await firstVisit(context, server.origin, { out, seconds: Number(seconds) })))
  await browser.close()
  server.close()
}
