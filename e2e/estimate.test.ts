/** The guess of how long a run takes. How near it comes is a matter of the adapter; what must hold on all is here. */
import { expect, test } from 'vitest'
import { openNodeGpu } from '../src/cli/adapter.ts'
import { recordForwardPass } from '../src/train/forward.ts'
import { createEstimator } from '../src/train/estimate.ts'
import { variantsOf } from '../src/tensor/recording.ts'
import { planTraining } from '../src/train/planned.ts'
import { countGpu } from './count-gpu.ts'
import { setUpSmoke, startRun } from './engine.ts'

test('the adapter is timed once and leaves nothing; more steps take longer, and what does not fit is refused', async () => {
  const gpu = await openNodeGpu()
  const counts = countGpu(gpu.device)
  const { config, settings } = await setUpSmoke({ eval_every: 0 }, 'joint')
  const estimator = createEstimator(gpu)
  const seconds = await estimator.seconds(config, settings, 100)
  expect(seconds).toBeGreaterThan(0.01)
  const pipelines = counts.created.pipelines
  const [twice, three] = [await estimator.seconds(config, settings, 200), await estimator.seconds(config, settings, 300)]
  // Beyond the evaluation at the end, by the step.
  expect(twice - seconds).toBeCloseTo(three - twice, 9)
  expect(twice).toBeGreaterThan(1.5 * seconds)
  expect(await estimator.seconds(config, { ...settings, eval_every: 10 }, 100)).toBeGreaterThan(seconds)
  expect(counts.created.pipelines).toBe(pipelines)
  expect((await counts.live()).buffers).toBe(0)
  await expect(estimator.seconds({ ...config, vocab_size: 2 ** 31 }, settings)).rejects.toThrow('This does not fit the GPU')
  gpu.device.destroy()
})

test('the planned dispatches of an evaluation are the real ones', async () => {
  const setup = await setUpSmoke({ batch_size: 2 }, 'joint')
  const { config, settings } = setup
  const { machine } = await startRun(setup)
  const { gpu } = machine
  const variants = variantsOf(gpu)
  const { launches } = recordForwardPass(machine, 2, config.context_length).recording
  expect(planTraining(config, settings, gpu.limits, variants).evaluationDispatches).toBe(launches.length)
  machine.dispose()
})
