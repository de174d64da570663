/** The rules of axe on the page as it stands, in light and in dark. */
import type { Page } from '@playwright/test'
import axe from 'axe-core'
import { expect } from './fixtures.ts'

declare global {
  interface Window {
    axe?: typeof axe
  }
}

/** The rules that are broken, with what breaks them. */
async function broken(page: Page): Promise<string[]> {
  // Only the frame that is asked is looked into.
  expect(page.frames()).toHaveLength(1)
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source)
  return page.evaluate(async () => {
    if (!window.axe) throw new Error('axe is not in the page.')
    // Every rule runs. Of those that are kept axe would tell of every element, which takes it as long again.
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] })
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)
  })
}

/** Every rule of axe, in both schemes. */
export async function checkRules(page: Page, view: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme)
    expect.soft(await broken(page), `${view}, ${colorScheme}`).toEqual([])
  }
}
