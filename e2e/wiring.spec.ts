/** The wiring editor: an edit by mouse and the same by keyboard alone, as the trained model has it. */
import type { Locator, Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import { button, exportFolder, field, finished, goTo, tabTo } from './page-driver.ts'

const cell = (page: Page, layer: number, head: number): Locator =>
  page.getByRole('grid', { name: 'Sources of every head' }).getByRole('gridcell', { name: new RegExp(`^Layer ${layer}, head ${head}: `) })
const named = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true })
const source = (page: Page, number: number): Locator => page.getByRole('group', { name: `Source ${number}`, exact: true })

/** What both ways lead to: a head with a choice, its earlier keys with its own values, and one that reads the layer below alone. */
const READS = [
  [[[0, 0]], [[0, 0]]],
  [
    [
      [1, 1],
      [0, 1],
    ],
    [[0, 0]],
  ],
]

/** The wiring that the editor shows as JSON. */
async function shownReads(page: Page): Promise<unknown> {
  return JSON.parse(await field(page, 'Sources as JSON').inputValue())
}

async function byMouse(page: Page): Promise<void> {
  await goTo(page, 'Wiring')
  await named(page, 'Standard').click()
  await cell(page, 1, 0).click()
  await named(page, 'Add a source').click()
  await source(page, 2).getByRole('switch', { name: 'Apart' }).click()
  await source(page, 2).getByRole('combobox', { name: 'Values from' }).selectOption('1')
  await cell(page, 1, 1).click()
  await named(page, 'Add a source').click()
  await named(page, 'Remove source 1').click()
  await named(page, 'Show as JSON').click()
  expect(await shownReads(page)).toEqual(READS)
  // Back over both edits of the last head, and forth again.
  await named(page, 'Undo').click()
  await expect(cell(page, 1, 1)).toHaveAccessibleName(/its own layer 1; keys and values from layer 0/)
  await named(page, 'Undo').click()
  await expect(cell(page, 1, 1)).toHaveAccessibleName(/its own layer 1\. Own layer/)
  await named(page, 'Redo').click()
  await named(page, 'Redo').click()
  expect(await shownReads(page)).toEqual(READS)
  await button(page, 'Train').click()
}

/** No key but those that a keyboard has: the mouse is never used. */
async function byKeyboard(page: Page): Promise<void> {
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key)
  }
  await press('2')
  await tabTo(page, named(page, 'Standard'))
  await press('Enter')
  await tabTo(page, cell(page, 1, 0))
  // Enter opens the cell, and the focus is on its first source.
  await press('Enter')
  await expect(source(page, 1).getByRole('combobox', { name: 'Keys and values from' })).toBeFocused()
  await tabTo(page, named(page, 'Add a source'))
  await press('Enter')
  await page.keyboard.down('Shift')
  await tabTo(page, source(page, 2).getByRole('switch', { name: 'Apart' }))
  await page.keyboard.up('Shift')
  await press('Space')
  await page.keyboard.down('Shift')
  await tabTo(page, source(page, 2).getByRole('combobox', { name: 'Values from' }))
  await page.keyboard.up('Shift')
  await press('ArrowUp')
  // Back in the grid, one to the right.
  await press('Escape')
  await expect(cell(page, 1, 0)).toBeFocused()
  await press('ArrowRight', 'Enter', 'ArrowDown', 'Escape')
  await expect(cell(page, 1, 1)).toHaveAccessibleName(
    'Layer 1, head 1: keys and values from layer 0. Wired: reads earlier layers by design.',
  )
  await press('Control+z')
  await expect(cell(page, 1, 1)).toHaveAccessibleName(/its own layer 1\. Own layer/)
  await press('Control+Shift+Z')
  await press('t')
}

test('a wiring edited by mouse and the same by keyboard alone are the reads of the trained model', async ({ page }) => {
  await page.goto('./?preset=smoke&dataset=moby-dick&wiring=joint&steps=3')
  await byMouse(page)
  await finished(page)
  await expect(field(page, 'Wiring')).toHaveValue('custom')
  expect((await exportFolder(page)).model.config.reads).toEqual(READS)

  await page.goto('./?preset=smoke&dataset=moby-dick&wiring=joint&steps=3')
  await expect(button(page, 'Train')).toBeEnabled()
  await byKeyboard(page)
  await finished(page)
  await expect(field(page, 'Wiring')).toHaveValue('custom')
  expect((await exportFolder(page)).model.config.reads).toEqual(READS)
})
