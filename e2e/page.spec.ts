/** The page in a real browser: trained, steered, looked into, saved and mended, by accessible names alone. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { z } from 'zod'
import { tokenizerFromJSON } from '../src/data/tokenizer.ts'
import { readSafetensors } from '../src/io/safetensors.ts'
import { paintPattern, SCALES } from '../src/ui/maps/heatmap.ts'
import { expect, test } from './fixtures.ts'
import {
  alert,
  autostart,
  button,
  command,
  curveOf,
  ENDLESS,
  exportFolder,
  field,
  finished,
  generate,
  generated,
  give,
  goTo,
  heatMap,
  live,
  nextTokens,
  pause,
  reach,
  state,
  train,
  value,
  type ButtonName,
  type Exported,
  type LiveName,
} from './page-driver.ts'

const LIVE: LiveName[] = ['Step', 'Training loss', 'Validation loss', 'Tokens per second']

/** The ids of a text in the vocabulary of an exported model. */
const encode = ({ model }: Exported, text: string): number[] => Array.from(tokenizerFromJSON(model.tokenizer).encode(text))

/** A running session goes on: nothing that went wrong has touched it. */
async function stillRunning(page: Page): Promise<void> {
  await reach(page, (await value(page, 'Step')) + 10)
  await expect(button(page, 'Pause')).toBeEnabled()
}

async function expectButtons(page: Page, enabled: ButtonName[]): Promise<void> {
  const all: ButtonName[] = ['Train', 'Pause', 'Resume', 'Step once', 'Stop', 'Export', 'Import', 'Generate']
  for (const name of all) {
    await expect(button(page, name)).toHaveCount(1)
    if (enabled.includes(name)) await expect(button(page, name), name).toBeEnabled()
    else await expect(button(page, name), name).toBeDisabled()
  }
}

test('a first visit: choose, train 60 steps, see the loss fall and where every head looks', async ({ page }) => {
  await page.goto('./')
  await expectButtons(page, ['Train', 'Import'])
  await train(page, { dataset: 'Moby Dick', preset: 'Smoke', wiring: 'Joint', steps: 60 })
  await reach(page, 1)
  const before = await value(page, 'Training loss')
  await finished(page)
  expect(await value(page, 'Step')).toBe(60)
  expect(before - (await value(page, 'Training loss')), 'nats that the training loss fell').toBeGreaterThanOrEqual(0.5)
  for (const name of LIVE) {
    await value(page, name)
    await expect(field(page, name)).toHaveCount(1)
  }
  expect(Math.abs((await value(page, 'Validation loss')) - (await value(page, 'Training loss')))).toBeLessThan(1)
  await expectButtons(page, ['Train', 'Export', 'Import', 'Generate'])

  const { config } = (await exportFolder(page)).model
  const T = config.context_length
  for (const [layer, heads] of config.reads.entries())
    for (const [head, slots] of heads.entries()) {
      const size = await heatMap(page, layer, head).evaluate((canvas: HTMLCanvasElement) => [canvas.width, canvas.height])
      expect(size).toEqual([slots.length * T, T])
    }
  expect(config.reads[1].map((slots) => slots.length)).toEqual([2, 2])
  await expect(page.getByRole('img', { name: /^Attention of layer/ })).toHaveCount(config.n_layers * config.n_heads)
})

