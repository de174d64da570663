/** Every number on the page is the command line's, for the same folder and the same text. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { z } from 'zod'
import type { Batch, Dataset } from '../src/data/dataset.ts'
import { openDataset } from '../src/data/catalogue.ts'
import { tokenizerFromJSON } from '../src/data/tokenizer.ts'
import { writeModelFolder } from '../src/io/folder.ts'
import { meanWithInterval } from '../src/lab/student.ts'
import { cutChanges, type Change } from '../src/model/changes.ts'
import { initialParameters } from '../src/model/initialise.ts'
import { loadShippedText, writeFolder } from '../src/cli/files.ts'
import { expect, test } from './fixtures.ts'
import {
  button,
  commandLines,
  exportFolder,
  field,
  finished,
  goTo,
  pause,
  reach,
  state,
  unpack,
  value,
  ENDLESS,
  type Exported,
} from './page-driver.ts'

const headLine = z.object({
  layer: z.number(),
  head: z.number(),
  kind: z.enum(['own', 'measured', 'wired']),
  chance: z.number(),
  earlier: z.number(),
  first: z.number(),
  share: z.number(),
  slots: z.array(z.number()),
  mass_values: z.record(z.string(), z.number()),
})
type HeadLine = z.infer<typeof headLine>
const lossLine = z.object({ loss: z.number() })

const scratch = (name: string): string => join(mkdtempSync(join(tmpdir(), 'numbers-')), name)

/** Batches as the command line reads them. */
function batchFile({ tokens, targets }: Batch, T: number): string {
  const rows = (values: ArrayLike<number>): number[][] =>
    Array.from({ length: values.length / T }, (_, b) => Array.from(values).slice(b * T, (b + 1) * T))
  const file = scratch('batches.json')
  writeFileSync(file, JSON.stringify([{ tokens: rows(tokens), targets: rows(targets) }]))
  return file
}

/** `heads` of the command line on a text. */
async function headsOn({ folder, model }: Pick<Exported, 'folder' | 'model'>, text: string): Promise<HeadLine[]> {
  const tokens = tokenizerFromJSON(model.tokenizer).encode(text)
  const file = batchFile({ tokens, targets: new Int32Array(tokens.length).fill(-1) }, tokens.length)
  return z.array(headLine).parse(await commandLines(['heads', '--model', folder, '--batches', file]))
}

/** The model that a run began from. */
function startOf({ model }: Exported): Pick<Exported, 'folder' | 'model'> {
  const { config, tokenizer, run } = model
  if (!run) throw new Error('The exported folder has no run.json.')
  const folder = scratch('start')
  writeFolder(folder, writeModelFolder({ config, tokenizer, parameters: initialParameters(config, run.seed) }))
  return { folder, model }
}

/** `intervene` of the command line: the loss of a batch under each entry. */
async function lossesUnder(folder: string, batch: Batch, T: number, entries: Change[][]): Promise<number[]> {
  const changes = scratch('changes.json')
  writeFileSync(changes, JSON.stringify(entries))
  const lines = await commandLines(['intervene', '--model', folder, '--batches', batchFile(batch, T), '--changes', changes])
  return z
    .array(lossLine)
    .parse(lines)
    .map(({ loss }) => loss)
}

function expectNear(shown: number, due: number, what: string): void {
  expect(Math.abs(shown - due), `${what}: ${shown} on the page, ${due} on the command line`).toBeLessThanOrEqual(
    Math.max(1e-4 * Math.abs(due), 1e-5),
  )
}

/** The exact numbers behind the rounded ones that are shown, in order. */
const exact = (within: Locator): Promise<number[]> =>
  within.locator('[data-value]').evaluateAll((elements) => elements.map((element) => Number(element.getAttribute('data-value'))))

type TableName = 'Measured heads' | 'Wired heads'
const table = (page: Page, name: TableName): Locator => page.getByRole('table', { name, exact: true })
const rowOf = (page: Page, name: TableName, { layer, head }: { layer: number; head: number }): Locator =>
  table(page, name).getByRole('row', { name: new RegExp(`^Layer ${layer}, head ${head} `) })

