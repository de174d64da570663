/** The command line as a child process, started as `npm run skipscope` starts it, or from the bundle that SKIPSCOPE_BUNDLE names. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { run, type Finished } from './golden-check.mjs'

const scripts = z.object({ scripts: z.object({ skipscope: z.string() }) })
const manifest: unknown = JSON.parse(readFileSync('package.json', 'utf8'))

/** The words of the script: npm itself would only add its start. */
const fromSource = (): string[] =>
  scripts
    .parse(manifest)
    .scripts.skipscope.split(' ')
    .map((word, i) => (i === 0 && word === 'node' ? process.execPath : word))

const bundle = process.env.SKIPSCOPE_BUNDLE
export const COMMAND = bundle ? [process.execPath, bundle] : fromSource()

export const skipscope = (args: string[], environment?: Record<string, string>): Promise<Finished> => run(COMMAND, args, environment)

export const jsonLines = (text: string): unknown[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line): unknown => JSON.parse(line))
