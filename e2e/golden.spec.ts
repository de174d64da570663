/** The golden cases in Chromium, judged by the same checks as the command line. */
import { expect, test } from './fixtures.ts'
import { browserCommand } from './golden-browser.mjs'
import { CASES, checkCase } from './golden-check.mjs'

for (const name of CASES)
  test(`the golden case ${name} in the browser`, async ({ page }) => {
    await page.goto('e2e/numerics/index.html?golden')
    await expect(page.getByRole('status')).toHaveText('Ready')
    const { bad } = await checkCase(browserCommand(page), name, 'adapter')
    expect(bad).toEqual([])
  })
