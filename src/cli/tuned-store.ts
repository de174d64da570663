/** What the tune-up found, in the user's cache folder. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { TUNE_VERSION, type Tuned, type TunedStore } from '../train/tune.ts'

const folder = (): string => process.env.SKIPSCOPE_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'skipscope')
const file = (): string => join(folder(), `tuned-${TUNE_VERSION}.json`)

const stored = z.record(z.string(), z.record(z.string(), z.string()))

/** Adapter -> its choices. A file that cannot be read is named, since its choices would silently be measured again at every run. */
export function readTuned(): Record<string, Tuned> {
  if (!existsSync(file())) return {}
  try {
    return stored.parse(JSON.parse(readFileSync(file(), 'utf8')))
  } catch {
    throw new Error(`${file()} is damaged. Delete it, or run "tuned --forget".`)
  }
}

export function forgetTuned(): void {
  rmSync(file(), { force: true })
}

export const fileStore: TunedStore = {
  load: (adapter) => Promise.resolve(readTuned()[adapter] ?? {}),
  save: (adapter, tuned) => {
    mkdirSync(folder(), { recursive: true })
    writeFileSync(file(), JSON.stringify({ ...readTuned(), [adapter]: tuned }, null, 1))
    return Promise.resolve()
  },
}
