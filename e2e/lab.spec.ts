/** The lab: heads scored and taken away, interventions, layers, and the depth map by mouse and keyboard. */
import { readFileSync } from 'node:fs'
import type { Locator, Page } from '@playwright/test'
import { checkRules } from './axe.ts'
import { expect, test } from './fixtures.ts'
import { autostart, field, finished, goTo, scrubBar } from './page-driver.ts'

const named = (within: Page | Locator, name: string): Locator => within.getByRole('button', { name, exact: true })
const table = (page: Page, name: string): Locator => page.getByRole('table', { name, exact: true })
const part = (page: Page, name: 'Heads' | 'Interventions' | 'Lens' | 'Layers' | 'Depth map'): Promise<void> =>
  page.getByRole('tab', { name, exact: true }).click()
const map = (page: Page): Locator => page.getByRole('grid', { name: 'Depth map, readers by source layers' })
const readers = (page: Page): Promise<string[]> => map(page).getByRole('rowheader').allInnerTexts()
const areas = (page: Page): Promise<(string | null)[]> =>
  map(page)
    .getByRole('button')
    .evaluateAll((marks) => marks.map((mark) => mark.getAttribute('data-value')))

/** A change of loss as it is written, in nats. */
function change(text: string): { difference: number; interval: number } {
  const found = /([+−]?)(\d\.\d+) ± (\d\.\d+) nats/.exec(text)
  if (!found) throw new Error(`"${text}" has no change of loss with its interval.`)
  return { difference: Number(found[2]) * (found[1] === '−' ? -1 : 1), interval: Number(found[3]) }
}

async function saved(page: Page, item: RegExp): Promise<{ name: string; text: string }> {
  await named(page, 'Save the figure of the depth map').click()
  const download = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: item }).click()
  return { name: (await download).suggestedFilename(), text: readFileSync(await (await download).path(), 'utf8') }
}

/** What the page begins with on a processor, and soon there is a head whose absence costs a lot. */
const STEPS = 150
const QUERY = '&dataset=induction&lr=0.01&positions=rope'

