/** For everyone: every view by axe's rules in light and dark, at 200 % and on a narrow phone, and the whole main path by keyboard. */
import type { Locator, Page } from '@playwright/test'
import { checkRules } from './axe.ts'
import { expect, test } from './fixtures.ts'
import { alert, button, ENDLESS, field, generated, heatMap, live, pause, reach, train } from './page-driver.ts'

const PLACES = ['Watch', 'Wiring', 'Data', 'Settings', 'Lab', 'Experiments', 'Runs', 'Speed'] as const
type Place = (typeof PLACES)[number]

const open = (page: Page, place: Place): Promise<void> => page.getByRole('tab', { name: place, exact: true }).click()
const dialog = (page: Page): Locator => page.getByRole('dialog')
const squares = (page: Page): Locator => page.getByRole('grid', { name: 'Attention heads, layer by head' }).getByRole('button')

/** Opens the cell editor and the JSON. */
async function openEditors(page: Page): Promise<void> {
  await page.getByRole('gridcell', { name: /^Layer 1, head 0/ }).click()
  await page.getByRole('button', { name: 'Show as JSON' }).click()
  await expect(field(page, 'Sources as JSON')).toBeVisible()
}

/** Goes through every view with the page as it stands, and calls `look` in each. The dialogs are named apart. */
async function everyView(page: Page, when: string, look: (view: string) => Promise<void>): Promise<void> {
  for (const place of PLACES) {
    await open(page, place)
    await look(`${place}, ${when}`)
    if (place !== 'Wiring') continue
    await openEditors(page)
    await look(`Wiring with its editors, ${when}`)
  }
  await open(page, 'Watch')
  await squares(page).last().click()
  await expect(dialog(page)).toBeVisible()
  await look(`Large map, ${when}`)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Keys and words' }).click()
  await expect(dialog(page)).toBeVisible()
  await look(`Help, ${when}`)
  await page.keyboard.press('Escape')
  await expect(dialog(page)).toBeHidden()
}

/** A benchmark of the smallest shape, with the profile of its kernels. */
async function bench(page: Page): Promise<void> {
  await open(page, 'Speed')
  await field(page, 'How many to time').fill('2')
  await page.getByRole('checkbox', { name: 'Also time every kernel' }).check()
  await page.getByRole('button', { name: 'Run benchmark' }).click()
  await expect(page.getByText('The benchmark is complete.')).toBeVisible()
}

/** Half-way from one colour to the other nothing has its contrast, nor any sign of focus. */
async function withoutTransitions(page: Page): Promise<void> {
  await page.addStyleTag({ content: '*, ::before, ::after { transition: none !important; }' })
}

