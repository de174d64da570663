/** Nothing is created inside the loop, nothing is left behind, and the plan says what is really taken. */
import { expect, test } from 'vitest'
import { z } from 'zod'
import { openNodeGpu } from '../src/cli/adapter.ts'
import type { Overrides } from '../src/train/setup.ts'
import { countGpu, KINDS } from './count-gpu.ts'
import { bitsOf, setUpSmoke, startRun } from './engine.ts'
import { leakRun, leaksOf } from './leak-run.ts'
import { jsonLines, skipscope } from './skipscope.ts'
import { stepsAsPlanned } from './steps-as-planned.ts'

test('300 steps of smoke with evaluation, probing and generation leave as much alive as after step 2, and dispose leaves nothing', async () => {
  const run = await leakRun(await openNodeGpu(), 300)
  expect(leaksOf(run)).toEqual([])
  // It counted something, and trained.
  expect(Math.min(...KINDS.map((kind) => run.before[kind]))).toBeGreaterThan(0)
  expect(run.lastLoss).toBeLessThan(run.firstLoss - 0.5)
})

test('a disposed trainer gives back all that it took, while its machine lives on', async () => {
  const gpu = await openNodeGpu()
  const counts = countGpu(gpu.device)
  const setup = await setUpSmoke({})
  const { machine, trainer } = await startRun(setup, { gpu })
  trainer.dispose()
  const first = await counts.live()
  const again = await startRun(setup, { gpu, machine })
  again.trainer.dispose()
  expect((await counts.live()).buffers).toBe(first.buffers)
  machine.dispose()
  expect((await counts.live()).buffers).toBe(0)
})

test.each<Overrides & { wiring: string }>([
  { wiring: 'standard', batch_size: 2, dropout: 0 },
  { wiring: 'joint', batch_size: 2, dropout: 0.1 },
  { wiring: 'skip', batch_size: 4, dropout: 0, accumulate: 2, recompute: true },
])(
  'the dispatches, submits and bytes of a step that are planned and that bench reports are those that the device sees: %j',
  ({ wiring, ...given }) => stepsAsPlanned(false, wiring, given),
)

test('a step that takes long is cut into submits, which changes no bit', async () => {
  const gpu = await openNodeGpu()
  const counts = countGpu(gpu.device)
  const setup = await setUpSmoke({ batch_size: 2, dropout: 0.1, eval_batches: 1 }, 'joint')
  const run = async (submitMs: number) => {
    const { machine, trainer } = await startRun(setup, { gpu, submitMs })
    const submits: number[] = []
    for (let i = 0; i < 8; i++) {
      const before = { dispatches: counts.dispatches, submits: counts.submits }
      const claimed = trainer.submits
      trainer.step()
      expect(counts.dispatches - before.dispatches).toBe(trainer.dispatches)
      expect(counts.submits - before.submits).toBe(claimed)
      submits.push(claimed)
      await trainer.fetch()
    }
    const weights = bitsOf(await machine.readPack('parameters'))
    machine.dispose()
    return { submits, weights, dispatches: trainer.dispatches }
  }
  const whole = await run(Infinity)
  expect(Math.max(...whole.submits)).toBe(1)
  // No step is so short that a hundredth of a millisecond would do.
  const cut = await run(0.01)
  expect(cut.submits[0]).toBe(1)
  expect(cut.submits.at(-1)).toBe(cut.dispatches)
  expect(cut.weights).toEqual(whole.weights)
  gpu.device.destroy()
})

const plan = z.tuple([z.object({ dispatches: z.int(), submits: z.int(), peak_gpu_mb: z.number() })])

test('bench --plan: tiny takes at most 120 dispatches and one submit, and needs no adapter', async () => {
  const nowhere = { VK_ICD_FILENAMES: '/nonexistent.json', VK_DRIVER_FILES: '/nonexistent.json' }
  for (const wiring of ['standard', 'skip', 'joint']) {
    const { status, stdout, stderr } = await skipscope(['bench', '--config', 'tiny', '--wiring', wiring, '--plan'], nowhere)
    expect([status, stderr]).toEqual([0, ''])
    const [{ dispatches, submits }] = plan.parse(jsonLines(stdout))
    expect(dispatches).toBeLessThanOrEqual(120)
    expect(submits).toBe(1)
  }
})

test('what was awaited on the GPU is not kept by it', async () => {
  const gpu = await openNodeGpu()
  const collect = () => {
    if (!global.gc) throw new Error('Run this with --expose-gc.')
    global.gc()
    return process.memoryUsage().arrayBuffers
  }
  const before = collect()
  for (let i = 0; i < 50; i++) await gpu.orFailed(Promise.resolve(new Uint8Array(4 * 2 ** 20)))
  // Memory behind arrays is given back a moment after the collection.
  for (let tries = 0; tries < 40 && collect() - before > 16 * 2 ** 20; tries++) await new Promise((resolve) => setTimeout(resolve, 50))
  expect(collect() - before).toBeLessThan(16 * 2 ** 20)
  gpu.device.destroy()
})