test('the lab answers what heads and layers do and are worth, and maps who reads whom', async ({ page }) => {
  await autostart(page, STEPS, QUERY)
  // Half-way from one colour to the other nothing has its contrast.
  await page.addStyleTag({ content: '*, ::before, ::after { transition: none !important; }' })
  await finished(page)

  await goTo(page, 'Lab')
  await named(page, 'Score the heads').click()
  await expect(page.getByText(/^Scores on 8 sequences/)).toBeVisible()
  await named(page, 'Sweep all heads').click()
  const tops: string[] = []
  for (const kind of ['Heads with a choice', 'Heads of their own layer']) {
    const rows = table(page, kind).getByRole('row')
    await expect(rows.last()).toContainText('nats')
    await named(page, `Sort ${kind.toLowerCase()} by change of loss`).click()
    await expect(rows.first().getByRole('columnheader', { name: 'Change of loss' })).toHaveAttribute('aria-sort', 'descending')
    const [, top, other] = await rows.allInnerTexts()
    expect(change(top).difference).toBeGreaterThanOrEqual(change(other).difference)
    tops.push(top)
  }
  const [top] = tops.sort((a, b) => change(b).difference - change(a).difference)
  const most = change(top)
  expect(most.difference).toBeGreaterThan(most.interval)
  const [, layer, head] = /Layer (\d), head (\d)/.exec(top) ?? []
  await checkRules(page, 'Heads')

  // One prediction: the last token of the held-out sample, from those before it, whose second half repeats the first.
  await part(page, 'Lens')
  await named(page, 'Take the held-out sample').click()
  await named(page, 'Look through the lens').click()
  const text = page.getByRole('group', { name: 'Text under the lens' }).getByRole('button')
  await expect(text.last()).toHaveAttribute('aria-pressed', 'true')
  await text.nth(-2).click()
  await expect(text.nth(-2)).toHaveAttribute('aria-pressed', 'true')
  const depths = table(page, 'Prediction by depth').getByRole('row')
  await expect(depths).toHaveCount(1 + 1 + 2 * 2)
  const chanceAt = async (row: Locator): Promise<number> => Number(await row.locator('data').getAttribute('value'))
  const [embedded, predicted] = [await chanceAt(depths.nth(1)), await chanceAt(depths.last())]
  expect(predicted).toBeGreaterThan(2 * embedded)
  const contributions = table(page, 'Contributions to the logit')
  const parts = await contributions.locator('data').evaluateAll((all) => all.map((one) => Number(one.getAttribute('value'))))
  // Two heads of one source, two of two sources; the embedding, two MLPs, biases.
  expect(parts.length).toBeGreaterThan(2 + 4 + 3)
  const logit = / is ([+−]\d+\.\d\d) above the mean/.exec(
    await page
      .getByText(/^What pushed/)
      .locator('..')
      .innerText(),
  )?.[1]
  expect(parts.reduce((a, b) => a + b, 0)).toBeCloseTo(Number(logit?.replace('−', '-')), 1)
  await expect(contributions.getByRole('rowheader', { name: /^Layer 1, head \d: values of layer 0$/ })).toHaveCount(2)
  await checkRules(page, 'Lens')
  const followed = await text.nth(-2).innerText()
  const other = depths.last().getByRole('button', { pressed: false }).first()
  await other.click()
  await expect(depths.last().getByRole('button', { pressed: true })).not.toContainText(followed)

  // The same head, taken away by hand, costs the same.
  await part(page, 'Interventions')
  await field(page, 'In layer').selectOption(layer)
  await field(page, 'Of head').selectOption(head)
  await named(page, 'Add it').click()
  await named(page, 'Measure the change of loss').click()
  const measured = table(page, 'Measured interventions').getByRole('row').nth(1)
  await expect(measured).toContainText(`layer ${layer}, head ${head}: output replaced by its mean`)
  expect(change(await measured.innerText())).toEqual(most)
  await expect(measured).toContainText(/ % → .+ % \(“.+” after “.+”\)/)
  await checkRules(page, 'Interventions')

  await part(page, 'Layers')
  await named(page, 'Score the layers').click()
  const scored = table(page, 'Scores of the layers').getByRole('row')
  await expect(scored).toHaveCount(3)
  await page.getByRole('checkbox', { name: 'Leave out the attention of layer 0' }).check()
  await page.getByRole('checkbox', { name: 'Leave out the MLP of layer 1' }).check()
  await named(page, 'Measure the loss without the ticked').click()
  await expect(
    page.getByText(/^layer 0: attention dropped; layer 1: MLP dropped: [+−]?\d\.\d+ ± \d\.\d+ nats, at step 150\.$/),
  ).toBeVisible()
  await named(page, 'Drop attention, layer by layer').click()
  const dropped = table(page, 'Loss after each drop').getByRole('row')
  await expect(dropped).toHaveCount(3)
  // The lower score goes first.
  const scores = (await scored.allInnerTexts()).slice(1).map((text) => Number(/\d\.\d{4}/.exec(text)?.[0]))
  await expect(dropped.nth(1)).toContainText(`layer ${scores[0] < scores[1] ? 0 : 1}: attention`)
  await checkRules(page, 'Layers')

  await part(page, 'Depth map')
  const marks = map(page).getByRole('button')
  // Two heads of layer 0 read themselves, two of layer 1 both layers.
  await expect(marks).toHaveCount(6)
  expect(await readers(page)).toEqual(['Layer 0, head 0', 'Layer 0, head 1', 'Layer 1, head 0', 'Layer 1, head 1'])
  await expect(
    page.getByText(/^Layer 1, head \d reads \d+ % of its attention from layer 0 \(chance 50 %\); without the head the loss /),
  ).toBeVisible()
  await expect(map(page).getByRole('row').nth(1)).toContainText(/[+−]?\d\.\d+ ± \d\.\d+ nats/)
  const last = await areas(page)
  expect(Number(last[0])).toBeCloseTo(1, 4)
  expect(Number(last[2]) + Number(last[3])).toBeCloseTo(1, 4)

  await field(page, 'Order of the readers').selectOption({ label: 'Change of loss without it: the largest first' })
  const effects = (await map(page).getByRole('row').allInnerTexts()).slice(1).map((text) => change(text).difference)
  expect(effects).toEqual([...effects].sort((a, b) => b - a))
  await field(page, 'Order of the readers').selectOption({ label: 'Attention to earlier layers: the most first' })
  expect((await readers(page)).slice(2)).toEqual(['Layer 0, head 0', 'Layer 0, head 1'])
  await field(page, 'Order of the readers').selectOption({ label: 'Depth: the lowest layer first' })

  // By keyboard: to a reader with a choice, held while the arrow keys go on.
  await marks.first().focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowRight')
  await expect(map(page).getByRole('button', { name: /^Layer 1, head 0: \d+ % from its own layer \(1\) \(chance 50 %\)/ })).toBeFocused()
  await page.keyboard.press('Enter')
  const held = page.getByText(/^Layer 1, head 0: .* \(held; Escape lets go\)$/)
  await expect(held).toBeVisible()
  await page.keyboard.press('ArrowDown')
  await expect(held).toBeVisible()
  await expect(held).toContainText(/without the head the loss .* ± \d\.\d+ nats/)
  await checkRules(page, 'Depth map')
  await page.emulateMedia({ colorScheme: 'light' })
  await marks.first().focus()
  await page.keyboard.press('Escape')
  await expect(held).toBeHidden()
  await marks.last().hover()
  await expect(page.getByText(/^Layer 1, head 1: \d+ % from its own layer/)).toBeVisible()

  // One colour a mark: of the heads with a choice each source is closed.
  await field(page, 'Colour of a mark').selectOption({ label: 'Loss without the source' })
  await expect(map(page).locator('[fill]').first()).toHaveAttribute('fill', '#b4bac1')
  await named(page, 'Close every source in turn').click()
  const closed = map(page).getByRole('button', {
    name: /; with this source alone closed the loss (rises|falls|changes) by .* ± \d\.\d+ nats/,
  })
  await expect(closed).toHaveCount(4)
  for (const mark of await closed.locator('[fill]').all()) await expect(mark).not.toHaveAttribute('fill', '#b4bac1')

  const csv = await saved(page, /^As CSV/)
  expect(csv.name).toBe(`depth-map-step${STEPS}.csv`)
  const lines = csv.text.trim().split('\r\n')
  expect(lines).toHaveLength(1 + 6)
  const columns = lines[0].split(',')
  expect(lines.slice(1).map((line) => line.split(',')[columns.indexOf('mass')])).toEqual(last)
  const svg = await saved(page, /^As SVG/)
  expect(svg.text.match(/fill-opacity/g)).toHaveLength(6)

  await scrubBar(page).press('Home')
  await expect(scrubBar(page)).toHaveAttribute('aria-valuetext', /^step 0 of /)
  const first = await areas(page)
  expect(first).not.toEqual(last)
  await field(page, 'Area of a mark').selectOption({ label: 'Attention × output share' })
  expect((await areas(page)).reduce((sum, area) => sum + Number(area), 0)).toBeCloseTo(2, 4)
})