/** What does not fit: the page scrolls sideways, a button's or a tab's text is cut, or two things to press lie over each other. */
async function misfits(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = []
    const { scrollWidth, clientWidth } = document.documentElement
    if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth - clientWidth} px too wide`)
    const root = document.querySelector('[role="dialog"]') ?? document.body
    const scrolls = (element: Element): boolean => {
      for (let at = element.parentElement; at; at = at.parentElement)
        if (['auto', 'scroll'].includes(getComputedStyle(at).overflowX) && at.scrollWidth > at.clientWidth) return true
      return false
    }
    const pressed = [...root.querySelectorAll('button, select, input, textarea, [role="tab"]')].filter((element) => {
      const { width, height } = element.getBoundingClientRect()
      return width > 2 && height > 2 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    })
    const told = (element: Element): string => element.ariaLabel ?? (element.textContent || element.outerHTML.slice(0, 80))
    const boxes = pressed.map((element) => ({ element, box: element.getBoundingClientRect() }))
    for (const { element, box } of boxes) {
      if (!scrolls(element) && (box.left < -1 || box.right > clientWidth + 1)) found.push(`"${told(element)}" leaves the page`)
      if (!element.matches('button, [role="tab"]')) continue
      for (const part of [element, ...element.querySelectorAll('span')])
        if (part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 2 && getComputedStyle(part).overflowX !== 'visible')
          found.push(`"${told(element)}" is cut`)
    }
    for (const [i, one] of boxes.entries())
      for (const other of boxes.slice(i + 1)) {
        if (scrolls(one.element) || scrolls(other.element)) continue
        const [a, b] = [one.box, other.box]
        const over = Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1
        const within = (inner: DOMRect, outer: DOMRect): boolean =>
          inner.left >= outer.left - 1 && inner.right <= outer.right + 1 && inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1
        // A button inside a field lies in it on purpose.
        if (over && !within(a, b) && !within(b, a)) found.push(`"${told(one.element)}" and "${told(other.element)}" lie over each other`)
      }
    return found
  })
}

/** Presses Tab until the element has the focus. Wherever the focus comes by, it must show. */
async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  for (let pressed = 0; pressed < 200; pressed++) {
    await page.keyboard.press(key)
    const unseen = await page.evaluate(() => {
      const element = document.activeElement
      if (!(element instanceof HTMLElement) || element === document.body) return null
      // The sign may be drawn by what follows a hidden input, or by what stands around it.
      const drawn = (): string =>
        [element, element.nextElementSibling, element.parentElement]
          .map((part) => {
            if (!part) return ''
            const { outline, boxShadow, borderColor, backgroundColor } = getComputedStyle(part)
            return [outline, boxShadow, borderColor, backgroundColor].join()
          })
          .join()
      if (element.matches(':focus-visible') && getComputedStyle(element).outlineStyle !== 'none') return null
      const [x, y] = [window.scrollX, window.scrollY]
      const focused = drawn()
      element.blur()
      const left = drawn()
      element.focus({ preventScroll: true })
      window.scrollTo(x, y)
      return focused === left ? element.outerHTML.slice(0, 120) : null
    })
    expect(unseen, 'has the focus and does not show it').toBeNull()
    if (await target.evaluate((element) => element === document.activeElement)) return
  }
  throw new Error(`The focus never comes to ${await target.evaluate((element) => element.outerHTML)}.`)
}

test('no accessibility rule is broken in any view, in light and dark', async ({ page }) => {
  await page.goto('./')
  await withoutTransitions(page)
  await expect(heatMap(page, 0, 0)).toBeVisible()
  await everyView(page, 'with the recording', (view) => checkRules(page, view))

  await train(page, { dataset: 'Moby Dick', preset: 'Smoke', wiring: 'Joint', steps: ENDLESS })
  await reach(page, 60)
  await checkRules(page, 'Watch while it trains')
  await pause(page)
  await open(page, 'Settings')
  await checkRules(page, 'Settings with a run')
  await open(page, 'Runs')
  await expect(page.getByRole('checkbox', { name: /^Draw / })).toBeVisible()
  await checkRules(page, 'Runs with a run')
  await open(page, 'Watch')
  await field(page, 'Prompt').fill('☃')
  await expect(alert(page)).toBeVisible()
  await checkRules(page, 'Watch with an error')
})

test('no accessibility rule is broken by a benchmark with its profile', async ({ page }) => {
  await page.goto('./')
  await withoutTransitions(page)
  await bench(page)
  await checkRules(page, 'Speed with a profile')
  // Every heading of the table sorts by keyboard.
  const heading = page.getByRole('columnheader', { name: 'GB/s' })
  await tabTo(page, heading.getByRole('button'))
  await page.keyboard.press('Enter')
  await expect(heading).toHaveAttribute('aria-sort', 'descending')
  await page.keyboard.press('Enter')
  await expect(heading).toHaveAttribute('aria-sort', 'ascending')
})

test('every view fits at 200 % and on a phone of 360 pixels, nothing cut or covered', async ({ browser, baseURL }) => {
  // 1400 × 900 at 200 %.
  const page = await browser.newPage({ baseURL, viewport: { width: 700, height: 450 }, deviceScaleFactor: 2 })
  await page.goto('./')
  await withoutTransitions(page)
  await expect(heatMap(page, 0, 0)).toBeVisible()
  const fits = async (view: string): Promise<void> => expect.soft(await misfits(page), view).toEqual([])
  await everyView(page, 'at 200 %', fits)
  await bench(page)
  await fits('Speed with a profile, at 200 %')
  await page.setViewportSize({ width: 360, height: 740 })
  await page.reload()
  await withoutTransitions(page)
  await expect(heatMap(page, 0, 0)).toBeVisible()
  const bar = await page.getByRole('region', { name: 'Set-up and run' }).boundingBox()
  expect(bar?.height, 'height of the bar on a phone').toBeLessThanOrEqual(740)
  await everyView(page, 'on a phone', fits)
  await bench(page)
  await fits('Speed with a profile, on a phone')
  await open(page, 'Watch')
  await train(page, { dataset: 'Moby Dick', preset: 'Smoke', wiring: 'Joint', steps: 60 })
  await expect(page.getByText('Training is finished.')).toBeVisible()
  for (const place of ['Runs', 'Watch'] as const) {
    await open(page, place)
    await fits(`${place} with a run, on a phone`)
  }
  await page.close()
})

test('the main path goes by keyboard alone, the focus always in sight', async ({ page }) => {
  await page.goto('./')
  await withoutTransitions(page)
  await expect(heatMap(page, 0, 0)).toBeVisible()
  for (const [name, typed] of [
    ['Dataset', 'Moby'],
    ['Preset', 'Smoke'],
    ['Wiring', 'Joint'],
  ]) {
    await tabTo(page, field(page, name))
    await page.keyboard.type(typed)
  }
  await expect(field(page, 'Dataset')).toHaveValue('moby-dick')
  await expect(field(page, 'Preset')).toHaveValue('smoke')
  await expect(field(page, 'Wiring')).toHaveValue('joint')
  await tabTo(page, field(page, 'Steps'))
  await page.keyboard.press('Control+A')
  await page.keyboard.type(`${ENDLESS}`)
  await tabTo(page, button(page, 'Train'))
  await page.keyboard.press('Enter')
  await reach(page, 20)
  await page.keyboard.press('p')
  await expect(page.getByText('Paused.')).toBeVisible()

  // The squares are one stop; arrow keys go from head to head.
  await tabTo(page, squares(page).first())
  await page.keyboard.press('ArrowRight')
  await expect(squares(page).nth(1)).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(dialog(page)).toHaveAccessibleName('Layer 1, head 1')
  const map = page.getByRole('application', { name: 'Large map of layer 1, head 1' })
  if (!(await map.evaluate((element) => element === document.activeElement))) await tabTo(page, map)
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('Enter')
  await expect(page.getByText('(held)')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByText('(held)')).toBeHidden()
  await page.keyboard.press('Escape')
  await expect(dialog(page)).toBeHidden()
  await expect(squares(page).nth(1)).toBeFocused()

  const cut = page.getByRole('button', { name: 'Cut this head' })
  await tabTo(page, cut)
  await page.keyboard.press('Enter')
  await expect(page.getByText(/measured at step \d+/i)).toBeVisible()

  const scrub = page.getByRole('slider', { name: 'Step shown' })
  const newest = await scrub.inputValue()
  await page.keyboard.press('[')
  await expect(scrub).not.toHaveValue(newest)
  await page.keyboard.press(']')
  await expect(scrub).toHaveValue(newest)
  await tabTo(page, scrub, 'Shift+Tab')
  await page.keyboard.press('Home')
  await expect(scrub).toHaveValue('0')
  await page.keyboard.press('End')
  await expect(scrub).toHaveValue(newest)

  await page.keyboard.press('g')
  await expect(field(page, 'Prompt')).toBeFocused()
  await page.keyboard.press('Control+A')
  await page.keyboard.type('The whale')
  await tabTo(page, field(page, 'Tokens'))
  await page.keyboard.press('Control+A')
  await page.keyboard.type('20')
  await tabTo(page, button(page, 'Generate'))
  await page.keyboard.press('Enter')
  await expect.poll(async () => (await generated(page).textContent())?.length, { message: 'characters written' }).toBe(20)
  await expect(generated(page)).toHaveAttribute('aria-busy', 'false')

  await tabTo(page, button(page, 'Export'))
  const download = page.waitForEvent('download')
  await page.keyboard.press('Enter')
  expect((await download).suggestedFilename()).toMatch(/\.zip$/)
  await page.keyboard.press('?')
  await expect(dialog(page)).toHaveAccessibleName('Keys and words')
  await page.keyboard.press('Escape')
  await expect(dialog(page)).toBeHidden()
  await page.keyboard.press('7')
  await expect(page.getByRole('tab', { name: 'Runs', selected: true })).toBeVisible()
  expect(Number(await live(page, 'Step').innerText())).toBeGreaterThanOrEqual(20)
})