test("the heat maps' pixels are the attention that the command line measures", async ({ page }, testInfo) => {
  const text = 'Call me Ishmael. Some years'
  await autostart(page, 60)
  await finished(page)
  await field(page, 'Text to look at').fill(text)
  await expect(heatMap(page, 0, 0)).toHaveJSProperty('height', text.length)

  const exported = await exportFolder(page)
  const tokens = encode(exported, text)
  const batches = join(exported.folder, '..', 'batches.json')
  const out = join(exported.folder, '..', 'grads.safetensors')
  const targets = [...tokens.slice(1), -1]
  writeFileSync(batches, JSON.stringify([{ tokens: [tokens], targets: [targets] }]))
  await command(['grads', '--model', exported.folder, '--batches', batches, '--out', out])
  const { tensors } = readSafetensors(readFileSync(out), out)

  const scale = SCALES.light
  const entries = new Map<string, number>()
  for (let i = 0; i < scale.length; i += 3) entries.set(scale.subarray(i, i + 3).join(), i / 3)
  const entriesOf = (pixels: Uint8ClampedArray): (number | undefined)[] =>
    Array.from({ length: pixels.length / 4 }, (_, i) => entries.get(pixels.subarray(4 * i, 4 * i + 3).join()))
  let all = 0
  let equal = 0
  const seen = new Set<number>()
  for (const [layer, heads] of exported.model.config.reads.entries())
    for (const [head, slots] of heads.entries()) {
      const drawn = await heatMap(page, layer, head).evaluate((canvas: HTMLCanvasElement) => {
        const context = canvas.getContext('2d')
        return { width: canvas.width, pixels: context ? Array.from(context.getImageData(0, 0, canvas.width, canvas.height).data) : [] }
      })
      const pattern = tensors.get(`pattern.${layer}.${head}`)
      if (!(pattern?.data instanceof Float32Array)) throw new Error(`grads wrote no pattern.${layer}.${head} of F32.`)
      expect(pattern.shape).toEqual([text.length, slots.length * text.length])
      expect(drawn.width).toBe(slots.length * text.length)
      const due = new Uint8ClampedArray(4 * pattern.data.length)
      paintPattern(pattern.data, due, 'light')
      const expected = entriesOf(due)
      for (const [i, entry] of entriesOf(Uint8ClampedArray.from(drawn.pixels)).entries()) {
        const other = expected[i]
        if (entry === undefined || other === undefined) throw new Error(`Pixel ${i} of layer ${layer}, head ${head} is off the scale.`)
        // Two adapters may round a probability that lies between two colours to either.
        expect(Math.abs(entry - other), `pixel ${i} of layer ${layer}, head ${head}, in entries of the scale`).toBeLessThanOrEqual(1)
        if (entry === other) equal++
        seen.add(entry)
        all++
      }
    }
  testInfo.annotations.push({ type: 'pixels', description: `${equal} of ${all} equal, ${seen.size} colours` })
  expect(equal / all).toBeGreaterThanOrEqual(0.999)
  expect(seen.size, 'colours on the maps').toBeGreaterThan(30)
})

test('pause, single steps and resuming steer the run and change no bit of its curve', async ({ page }) => {
  await autostart(page, ENDLESS)
  await reach(page, 40)
  const straight = await pause(page)
  const first = curveOf(await exportFolder(page), straight)
  await expectButtons(page, ['Train', 'Resume', 'Step once', 'Stop', 'Export', 'Import', 'Generate'])
  expect(first.step).toEqual(Array.from({ length: straight }, (_, i) => i + 1))

  await autostart(page, ENDLESS)
  await reach(page, 1)
  const stopped = await pause(page)
  await page.waitForTimeout(500)
  expect(await value(page, 'Step')).toBe(stopped)
  for (let more = 1; more <= 3; more++) {
    await button(page, 'Step once').click()
    await expect(live(page, 'Step')).toHaveText(`${stopped + more}`)
    await expect(state(page)).toHaveText('Paused.')
  }
  await button(page, 'Resume').click()
  await expectButtons(page, ['Pause', 'Step once', 'Stop', 'Export', 'Import', 'Generate'])
  await reach(page, stopped + 10)
  // A resume while the last losses are still on their way must not be lost.
  await button(page, 'Pause').click()
  await button(page, 'Resume').click()
  await reach(page, Math.max(straight, stopped + 50))
  await button(page, 'Stop').click()
  await expect(state(page)).toContainText(/^Stopped\./)
  await expectButtons(page, ['Train', 'Export', 'Import', 'Generate'])
  expect(curveOf(await exportFolder(page), straight)).toEqual(first)
})

