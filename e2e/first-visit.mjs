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
  window.visit = { times, trained: null, frames: 0, longest: 0 }
  let last = 0
  const frame = (now) => {
    if (window.visit.counting) {
      window.visit.frames++
      window.visit.longest = Math.max(window.visit.longest, now - last)
    }
    last = now
    look()
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
}

const zipped = (bytes) => gzipSync(bytes).length

/** Frames per second, and the longest wait for one in milliseconds, over some seconds. */
async function frames(page, seconds) {
  return page.evaluate(async (wait) => {
    Object.assign(window.visit, { frames: 0, longest: 0, counting: true })
    const from = performance.now()
    await new Promise((resolve) => setTimeout(resolve, wait))
    window.visit.counting = false
    return { perSecond: (1000 * window.visit.frames) / (performance.now() - from), longest: window.visit.longest }
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
  const during = await frames(page, Math.min(10, seconds / 3))
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
    longest_frame_ms: Math.round(during.longest),
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
    args: process.env.CHROMIUM_FLAGS?.split(' ') ?? ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
  })
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } })
  console.log(JSON.stringify(await firstVisit(context, server.origin, { out, seconds: Number(seconds) })))
  await browser.close()
  server.close()
}