const heldOutText = async (page: Page): Promise<string> => {
  const details = page.getByRole('group').filter({ hasText: 'Measured on this held-out text' })
  await details.getByText('Measured on this held-out text').click()
  return (await details.getByRole('blockquote').textContent()) ?? ''
}

/** Squares, tables, means, the card and the large maps' totals say what `heads` says, each kind in its own table. */
async function expectHeads(page: Page, lines: HeadLine[], start: HeadLine[]): Promise<void> {
  const squares = page.getByRole('grid', { name: 'Attention heads, layer by head' })
  for (const kind of ['measured', 'wired'] as const) {
    const name: TableName = kind === 'measured' ? 'Measured heads' : 'Wired heads'
    const due = lines.filter((line) => line.kind === kind)
    await expect(table(page, name)).toHaveCount(due.length > 0 ? 1 : 0)
    if (due.length > 0) await expect(table(page, name).getByRole('rowheader')).toHaveCount(due.length)
    for (const line of due) {
      const row = rowOf(page, name, line)
      const what = `layer ${line.layer}, head ${line.head}`
      const [part, chance, atStart, first] = await exact(row)
      await expect(table(page, name).getByRole('columnheader', { name: 'At step 0', exact: true })).toBeVisible()
      expectNear(part, kind === 'measured' ? line.earlier : line.share, `the part of ${what}`)
      expectNear(chance, line.chance, `the chance of ${what}`)
      const before = start.find(({ layer, head }) => layer === line.layer && head === line.head)
      expectNear(atStart, (kind === 'measured' ? before?.earlier : before?.share) ?? NaN, `the start of ${what}`)
      if (kind === 'measured') {
        expectNear(first, line.first, `the part of ${what} on the first token`)
        const [square] = await exact(squares.getByRole('button', { name: new RegExp(`^Layer ${line.layer}, head ${line.head}: `) }))
        expectNear(square, line.earlier, `the square of ${what}`)
      }
    }
  }
  const measured = lines.filter(({ kind }) => kind === 'measured')
  const most =
    measured.length > 0 ? Math.max(...measured.map(({ earlier }) => earlier)) : lines.filter(({ kind }) => kind === 'wired')[0].share
  const [leader] = await exact(page.getByText(/^(Reads back most|Gives most of the heads that are wired back), after /).locator('..'))
  expectNear(leader, most, 'the card')
  for (const layer of new Set(measured.map((line) => line.layer))) {
    const own = measured.filter((line) => line.layer === layer)
    const [mean] = await exact(page.getByText(new RegExp(`^layer ${layer} \\d+ % \\(chance`)))
    expectNear(mean, own.reduce((sum, { earlier }) => sum + earlier, 0) / own.length, `the mean of layer ${layer}`)
  }
  for (const { layer, head, slots } of lines) {
    await page.getByRole('button', { name: `Head ${head} of layer ${layer}: show large` }).click()
    const dialog = page.getByRole('dialog', { name: `Layer ${layer}, head ${head}` })
    await expect(dialog.getByRole('application')).toBeVisible()
    const totals = await exact(dialog)
    expect(totals).toHaveLength(slots.length)
    for (const [s, total] of totals.entries()) expectNear(total, slots[s], `part ${s} of layer ${layer}, head ${head}`)
    await page.getByRole('button', { name: 'Close the large map' }).click()
  }
}

/** The data of a run as the test opens it anew. */
async function dataOf({ model }: Exported): Promise<{ dataset: Dataset; B: number; T: number; batches: number }> {
  if (!model.run) throw new Error('The exported folder has no run.json.')
  const { settings, dataset: choice } = model.run
  if (!('name' in choice) && choice.text === undefined) throw new Error('The exported folder does not hold its text.')
  const opened = 'name' in choice ? choice : { title: choice.title, text: choice.text ?? '' }
  const given = { tokenizer: settings.tokenizer, valFraction: settings.val_fraction }
  const dataset = await openDataset(opened, given, loadShippedText)
  return { dataset, B: settings.batch_size, T: model.config.context_length, batches: settings.eval_batches }
}

