/** The heads while a model trains: a large map read by mouse and by keyboard, the way back through training, and a cut. */
import type { Locator, Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import { autostart, button, ENDLESS, heatMap, pause, reach, scrubBar } from './page-driver.ts'

const picture = (map: Locator): Promise<string> => map.evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL())
const newest = (within: Page | Locator): Locator => within.getByRole('button', { name: 'Newest', exact: true })

/** Opens the large map of a head from the small ones. */
async function openLarge(page: Page, layer: number, head: number): Promise<Locator> {
  await page.getByRole('button', { name: `Head ${head} of layer ${layer}: show large` }).click()
  return page.getByRole('dialog', { name: `Layer ${layer}, head ${head}` })
}

test('a large map is read by mouse and keyboard, and training is gone through backwards', async ({ page }) => {
  await autostart(page, ENDLESS)
  await reach(page, 40)
  await expect.poll(async () => Number(await scrubBar(page).getAttribute('max'))).toBeGreaterThanOrEqual(3)
  await pause(page)
  const dialog = await openLarge(page, 1, 0)
  const map = dialog.getByRole('application', { name: 'Large map of layer 1, head 0' })
  const told = dialog.getByText(/^query ‹/)

  // 32 rows, and two parts of 32 columns.
  const box = await map.boundingBox()
  if (!box) throw new Error('The large map is not on the page.')
  const at = (row: number, column: number) => ({ x: ((column + 0.5) * box.width) / 64, y: ((row + 0.5) * box.height) / 32 })
  await map.hover({ position: at(28, 16) })
  await expect(told).toHaveText(/\(position 28\) → key ‹.+› \(position 16\), this layer \(1\): 0\.\d{3}$/)
  await map.hover({ position: at(30, 32 + 7) })
  await expect(told).toHaveText(/\(position 30\) → key ‹.+› \(position 7\), layer 0: 0\.\d{3}$/)
  await map.click({ position: at(30, 32 + 7) })
  await expect(told).toHaveText(/\(position 7\), layer 0: 0\.\d{3} \(held\)$/)
  await map.hover({ position: at(12, 3) })
  await expect(told).toHaveText(/\(position 30\) .* \(held\)$/)
  await map.click({ position: at(12, 3) })
  await map.hover({ position: at(13, 4) })
  await expect(told).toHaveText(/\(position 13\) → key ‹.+› \(position 4\), this layer \(1\): \d\.\d{3}$/)

  await map.focus()
  await page.keyboard.press('ArrowUp')
  await expect(told).toHaveText(/\(position 12\) → key ‹.+› \(position 4\), this layer/)
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowRight')
  await expect(told).toHaveText(/\(position 12\) → key ‹.+› \(position 1\), this layer/)
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  await expect(told).toHaveText(/\(position 12\) → key ‹.+› \(position 12\), layer 0: \d\.\d{3} \(held\)$/)
  await page.keyboard.press('Escape')
  await expect(dialog.getByText('Point at a square, or use the arrow keys.')).toBeVisible()

  // The moments of training, within the window and outside of it.
  const large = dialog.getByRole('img', { name: 'Large picture of layer 1, head 0' })
  const last = await picture(large)
  await scrubBar(dialog).press('Home')
  await expect(scrubBar(dialog)).toHaveAttribute('aria-valuetext', /^step 0 of /)
  expect(await picture(large)).not.toBe(last)
  await newest(dialog).click()
  expect(await picture(large)).toBe(last)
  await dialog.getByRole('button', { name: 'Next head' }).click()
  await expect(page.getByRole('dialog', { name: 'Layer 1, head 1' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)

  const small = await picture(heatMap(page, 1, 1))
  await scrubBar(page).press('Home')
  const first = await picture(heatMap(page, 1, 1))
  expect(first).not.toBe(small)
  // Training goes on meanwhile, and what is looked at stays.
  await button(page, 'Resume').click()
  await reach(page, 60)
  expect(await picture(heatMap(page, 1, 1))).toBe(first)
  await newest(page).click()
  await expect(page.getByText(/, live$/)).toBeVisible()
  await expect.poll(() => picture(heatMap(page, 1, 1))).not.toBe(first)

  // A cut while it trains.
  const row = page.getByRole('table', { name: 'Measured heads' }).getByRole('row', { name: /^Layer 1, head 1 / })
  await row.getByRole('button', { name: 'Cut layer 1, head 1' }).click()
  await expect(row).toContainText(/[+−]?\d\.\d+ ± \d\.\d+ nats(matters|matters a little|better without|no clear change), step \d+/)
  await expect(row.getByRole('button', { name: 'Cut layer 1, head 1' })).toBeEnabled()
  await expect(button(page, 'Pause')).toBeEnabled()
})
