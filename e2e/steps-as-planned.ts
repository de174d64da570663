/** That a step takes what is planned, counted where the device is called. */
import { expect } from 'vitest'
import { openNodeGpu } from '../src/cli/adapter.ts'
import { planTraining } from '../src/train/planned.ts'
import type { Overrides } from '../src/train/setup.ts'
import { countGpu } from './count-gpu.ts'
import { setUpSmoke, startRun } from './engine.ts'

/** Two steps and an evaluation of `smoke` by the kernels of GPUs or of processors: dispatches, submits and bytes. */
export async function stepsAsPlanned(parallel: boolean, wiring: string, given: Overrides): Promise<void> {
  const gpu = await openNodeGpu({ f16: given.dtype === 'f16' })
  const counts = countGpu(gpu.device)
  const setup = await setUpSmoke({ eval_batches: 1, context_length: 16, ...given }, wiring)
  const { machine, trainer } = await startRun(setup, { gpu, variants: { parallel } })
  const planned = planTraining(setup.config, setup.settings, gpu.limits, { parallel })
  for (let i = 0; i < 2; i++) {
    const before = { dispatches: counts.dispatches, submits: counts.submits }
    trainer.step()
    const real = { dispatches: counts.dispatches - before.dispatches, submits: counts.submits - before.submits }
    expect(real.dispatches).toBeGreaterThan(0)
    expect(real).toEqual({ dispatches: planned.dispatches, submits: planned.submits })
    expect(real).toEqual({ dispatches: trainer.dispatches, submits: trainer.submits })
  }
  await trainer.fetch()
  const before = counts.dispatches
  await trainer.evaluate()
  expect(counts.dispatches - before).toBe(planned.evaluationDispatches)
  expect((await counts.live()).bytes).toBe(planned.bytes)
  expect(machine.pool.bytes()).toBe(planned.bytes)
  trainer.dispose()
  machine.dispose()
  gpu.device.destroy()
}