test('the page writes a text, greedily the same each time and the same as the command line', async ({ page }) => {
  await autostart(page, 60)
  await finished(page)
  // How long the text is each time that it changes.
  await generated(page).evaluate((region) => {
    const lengths: number[] = []
    new MutationObserver(() => {
      lengths.push((region.textContent ?? '').length)
      region.setAttribute('data-lengths', lengths.join())
    }).observe(region, { childList: true, characterData: true, subtree: true })
  })
  const prompt = 'The whale '
  const text = await generate(page, prompt, 60, 0)
  expect(text).toHaveLength(60)
  const lengths = ((await generated(page).getAttribute('data-lengths')) ?? '').split(',').map(Number)
  expect(lengths.filter((length) => length > 0 && length < 60).length, 'times that a part of the text was seen').toBeGreaterThan(0)
  expect(await generate(page, prompt, 60, 0)).toBe(text)
  expect(await generate(page, prompt, 60, 1)).not.toBe(text)
  const { folder } = await exportFolder(page)
  expect(await command(['generate', '--model', folder, '--prompt', prompt, '--tokens', '60', '--temperature', '0'])).toMatchObject({ text })
})

test('the page writes a text while it trains', async ({ page }) => {
  await autostart(page, ENDLESS)
  await reach(page, 1)
  expect(await generate(page, 'The ', 30, 0.8)).toHaveLength(30)
  await stillRunning(page)
  expect(await generate(page, 'The ', 30, 0.8)).toHaveLength(30)
  // A character outside the vocabulary is said, and training goes on.
  await field(page, 'Prompt').fill('The ☃')
  await button(page, 'Generate').click()
  await expect(alert(page)).toContainText('☃')
  await stillRunning(page)
})

const likely = z.array(z.object({ id: z.number(), probability: z.number() }))

test('the ten likeliest next tokens are those that PyTorch finds in the exported folder', async ({ page }) => {
  const prompt = 'It was the '
  await autostart(page, 60)
  await finished(page)
  const before = await nextTokens(page)
  await field(page, 'Prompt').fill(prompt)
  await expect.poll(async () => JSON.stringify(await nextTokens(page))).not.toBe(JSON.stringify(before))
  const shown = await nextTokens(page)
  const exported = await exportFolder(page)
  const script = [join('e2e', 'check-export.py'), exported.folder, encode(exported, prompt).join()]
  const found = likely.parse(JSON.parse(execFileSync(process.env.SKIPSCOPE_PYTHON ?? 'python3', script, { encoding: 'utf8' })))
  expect(shown.map(({ id }) => id)).toEqual(found.map(({ id }) => id))
  for (const [i, { probability }] of found.entries()) expect(Math.abs(shown[i].probability - probability)).toBeLessThanOrEqual(1e-4)
})

test('an exported run is imported at its step and goes on bit for bit; a broken zip leaves the session alone', async ({ page }) => {
  await autostart(page, ENDLESS)
  await reach(page, 20)
  const step = await pause(page)
  const exported = await exportFolder(page)
  await button(page, 'Resume').click()
  await reach(page, step + 20)
  const until = await pause(page)
  const through = curveOf(await exportFolder(page), until)

  // While another run goes on, which must not take a step of the one that comes.
  await autostart(page, ENDLESS)
  await reach(page, 5)
  await give(page, 'Import', { name: 'model.zip', bytes: exported.zip })
  await expect(live(page, 'Step')).toHaveText(`${step}`)
  await expect(state(page)).toHaveText('Paused.')
  await expect(heatMap(page, 1, 1)).toBeVisible()
  await button(page, 'Resume').click()
  await reach(page, until)

  const { zip } = exported
  const flipped = Buffer.from(zip)
  flipped[flipped.length >> 1] ^= 255
  for (const [bytes, complaint] of [
    [zip.subarray(0, zip.length - 100), 'not a zip file'],
    [flipped, 'damaged zip'],
    [Buffer.from('no zip at all'), 'not a zip file'],
  ] as const) {
    await give(page, 'Import', { name: 'broken.zip', bytes })
    await expect(alert(page)).toContainText(complaint)
    await page.getByRole('button', { name: 'Dismiss' }).click()
    await stillRunning(page)
  }
  await button(page, 'Stop').click()
  expect(curveOf(await exportFolder(page), until)).toEqual(through)
})

