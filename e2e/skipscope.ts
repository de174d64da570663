/** The command line as a child process, started as `npm run skipscope` starts it. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { run, type Finished } from './golden-check.mjs'

const scripts = z.object({ scripts: z.object({ skipscope: z.string() }) })
const manifest: unknown = JSON.parse(readFileSync('package.json', 'utf8'))

/** The words of the script: npm itself would only add its start. */
export const COMMAND = scripts
  .parse(manifest)
  .scripts.skipscope.split(' ')
  .map((word, i) => (i === 0 && word === 'node' ? process.execPath : word))

export const skipscope = (args: string[], environment?: Record<string, string>): Promise<Finished> => run(COMMAND, args, environment)

export const jsonLines = (text: string): unknown[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line): unknown => JSON.parse(line))
