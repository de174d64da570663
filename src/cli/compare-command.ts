/** `compare`: an experiment from its plan file, run after run, into a folder that it goes on from. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { MASTERED } from '../lab/experiment/compare.ts'
import { curvesTable, resultsOf, runsTable } from '../lab/experiment/export.ts'
import { parsePlan, requestOf, runsOf, type Plan } from '../lab/experiment/plan.ts'
import { READY_PLANS } from '../lab/experiment/ready.ts'
import { parseRuns, stepsTo, type RunResult } from '../lab/experiment/result.ts'
import { runOne } from '../lab/experiment/run.ts'
import { setUp } from '../train/setup.ts'
import { openNodeGpu } from './adapter.ts'
import { checkFolder, loadShippedText, readJson, writeWhole } from './files.ts'
import { print, progress } from './print.ts'
import { fileStore } from './tuned-store.ts'

export interface CompareOptions {
  plan?: string
  out?: string
  ready?: string
}

const FILES = ['plan.json', 'results.json', 'results.csv', 'curves.csv']

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const json = (value: unknown): Uint8Array => bytesOf(`${JSON.stringify(value, null, 1)}\n`)

/** Runs of the same plan that a folder holds. */
function finishedRuns(out: string, plan: Plan): RunResult[] {
  const file = join(out, 'plan.json')
  if (!existsSync(file)) return []
  if (JSON.stringify(parsePlan(readJson(file), file)) !== JSON.stringify(plan))
    throw new Error(`${out} holds an experiment of another plan: choose another folder, or delete it.`)
  const results = join(out, 'results.json')
  if (!existsSync(results)) return []
  const kept = readJson(results)
  return parseRuns(typeof kept === 'object' && kept !== null && 'runs' in kept ? kept.runs : undefined, `${results}, which may be deleted`)
}

function writeResults(out: string, plan: Plan, runs: RunResult[]): void {
  writeWhole(join(out, 'plan.json'), json(plan))
  writeWhole(join(out, 'results.json'), json(resultsOf(plan, runs)))
  writeWhole(join(out, 'results.csv'), bytesOf(runsTable(runs)))
  writeWhole(join(out, 'curves.csv'), bytesOf(curvesTable(runs)))
}

function printReady(name: string): void {
  const ready = READY_PLANS.find((one) => one.name === name)
  if (!ready) throw new Error(`There is no experiment "${name}". Choose one of: ${READY_PLANS.map((one) => one.name).join(', ')}.`)
  print(ready.plan())
}

/** Prints a line for each run as it is finished, and one for each cell that is compared. */
export async function compare(options: CompareOptions): Promise<void> {
  if (options.ready !== undefined) return printReady(options.ready)
  if (options.plan === undefined || options.out === undefined)
    throw new Error('Give --plan FILE.json and --out DIR, or --ready NAME to print a plan.')
  const plan = parsePlan(readJson(options.plan), options.plan)
  checkFolder(options.out, FILES)
  const runs = finishedRuns(options.out, plan)
  const missing = runsOf(plan).filter(({ cell, seed }) => !runs.some((run) => run.cell === cell.name && run.seed === seed))
  // Every cell, before the first is trained: what cannot be set up is an error at once.
  let f16 = false
  for (const cell of plan.cells) {
    const { settings } = await setUp(requestOf(plan, { cell, seed: plan.seeds[0] }), loadShippedText)
    f16 ||= settings.dtype === 'f16'
  }
  if (runs.length > 0) progress(`${runs.length} runs are finished already, ${missing.length} are left`)
  const gpu = missing.length > 0 ? await openNodeGpu({ f16 }) : undefined
  const other = runs.find(({ adapter }) => gpu && adapter !== gpu.description)
  if (other)
    throw new Error(`The finished runs in ${options.out} are of another adapter, ${other.adapter}: go on there, or choose another folder.`)
  for (const planned of missing) {
    if (!gpu) break
    const { cell, seed } = planned
    progress(`${cell.name}, seed ${seed}`)
    const setup = await setUp(requestOf(plan, planned), loadShippedText)
    const run = await runOne(gpu, setup, { cell: cell.name, seed, sequences: plan.sequences }, { store: fileStore })
    runs.push(run)
    writeResults(options.out, plan, runs)
    const accuracy = run.evaluations.at(-1)?.accuracy
    const task = accuracy !== undefined && { accuracy, steps_to_90: stepsTo(run.evaluations, MASTERED) ?? null }
    print({ cell: run.cell, seed, loss: run.loss, ...task, ms: Math.round(run.ms) })
  }
  for (const { cell, seeds, loss, adjusted, equalTime, accuracy, verdict } of resultsOf(plan, runs).comparisons)
    print({
      cell,
      baseline: plan.baseline,
      seeds: seeds.length,
      difference: loss.mean,
      interval: loss.interval,
      p: loss.p,
      adjusted,
      equal_time: equalTime && { difference: equalTime.mean, interval: equalTime.interval },
      ...(accuracy && { accuracy: { difference: accuracy.mean, interval: accuracy.interval } }),
      verdict,
    })
}
