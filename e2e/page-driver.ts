/** The page as a person steers it: everything is found by its accessible name. */
import { mkdtempSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { z } from 'zod'
import { readModelFolder, type FolderFiles, type ModelFolder } from '../src/io/folder.ts'
import { unzipFolder } from '../src/io/zip.ts'
import { expect } from './fixtures.ts'
import { jsonLines, skipscope } from './skipscope.ts'

/** More steps than any test waits for. */
export const ENDLESS = 100_000

export type LiveName = 'Step' | 'Training loss' | 'Validation loss' | 'Tokens per second'
export type ButtonName = 'Train' | 'Pause' | 'Resume' | 'Step once' | 'Stop' | 'Export' | 'Import' | 'Generate' | 'Choose a text file'

export const button = (page: Page, name: ButtonName): Locator => page.getByRole('button', { name, exact: true })
export const live = (page: Page, name: LiveName): Locator => page.getByRole('status', { name, exact: true })
export const field = (page: Page, name: string): Locator => page.getByLabel(name, { exact: true })
export const alert = (page: Page): Locator => page.getByRole('alert')
export const heatMap = (page: Page, layer: number, head: number): Locator =>
  page.getByRole('img', { name: `Attention of layer ${layer}, head ${head}`, exact: true })

/** The bare number of a live value. */
export async function value(page: Page, name: LiveName): Promise<number> {
  const text = await live(page, name).innerText()
  expect(text, `${name} is a bare number`).toMatch(/^\d+(\.\d+)?$/)
  return Number(text)
}

export interface Choices {
  dataset: string
  preset: string
  wiring: string
  steps: number
}

/** Fills in the set-up and presses Train. */
export async function train(page: Page, { dataset, preset, wiring, steps }: Choices): Promise<void> {
  await field(page, 'Dataset').selectOption({ label: dataset })
  await field(page, 'Preset').selectOption({ label: preset })
  await field(page, 'Wiring').selectOption({ label: wiring })
  await field(page, 'Steps').fill(`${steps}`)
  await button(page, 'Train').click()
}

/** Opens the page with a small run that begins by itself. */
export async function autostart(page: Page, steps: number, more = ''): Promise<void> {
  await page.goto(`./?autostart=1&preset=smoke&wiring=joint&steps=${steps}${more}`)
}

export type Place = 'Watch' | 'Wiring' | 'Data' | 'Settings' | 'Lab' | 'Experiments' | 'Runs' | 'Speed'

export const goTo = (page: Page, name: Place): Promise<void> => page.getByRole('tab', { name, exact: true }).click()

/** The line that says that what is shown was recorded. */
export const recordingLine = (page: Page): Locator => page.getByRole('note', { name: 'Recording', exact: true })

/** The bar that goes through training; `within` is the page, or the window of a large map. */
export const scrubBar = (within: Page | Locator): Locator => within.getByRole('slider', { name: 'Step shown', exact: true })

/** Presses Tab until something has the focus, as a person without a mouse would. */
export async function tabTo(page: Page, to: Locator): Promise<void> {
  for (let presses = 0; presses < 120; presses++) {
    if (await to.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not lead to ${to.toString()}.`)
}

/** What is going on, in words. */
export const state = (page: Page): Locator => page.getByRole('status', { name: 'State', exact: true })

export const finished = (page: Page): Promise<void> =>
  expect(state(page)).toHaveText(/^Training is finished\. It took (a second or two|\d+ (seconds|minutes))\.$/)

/** Waits until at least so many steps are done. */
export const reach = (page: Page, step: number): Promise<void> =>
  expect.poll(async () => Number(await live(page, 'Step').innerText()), { intervals: [50] }).toBeGreaterThanOrEqual(step)

/** Presses Pause, and resolves to the step once the last loss has come. */
export async function pause(page: Page): Promise<number> {
  await button(page, 'Pause').click()
  await expect(state(page)).toHaveText('Paused.')
  // An answer that passes through the worker's queue comes after all losses.
  await exportZip(page)
  return value(page, 'Step')
}

export interface Exported {
  /** On disk. */
  folder: string
  zip: Buffer
  files: FolderFiles
  model: ModelFolder
}

async function exportZip(page: Page): Promise<Buffer> {
  const download = page.waitForEvent('download')
  await button(page, 'Export').click()
  return readFileSync(await (await download).path())
}

/** A zip as a folder on disk, and as what it holds. */
export function unpack(zip: Buffer): Exported {
  const files = unzipFolder(zip, 'The zip')
  const folder = join(mkdtempSync(join(tmpdir(), 'page-')), 'model')
  mkdirSync(folder)
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes)
  return { folder, zip, files, model: readModelFolder(files, 'The zip') }
}

/** Presses Export and unpacks what is saved. */
export const exportFolder = async (page: Page): Promise<Exported> => unpack(await exportZip(page))

/** The losses of an exported run, exact, with what else of the curve a pause must not change. */
export function curveOf({ model }: Exported, until: number) {
  const curve = model.run?.curve
  if (!curve) throw new Error('The exported folder has no run.json.')
  const { step, loss, lr, gradNorm } = curve.training
  const cut = (column: number[]): number[] => column.slice(0, until)
  return { step: cut(step), loss: cut(loss), lr: cut(lr), gradNorm: cut(gradNorm) }
}

interface File {
  name: string
  bytes: Buffer
}

/** Presses a button that asks for a file, and gives it one. */
export async function give(page: Page, name: 'Import' | 'Choose a text file', { name: file, bytes }: File): Promise<void> {
  const chooser = page.waitForEvent('filechooser')
  await button(page, name).click()
  await (await chooser).setFiles({ name: file, mimeType: 'application/octet-stream', buffer: bytes })
}

export const generated = (page: Page): Locator => page.getByRole('region', { name: 'Generated text' })

/** Presses Generate and resolves to the whole text. */
export async function generate(page: Page, prompt: string, tokens: number, temperature: number): Promise<string> {
  await field(page, 'Prompt').fill(prompt)
  await field(page, 'Tokens').fill(`${tokens}`)
  await field(page, 'Temperature').fill(`${temperature}`)
  await button(page, 'Generate').click()
  await expect(generated(page)).toHaveAttribute('aria-busy', 'false')
  return (await generated(page).textContent()) ?? ''
}

export interface Likely {
  id: number
  probability: number
}

/** The list of likeliest next tokens, once it has ten. */
export async function nextTokens(page: Page): Promise<Likely[]> {
  const items = page.getByRole('list', { name: 'Likeliest next tokens' }).getByRole('listitem')
  await expect(items).toHaveCount(10)
  const texts = await items.allInnerTexts()
  return texts.map((text) => {
    const found = /token (\d+)\s+(\d\.\d+)/.exec(text)
    if (!found) throw new Error(`"${text}" is no token with its probability.`)
    return { id: Number(found[1]), probability: Number(found[2]) }
  })
}

/** The same once they no longer change: those of an earlier prompt stand there until the answer comes. */
export async function settledTokens(page: Page): Promise<Likely[]> {
  for (let before = await nextTokens(page); ;) {
    await page.waitForTimeout(1000)
    const now = await nextTokens(page)
    if (JSON.stringify(now) === JSON.stringify(before)) return now
    before = now
  }
}

/** The lines that the command line prints. */
export async function commandLines(args: string[]): Promise<unknown[]> {
  const { status, stdout, stderr } = await skipscope(args, browserAdapter())
  expect(status, stderr).toBe(0)
  return jsonLines(stdout)
}

/** The last line that the command line prints. */
export const command = async (args: string[]): Promise<unknown> => (await commandLines(args)).at(-1)

const adapters = z.array(z.object({ name: z.string(), icd: z.string().nullable() }))

/** The command line on the adapter that the browser has, so that greedy choices fall alike. */
function browserAdapter(): Record<string, string> {
  const listed: unknown = JSON.parse(process.env.SKIPSCOPE_ADAPTERS ?? '[]')
  const icd = adapters.parse(listed).find(({ name }) => name === 'swiftshader')?.icd
  return icd && process.env.CHROMIUM_FLAGS === undefined ? { VK_ICD_FILENAMES: icd, VK_DRIVER_FILES: icd } : {}
}
