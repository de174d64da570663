/** For tests: experiments kept in memory, and runs that never were. */
import type { Plan, RunResult } from '../worker/protocol.ts'
import { PLAN_VERSION } from '../lab/experiment/plan.ts'
import type { ExperimentsDatabase, KeptExperiment } from './experiments-database.ts'

export function memoryExperiments(): ExperimentsDatabase & { kept: Map<string, KeptExperiment> } {
  const kept = new Map<string, KeptExperiment>()
  return {
    kept,
    all: () => Promise.resolve([...kept.values()]),
    put: (experiment) => Promise.resolve(void kept.set(experiment.id, structuredClone(experiment))),
    remove: (id) => Promise.resolve(void kept.delete(id)),
  }
}

export const inventedPlan = (change: Partial<Plan> = {}): Plan => ({
  version: PLAN_VERSION,
  title: 'Two by two',
  dataset: { name: 'moby-dick' },
  preset: 'smoke',
  settings: { steps: 20 },
  cells: ['standard', 'joint'].map((name) => ({ name, wiring: { name }, settings: {} })),
  baseline: 'standard',
  seeds: [1, 2],
  sequences: 16,
  ...change,
})

export const inventedResult = (cell: string, seed: number, loss: number): RunResult => ({
  cell,
  seed,
  steps: 20,
  loss,
  sequences: [loss],
  evaluations: [
    { step: 10, ms: 100, loss: loss + 1 },
    { step: 20, ms: 200, loss },
  ],
  ms: 200,
  cost: { parameters: 1000, attention: cell === 'joint' ? 1.5 : 1, unread: 0, readingLayers: cell === 'joint' ? 1 : 0 },
  adapter: 'x',
  tuned: {},
})
