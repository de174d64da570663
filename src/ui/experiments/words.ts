/** Words of the experiments. */
import type { KeptExperiment, KeptState } from '../../store/experiments-database.ts'
import type { Plan } from '../../worker/protocol.ts'

const STATES: Record<KeptState, string> = {
  waiting: 'Waits for its turn.',
  running: 'Is being run.',
  held: 'Held.',
  failed: 'Stopped.',
  over: 'Finished.',
}

export const count = (n: number, one: string, many = `${one}s`): string => `${n.toLocaleString('en')} ${n === 1 ? one : many}`

export const runCount = ({ cells, seeds }: Plan): number => cells.length * seeds.length

export function sizeText(plan: Plan): string {
  const cells = count(plan.cells.length, 'setting')
  return `${cells} × ${count(plan.seeds.length, 'seed')} = ${count(runCount(plan), 'run')}`
}

function timeText(ms: number): string {
  const minutes = Math.ceil(ms / 60_000)
  return minutes < 120 ? `about ${count(minutes, 'minute')}` : `about ${count(Math.round(minutes / 60), 'hour')}`
}

export function stateText({ state, plan, runs }: KeptExperiment): string {
  const all = runCount(plan)
  const left = all - runs.length
  const mean = runs.reduce((sum, { ms }) => sum + ms, 0) / Math.max(1, runs.length)
  const time = state === 'running' && runs.length > 0 && left > 0 ? ` ${timeText(mean * left)} to go.` : ''
  return `${STATES[state]} ${runs.length} of ${all} runs are finished.${time}`
}

/** A name for files. */
export const fileName = ({ title }: Plan): string =>
  title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '') || 'experiment'

export const command = (plan: Plan): string =>
  `npm run --silent skipscope -- compare --plan ${fileName(plan)}.plan.json --out experiments/${fileName(plan)}`

export const signed = (x: number, digits = 3): string => `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(digits)}`