/** Cuts every head of a kind on the page, and resolves to what is shown for each. */
async function cutAll(page: Page, lines: HeadLine[]): Promise<{ line: HeadLine; difference: number; interval: number }[]> {
  const shown = []
  for (const line of lines) {
    if (line.kind === 'own') continue
    const row = rowOf(page, line.kind === 'measured' ? 'Measured heads' : 'Wired heads', line)
    await row.getByRole('button', { name: `Cut layer ${line.layer}, head ${line.head}` }).click()
    const number = row.locator('[data-interval]')
    await expect(number).toBeVisible()
    await expect(row.getByRole('button', { name: `Cut layer ${line.layer}, head ${line.head}` })).toBeEnabled()
    const [difference, interval] = [await number.getAttribute('data-value'), await number.getAttribute('data-interval')]
    shown.push({ line, difference: Number(difference), interval: Number(interval) })
  }
  return shown
}

/**
 * The losses of each held-out sequence under each entry. A mean over a batch may be part of a change, so the batch stays whole, and a sequence is told from
 * the others by its targets alone.
 */
async function sequenceLosses(exported: Exported, entries: Change[][]): Promise<{ losses: number[][]; times: number[] }> {
  const { dataset, B, T, batches } = await dataOf(exported)
  const all = Array.from({ length: batches }, (_, i) => dataset.heldOutBatch(i, B, T))
  const keyOf = (batch: Batch, b: number): string => batch.tokens.subarray(b * T, (b + 1) * T).join()
  const keys = all.flatMap((batch) => Array.from({ length: B }, (_, b) => keyOf(batch, b)))
  const distinct = [...new Set(keys)]
  const first = all[0]
  const losses = await Promise.all(
    distinct.map((key) => {
      const b = keys.indexOf(key)
      const targets = first.targets.map((target, i) => (Math.floor(i / T) === b ? target : -1))
      return lossesUnder(exported.folder, { tokens: first.tokens, targets }, T, entries)
    }),
  )
  return { losses, times: distinct.map((key) => keys.filter((other) => other === key).length) }
}

/** A text whose held-out part is three sequences of 32 characters. */
const SHORT_TEXT = Array.from({ length: 40 }, (_, i) => `Fish ${i * i} swims past ${i} reefs. `)
  .join('')
  .slice(0, 1000)

/** Opens the page on a text of one's own. */
async function openOnShortText(page: Page, wiring: string, steps: number): Promise<void> {
  await page.goto(`./?preset=smoke&wiring=${wiring}&batch_size=32&steps=${steps}`)
  await goTo(page, 'Data')
  await page.getByText('Paste a text').click()
  await field(page, 'Text to train on').fill(SHORT_TEXT)
  await page.getByRole('button', { name: 'Use this text' }).click()
  await goTo(page, 'Watch')
}

/** The cut of every head, and the loss of the whole, against `intervene` sequence by sequence. */
async function expectCuts(page: Page, exported: Exported, lines: HeadLine[]): Promise<{ loss: number }> {
  const { reads } = exported.model.config
  const shown = await cutAll(page, lines)
  expect(shown.length).toBeGreaterThan(0)
  const entries = [[], ...shown.map(({ line }) => cutChanges(reads, line.layer, line.head))]
  const { losses, times } = await sequenceLosses(exported, entries)
  expect(losses).toHaveLength(3)
  for (const [i, { line, difference, interval }] of shown.entries()) {
    const due = meanWithInterval(
      losses.map((under) => under[i + 1] - under[0]),
      0.95,
    )
    const what = `of the cut of layer ${line.layer}, head ${line.head}`
    expect(Math.abs(difference), `the size ${what}`).toBeGreaterThan(1e-6)
    expect(Math.abs(difference - due.mean), `the difference ${what}`).toBeLessThanOrEqual(1e-4)
    expect(Math.abs(interval - due.interval), `the interval ${what}`).toBeLessThanOrEqual(1e-4)
  }
  const count = times.reduce((a, b) => a + b, 0)
  return { loss: losses.reduce((sum, under, i) => sum + (under[0] * times[i]) / count, 0) }
}

