/** What is kept, compared, shared and taken along: the twin, kept runs, going on after a reload, a model folder, an address. */
import type { Locator, Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import {
  button,
  curveOf,
  ENDLESS,
  exportFolder,
  field,
  finished,
  generate,
  give,
  goTo,
  live,
  settledTokens,
  pause,
  reach,
  recordingLine,
  state,
  value,
} from './page-driver.ts'

const SMALL = './?preset=smoke&dataset=moby-dick&wiring=joint'
const kept = (page: Page): Locator => page.getByRole('table', { name: 'Kept runs, the newest first' })
const named = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true })
const legend = (page: Page): Locator => page.getByRole('figure', { name: 'Loss' }).getByRole('listitem')

test('the standard twin is drawn beside the run, and both are kept, compared, named and deleted', async ({ page }) => {
  await page.goto(`${SMALL}&steps=200`)
  await button(page, 'Train').click()
  await reach(page, 15)
  await button(page, 'Stop').click()
  await expect(state(page)).toContainText('Stopped.')
  const original = await exportFolder(page)
  const step = await value(page, 'Step')
  await named(page, 'Train the standard twin').click()
  await finished(page)
  expect(await value(page, 'Step')).toBe(step)
  const twin = await exportFolder(page)
  const { reads, ...shape } = twin.model.config
  const { reads: before, ...ofOriginal } = original.model.config
  expect(before[1]).toEqual(
    Array(2).fill([
      [1, 1],
      [0, 0],
    ]),
  )
  expect(reads).toEqual([Array(2).fill([[0, 0]]), Array(2).fill([[1, 1]])])
  expect(shape).toEqual(ofOriginal)
  expect(twin.model.run?.settings).toEqual(original.model.run?.settings)
  expect(twin.model.run?.step).toBe(step)
  await expect(page.getByText('One seed each: not evidence')).toBeVisible()
  const { seed } = original.model.run ?? { seed: NaN }
  await expect(legend(page).filter({ hasText: `standard, seed ${seed}` })).toHaveCount(1)
  await expect(legend(page).filter({ hasText: `joint, seed ${seed}` })).toHaveCount(1)

  await goTo(page, 'Runs')
  await expect(page.getByText(/of this browser's storage/)).toBeVisible()
  const rows = kept(page).getByRole('row')
  await expect(rows).toHaveCount(3)
  const [standard, joint] = ['Moby Dick, standard, smoke', 'Moby Dick, joint, smoke']
  await expect(rows.nth(1)).toContainText('on the GPU')
  for (const name of [standard, joint]) {
    await expect(rows.filter({ has: field(page, `Name of ${name}`) })).toContainText(`${step} of `)
    await page.getByRole('checkbox', { name: `Draw ${name}`, exact: true }).check()
  }
  const comparison = page.getByRole('region', { name: 'Drawn runs side by side' })
  await expect(comparison.getByRole('row', { name: /^Wiring / })).toHaveText(/standard.*joint/i)
  await expect(page.getByText(/^One seed each: not evidence\./)).toBeVisible()

  await field(page, `Name of ${joint}`).fill('With a choice')
  await field(page, `Name of ${joint}`).press('Enter')
  await expect(comparison.getByRole('columnheader', { name: 'With a choice' })).toBeVisible()
  await field(page, 'Notes on With a choice').fill('Reads back a little.')
  await field(page, 'Notes on With a choice').press('Enter')
  await goTo(page, 'Watch')
  await expect(legend(page).filter({ hasText: standard })).toHaveCount(1)

  // All of it is there after a reload, and what is deleted is gone.
  await page.reload()
  await goTo(page, 'Runs')
  await expect(field(page, 'Notes on With a choice')).toHaveValue('Reads back a little.')
  await named(page, 'Show With a choice').click()
  await goTo(page, 'Watch')
  await expect(recordingLine(page)).toContainText('2 layers of 2 heads, joint wiring, on Moby Dick')
  await expect(page.getByRole('img', { name: /^Attention of layer/ })).toHaveCount(4)
  await goTo(page, 'Runs')
  await named(page, 'Delete With a choice').click()
  await named(page, 'No, keep it').click()
  await expect(rows).toHaveCount(3)
  await named(page, 'Delete With a choice').click()
  await named(page, 'Yes, delete').click()
  await expect(rows).toHaveCount(2)
  await page.reload()
  await goTo(page, 'Runs')
  await expect(field(page, `Name of ${standard}`)).toBeVisible()
  await expect(rows).toHaveCount(2)
})

test('after a reload the last run goes on, and its curve is one', async ({ page }) => {
  await page.goto(`${SMALL}&steps=${ENDLESS}`)
  await button(page, 'Train').click()
  await reach(page, 20)
  const step = await pause(page)
  const before = curveOf(await exportFolder(page), step)
  await goTo(page, 'Runs')
  await expect(kept(page).getByRole('row').nth(1)).toContainText(`step ${step}`)

  await page.reload()
  const offer = page.getByRole('region', { name: 'Your last run' })
  await expect(offer).toContainText(`joint on Moby Dick, stopped at step ${step} of`)
  await offer.getByRole('button', { name: 'Go on with it' }).click()
  await expect(state(page)).toHaveText('Paused.')
  await expect(live(page, 'Step')).toHaveText(`${step}`)
  await expect(offer).toHaveCount(0)
  await button(page, 'Resume').click()
  await reach(page, step + 10)
  const until = await pause(page)
  const exported = await exportFolder(page)
  expect(curveOf(exported, step)).toEqual(before)
  expect(curveOf(exported, until).step).toEqual(Array.from({ length: until }, (_, i) => i + 1))
  // The moments before the reload are still there to go back to, and it is one run.
  await page.getByRole('slider', { name: 'Step shown' }).press('Home')
  await expect(page.getByText(/^After 0 steps, on/)).toBeVisible()
  await goTo(page, 'Runs')
  await expect(kept(page).getByRole('row')).toHaveCount(2)
})

test('an exported model writes the same text once it is imported, and can be trained on', async ({ page }) => {
  await page.goto(`${SMALL}&steps=30`)
  await button(page, 'Train').click()
  await finished(page)
  const text = await generate(page, 'The whale ', 60, 0)
  const expected = await settledTokens(page)
  const exported = await exportFolder(page)
  expect([...exported.files.keys()].sort()).toEqual([
    'config.json',
    'loss.csv',
    'model.safetensors',
    'modeling_skipscope.py',
    'optimizer.safetensors',
    'run.json',
    'tokenizer.json',
  ])

  // A run that goes on for longer, so that there is something to go on with.
  await page.goto(`${SMALL}&steps=${ENDLESS}`)
  await button(page, 'Train').click()
  await reach(page, 15)
  const step = await pause(page)
  const open = await exportFolder(page)
  const later = await generate(page, 'The whale ', 60, 0)

  // A page of a person who has never trained here.
  await page.goto('about:blank')
  await page.goto('./')
  await give(page, 'Import', { name: 'model.zip', bytes: exported.zip })
  await finished(page)
  await expect(live(page, 'Step')).toHaveText('30')
  expect(await generate(page, 'The whale ', 60, 0)).toBe(text)
  expect(await settledTokens(page)).toEqual(expected)
  await give(page, 'Import', { name: 'model.zip', bytes: open.zip })
  await expect(state(page)).toHaveText('Paused.')
  await expect(live(page, 'Step')).toHaveText(`${step}`)
  expect(await generate(page, 'The whale ', 60, 0)).toBe(later)
  await button(page, 'Resume').click()
  await reach(page, step + 5)
})

/** Everything that the set-up bar and the settings say, by label. */
async function choices(page: Page): Promise<Record<string, string>> {
  await goTo(page, 'Settings')
  const bar = page.getByRole('group', { name: 'Set-up', exact: true })
  const fields = [...(await bar.getByRole('combobox').all()), ...(await bar.getByRole('textbox').all())]
  const panel = page.getByRole('tabpanel', { name: 'How it is trained' })
  fields.push(...(await panel.getByRole('combobox').all()), ...(await panel.getByRole('textbox').all()))
  const entries: [string, string][] = []
  for (const one of fields)
    entries.push(
      await one.evaluate((element): [string, string] => {
        if (!(element instanceof HTMLInputElement || element instanceof HTMLSelectElement)) throw new Error('A field is due.')
        return [element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? '', element.value]
      }),
    )
  for (const one of await panel.getByRole('switch').all())
    entries.push([(await one.getAttribute('aria-label')) ?? '', `${await one.isChecked()}`])
  return Object.fromEntries(entries)
}

test('the address holds the whole set-up: opened elsewhere it gives the same run', async ({ page, browser, baseURL, watch }) => {
  const reads = [
    [[[0, 0]], [[0, 0]]],
    [
      [
        [1, 1],
        [0, 1],
      ],
      [[0, 0]],
    ],
  ]
  await page.goto('./')
  await field(page, 'Preset').selectOption('smoke')
  await field(page, 'Dataset').selectOption('moby-dick')
  await field(page, 'Steps').fill('2')
  await goTo(page, 'Wiring')
  await named(page, 'Show as JSON').click()
  await field(page, 'Sources as JSON').fill(JSON.stringify(reads))
  await named(page, 'Apply the JSON').click()
  await goTo(page, 'Settings')
  const panel = page.getByRole('tabpanel', { name: 'How it is trained' })
  for (const [label, text] of [
    ['Learning rate', '0.002'],
    ['Seed', '7'],
    ['Dropout', '0.1'],
    ['Width', '48'],
  ])
    await panel.getByRole('textbox', { name: label, exact: true }).fill(text)
  await panel.getByRole('combobox', { name: 'Activation', exact: true }).selectOption('swiglu')
  await panel.getByRole('switch', { name: 'Biases', exact: true }).click()
  await named(page, 'Share').click()
  const address = await field(page, 'Address of this set-up').inputValue()
  expect(address).toContain(baseURL)
  await page.keyboard.press('Escape')
  const own = await choices(page)
  expect(own).toMatchObject({ Dataset: 'moby-dick', Wiring: 'custom', Steps: '2', Seed: '7', Dropout: '0.1', Activation: 'swiglu' })
  await expect(page).toHaveURL(address)

  const other = await browser.newContext({ baseURL })
  const theirs = await other.newPage()
  watch(theirs)
  await theirs.goto(address)
  expect(await choices(theirs)).toEqual(own)
  const runs = []
  for (const here of [page, theirs]) {
    await button(here, 'Train').click()
    await finished(here)
    runs.push((await exportFolder(here)).model)
  }
  const [first, second] = runs
  expect(first.config.reads).toEqual(reads)
  expect(first.config).toMatchObject({ d_model: 48, activation: 'swiglu', bias: false, dropout: 0.1 })
  expect(second.config).toEqual(first.config)
  expect(second.run?.settings).toEqual(first.run?.settings)
  expect(second.run?.dataset).toEqual(first.run?.dataset)
  expect(second.run?.curve.training.loss).toEqual(first.run?.curve.training.loss)
  await other.close()
})
