import { describe, expect, it } from 'vitest'
import type { TakeTurn } from './experiments.ts'
import type { ExperimentsDatabase } from './experiments-database.ts'
import { freshApps, open, ready, settled, state } from './invented-app.ts'
import { inventedPlan, inventedResult, memoryExperiments } from './invented-experiments.ts'

freshApps()

async function opened(database: ExperimentsDatabase = memoryExperiments(), takeTurn: TakeTurn = ({ mine }) => mine()) {
  const page = open('', { openExperiments: () => Promise.resolve(database), takeTurn })
  const { experiments } = page.app
  await settled(() => expect(experiments.store.getState().list).not.toBeNull())
  const list = () => experiments.store.getState().list ?? []
  const orders = () => page.sent.filter(({ type }) => type.includes('experiment'))
  return { ...page, experiments, list, orders }
}

const ended = (id: string, how: 'over' | 'ended' | 'failed' | 'held', problem: string | null = null) =>
  ({ type: 'experiment-state', id, state: how, problem }) as const

describe('experiments', () => {
  it('are run one at a time, once there is an adapter, and what is finished is kept', async () => {
    const database = memoryExperiments()
    const { experiments, list, orders, say } = await opened(database)
    experiments.queue(inventedPlan())
    experiments.queue(inventedPlan({ title: 'Another' }))
    expect(orders()).toEqual([])
    say(ready())
    const [{ id }, second] = list()
    expect(orders()).toEqual([{ type: 'experiment', id, plan: inventedPlan(), finished: [] }])
    say({ type: 'experiment-progress', id, cell: 'standard', seed: 1, step: 5, steps: 20, evaluations: [] })
    expect(experiments.store.getState().current).toMatchObject({ id, step: 5 })
    say({ type: 'experiment-run', id, run: inventedResult('standard', 1, 2) })
    expect(experiments.store.getState().current).toBeNull()
    await settled(() => expect(database.kept.get(id)?.runs).toHaveLength(1))
    say(ended(id, 'over'))
    expect(list().map((one) => one.state)).toEqual(['over', 'running'])
    expect(orders()).toHaveLength(2)
    expect(orders()[1]).toMatchObject({ id: second.id })
  })

  it('go on after a reload with what is not finished', async () => {
    const database = memoryExperiments()
    const runs = [inventedResult('standard', 1, 2), inventedResult('joint', 1, 2.1)]
    await database.put({ id: 'a', date: '2026-01-01', plan: inventedPlan(), runs, state: 'running', problem: null })
    await database.put({ id: 'b', date: '2026-01-02', plan: inventedPlan(), runs: [], state: 'held', problem: null })
    const { orders, say, list } = await opened(database)
    say(ready())
    expect(orders()).toMatchObject([
      {
        id: 'a',
        finished: [
          { cell: 'standard', seed: 1 },
          { cell: 'joint', seed: 1 },
        ],
      },
    ])
    expect(list().map((one) => one.state)).toEqual(['running', 'held'])
  })

  it('are left to the tab that runs them, and taken over with what it finished once that is closed', async () => {
    const database = memoryExperiments()
    const first = { id: 'a', date: '2026-01-01', plan: inventedPlan(), state: 'running', problem: null } as const
    await database.put({ ...first, runs: [] })
    let free = (): void => undefined
    const { experiments, orders, say, list } = await opened(database, ({ mine, taken }) => {
      taken()
      free = mine
    })
    say(ready())
    expect(experiments.store.getState().elsewhere).toBe(true)
    expect(list().map((one) => one.state)).toEqual(['running'])
    expect(orders()).toEqual([])
    await database.put({ ...first, runs: [inventedResult('standard', 1, 2)] })
    free()
    await settled(() => expect(orders()).toMatchObject([{ id: 'a', finished: [{ cell: 'standard', seed: 1 }] }]))
    expect(experiments.store.getState().elsewhere).toBe(false)
    expect(list()).toHaveLength(1)
  })

  it('are run all the same, and it is told, where no tab can tell who runs them', async () => {
    const { experiments, orders, say } = await opened(memoryExperiments(), ({ failed }) => failed(new Error('No locks here.')))
    say(ready())
    experiments.queue(inventedPlan())
    expect(orders()).toHaveLength(1)
    expect(experiments.store.getState().problem).toBe('No locks here.')
  })

  it('wait while a run trains, are held, gone on with and deleted', async () => {
    const database = memoryExperiments()
    const { experiments, list, orders, say } = await opened(database)
    say(ready(), state('running'))
    experiments.queue(inventedPlan())
    expect(orders()).toEqual([])
    say(state('paused'))
    const [{ id }] = list()
    expect(orders()).toHaveLength(1)
    experiments.hold(id)
    say(ended(id, 'held', 'The GPU was wanted.'))
    expect(list()[0]).toMatchObject({ state: 'held', problem: 'The GPU was wanted.' })
    experiments.goOn(id)
    say({ type: 'experiment-state', id, state: 'running', problem: null })
    expect(list()[0]).toMatchObject({ state: 'running', problem: null })
    experiments.remove(id)
    expect(list()).toEqual([])
    expect(orders().map(({ type }) => type)).toEqual(['experiment', 'hold-experiment', 'resume-experiment', 'end-experiment'])
    say(ended(id, 'ended'))
    await settled(() => expect(database.kept.size).toBe(0))
  })

  it('tell how long a plan would take, of the latest that was asked about', async () => {
    const { experiments, orders, say } = await opened()
    say(ready())
    experiments.estimate(inventedPlan())
    experiments.estimate(inventedPlan({ seeds: [1, 2, 3] }))
    const [first, second] = orders().flatMap((order) => (order.type === 'estimate-experiment' ? order.id : []))
    say({ type: 'experiment-estimated', id: second, seconds: 60, problem: null })
    say({ type: 'experiment-estimated', id: first, seconds: 40, problem: null })
    expect(experiments.store.getState().estimate).toEqual({ id: second, seconds: 60, problem: null })
  })

  it('that fail say why, and can be tried again', async () => {
    const { experiments, list, orders, say } = await opened()
    say(ready())
    experiments.queue(inventedPlan())
    const [{ id }] = list()
    say(ended(id, 'failed', 'It diverged. Lower lr.'))
    expect(list()[0]).toMatchObject({ state: 'failed', problem: 'It diverged. Lower lr.' })
    experiments.goOn(id)
    expect(orders()).toHaveLength(2)
  })

  it('are run although nothing can be kept, and that is said', async () => {
    const { experiments, list } = await opened({
      ...memoryExperiments(),
      put: () => Promise.reject(new Error('“Two by two” was not kept: full.')),
    })
    experiments.queue(inventedPlan())
    expect(list()).toHaveLength(1)
    await settled(() => expect(experiments.store.getState().problem).toBe('“Two by two” was not kept: full.'))
  })
})
