import { expect, test as base, type Page } from '@playwright/test'

/** Playwright's `test`, which here also fails on any error that the page or its worker throws or prints; `watch` says so of one more page. */
export const test = base.extend<{ watch: (page: Page) => void }>({
  watch: [
    async ({ page }, use) => {
      const errors: string[] = []
      const watch = (watched: Page): void => {
        watched.on('pageerror', (error) => errors.push(error.stack ?? error.message))
        watched.on('console', (message) => {
          if (message.type() === 'error') errors.push(`${message.text()} (${message.location().url})`)
        })
      }
      watch(page)
      await use(watch)
      expect(errors, 'errors of the page').toEqual([])
    },
    { auto: true },
  ],
})

export { expect }