test('the address starts a run, and one that it cannot start is told with the choices', async ({ page }) => {
  await page.goto('./?autostart=1&preset=smoke&steps=20')
  await finished(page)
  expect(await value(page, 'Step')).toBe(20)
  await page.goto('./?autostart=1&preset=nope&steps=20')
  await expect(alert(page)).toContainText('Choose one of: smoke, tiny, nano, baby, gpt2s.')
  await expectButtons(page, ['Train', 'Import'])
  await page.goto('./?autostart=1&preset=smoke&steps=-5')
  await expect(alert(page)).toContainText('Steps is "-5": give a whole number, 1 or more.')
  await expectButtons(page, ['Train', 'Import'])
})

test('a text that cannot be trained on is refused with the fix, and the running session goes on', async ({ page }) => {
  await autostart(page, ENDLESS)
  await reach(page, 1)
  const complaint = (text: string) => alert(page).filter({ hasText: text })
  await field(page, 'Dataset').selectOption({ label: 'Your own text…' })
  await button(page, 'Train').click()
  await expect(complaint('Press "Choose a text file"')).toBeVisible()
  await goTo(page, 'Data')
  for (const [name, bytes, told] of [
    ['picture.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]), 'binary file, not text. Choose a plain text file'],
    ['empty.txt', Buffer.alloc(0), '"empty.txt" is empty. Choose a text file'],
    ['latin.txt', Buffer.from([0x63, 0x61, 0x66, 0xe9]), 'Save it as UTF-8'],
  ] as const) {
    await give(page, 'Choose a text file', { name, bytes })
    await expect(complaint(told)).toBeVisible()
  }
  await give(page, 'Choose a text file', { name: 'short.txt', bytes: Buffer.from('too short a text') })
  await expect(page.getByRole('definition').filter({ hasText: 'short.txt' })).toBeVisible()
  await expect(page.getByRole('definition').filter({ hasText: /^16, \d+ different ones$/ })).toBeVisible()
  await button(page, 'Train').click()
  await expect(complaint('"short.txt" is too short')).toBeVisible()
  await stillRunning(page)

  await give(page, 'Choose a text file', { name: 'long.txt', bytes: Buffer.from('One fish, two fish, red fish, blue fish. '.repeat(100)) })
  await field(page, 'Steps').fill('15')
  await button(page, 'Train').click()
  await finished(page)
  expect(await value(page, 'Step')).toBe(15)
})

test('a task shows how many answers are right', async ({ page }) => {
  await page.goto('./')
  await train(page, { dataset: 'Induction', preset: 'Smoke', wiring: 'Skip', steps: 20 })
  await finished(page)
  await expect(page.getByRole('img', { name: 'Curve of the loss against the step' })).toBeVisible()
  await expect(page.getByRole('img', { name: 'Curve of the accuracy against the step' })).toBeVisible()
})

test('without WebGPU the page says what to do and offers no training', async ({ page, playwright, launchOptions, baseURL }) => {
  await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'gpu'))
  await page.goto('./?autostart=1&preset=smoke')
  await expect(alert(page)).toContainText('This browser offers no WebGPU')
  await expect(alert(page)).toContainText(/turn on|Update|use Chrome/i)
  await expectButtons(page, [])

  // A browser that has WebGPU but no adapter for it.
  const browser = await playwright.chromium.launch({
    ...launchOptions,
    args: ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--disable-gpu', '--disable-software-rasterizer'],
  })
  const bare = await browser.newPage({ baseURL })
  await bare.goto('./?autostart=1&preset=smoke')
  await expect(alert(bare)).toContainText(/WebGPU.*turn on/is)
  await expectButtons(bare, [])
  await browser.close()
})

test('a lost GPU is told, and the run goes on', async ({ playwright, launchOptions, baseURL }) => {
  const browser = await playwright.chromium.launch(launchOptions)
  const page = await browser.newPage({ baseURL })
  await autostart(page, ENDLESS)
  await reach(page, 10)
  const devtools = await browser.newBrowserCDPSession()
  await devtools.send('Browser.crashGpuProcess')
  await expect(alert(page)).toContainText(/The GPU was lost.*The run went on from step \d+ on a new device\./)
  await reach(page, 10)
  await stillRunning(page)
  await browser.close()
})
