/** Types of golden-browser.mjs, which runs without any tool. */
import type { Page } from '@playwright/test'
import type { Command } from './golden-check.mjs'

export function browserCommand(page: Page): Command