test('joint: measures, totals, cuts and losses are those of the command line', async ({ page }) => {
  await openOnShortText(page, 'joint', ENDLESS)
  await button(page, 'Train').click()
  await reach(page, 10)
  await pause(page)
  // A step under pause brings the maps of its weights.
  const step = (await value(page, 'Step')) + 1
  await button(page, 'Step once').click()
  await expect(page.getByText(`After ${step} steps, on 32 tokens`)).toBeVisible()
  await expect(state(page)).toHaveText('Paused.')
  const exported = await exportFolder(page)
  expect(exported.model.run?.step).toBe(step)
  const heldOut = await heldOutText(page)
  const [lines, start] = await Promise.all([headsOn(exported, heldOut), headsOn(startOf(exported), heldOut)])
  expect(lines.map(({ kind }) => kind)).toEqual(['own', 'own', 'measured', 'measured'])
  await expectHeads(page, lines, start)
  await expectCuts(page, exported, lines)

  // The loss of the next step is that of these weights on its batch.
  const { dataset, B, T } = await dataOf(exported)
  const seed = exported.model.run?.seed ?? 0
  const [loss] = await lossesUnder(exported.folder, dataset.trainBatch(seed, step + 1, B, T), T, [[]])
  await button(page, 'Step once').click()
  await expect.poll(() => value(page, 'Step')).toBe(step + 1)
  expect(Math.abs((await value(page, 'Training loss')) - loss)).toBeLessThanOrEqual(1e-4)
})

for (const { wiring, values } of [
  { wiring: 'skip', values: /^Layer 1, head 1 .*keys from 0, values from 0, by design/ },
  { wiring: 'values-from-first', values: /^Layer 1, head 1 .*keys from 1, values from 0, by design/ },
]) {
  test(`${wiring}: what is wired is told apart, and its numbers are those of the command line`, async ({ page }) => {
    await openOnShortText(page, wiring, 12)
    await button(page, 'Train').click()
    await finished(page)
    const exported = await exportFolder(page)
    const heldOut = await heldOutText(page)
    const [lines, start] = await Promise.all([headsOn(exported, heldOut), headsOn(startOf(exported), heldOut)])
    expect(lines.map(({ kind }) => kind)).toEqual(['own', 'own', 'own', 'wired'])
    expect(lines[3].mass_values['0']).toBeCloseTo(1, 5)
    await expect(table(page, 'Wired heads').getByRole('row', { name: values })).toBeVisible()
    await expectHeads(page, lines, start)
    const { loss } = await expectCuts(page, exported, lines)
    expect(Math.abs((await value(page, 'Validation loss')) - loss)).toBeLessThanOrEqual(1e-4)
  })
}

test('the recording that the page opens with says what the command line says of its model', async ({ page }) => {
  await page.goto('./')
  const heldOut = await heldOutText(page)
  const recorded = unpack(readFileSync(join('public', 'recording', 'model.zip')))
  const lines = await headsOn(recorded, heldOut)
  for (const more of await page.getByRole('button', { name: /^Show all \d+ (measured|wired) heads$/ }).all()) await more.click()
  for (const line of lines.filter(({ kind }) => kind === 'measured')) {
    const [part, chance, , first] = await exact(rowOf(page, 'Measured heads', line))
    const what = `layer ${line.layer}, head ${line.head} of the recording`
    expectNear(part, line.earlier, `the part of ${what}`)
    expectNear(chance, line.chance, `the chance of ${what}`)
    expectNear(first, line.first, `the first token's part of ${what}`)
  }
})
