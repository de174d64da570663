/** `leaks-long STEPS [TEXT]` (Node with --expose-gc; TEXT is a file where the shipped text is not at hand): prints what was alive after step 2, at the end and after dispose as JSON; exit status 1 on a difference. */
import { readFileSync } from 'node:fs'
import { openNodeGpu } from '../src/cli/adapter.ts'
import { leakRun, leaksOf } from './leak-run.ts'

const steps = Number(process.argv[2])
if (!Number.isInteger(steps) || steps < 3) {
  process.stderr.write('Give the number of steps, 3 or more: node --expose-gc leaks-long.mjs 3000\n')
  process.exit(1)
}
const file = process.argv[3]
const dataset = file === undefined ? undefined : { title: file, text: readFileSync(file, 'utf8') }
const result = await leakRun(await openNodeGpu(), steps, dataset)
const bad = leaksOf(result)
process.stdout.write(`${JSON.stringify({ ...result, bad })}\n`)
process.exit(bad.length === 0 ? 0 : 1)
