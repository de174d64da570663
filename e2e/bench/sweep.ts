/**
 * What a sweep over all heads costs: seconds a head beside one evaluation of the same held-out sequences by a pass that is compiled already, both as means over as many turns as there are heads. Run `node dist/node/sweep-bench.mjs [preset]`.
 */
import { loadShippedText } from '../../src/cli/files.ts'
import { openNodeGpu } from '../../src/cli/adapter.ts'
import { answerLab } from '../../src/lab/ask.ts'
import { createEffectMeter } from '../../src/lab/effect.ts'
import { createHeldOut } from '../../src/lab/held-out.ts'
import { SWEEPS } from '../../src/lab/sweep.ts'
import { initialParameters } from '../../src/model/initialise.ts'
import { createMachine } from '../../src/model/machine.ts'
import { createForward } from '../../src/train/forward.ts'
import { setUp } from '../../src/train/setup.ts'

const preset = process.argv[2] ?? 'baby'
const gpu = await openNodeGpu()
const { config, settings, dataset } = await setUp(
  { dataset: { name: 'moby-dick' }, base: { preset }, wiring: { name: 'joint' }, overrides: {} },
  loadShippedText,
)
const machine = createMachine(gpu, config)
machine.load(initialParameters(config, settings.seed))

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1000
}

const heldOut = createHeldOut(machine, dataset, settings, 32)
const plain = await createForward(machine, heldOut.B, heldOut.T)
const meter = await createEffectMeter(machine, dataset, settings)
const model = { machine, dataset, settings, step: 0, meter: () => Promise.resolve(meter) }
const heads = config.n_layers * config.n_heads
// Once for the pipelines' sake; the sweep after it is timed with nothing kept but them.
await heldOut.measure(plain)
await answerLab(model, { about: 'sweep', sweep: 'mean' }, {})
for (let round = 1; round <= 3; round++) {
  const evaluations = await seconds(async () => {
    for (let n = 0; n < heads; n++) await heldOut.measure(plain)
  })
  for (const sweep of SWEEPS) {
    const whole = await seconds(() => answerLab(model, { about: 'sweep', sweep }, {}))
    const line = {
      preset,
      round,
      sweep,
      heads,
      evaluation_ms: (1000 * evaluations) / heads,
      head_ms: (1000 * whole) / heads,
      ratio: whole / evaluations,
    }
    console.log(JSON.stringify(line))
  }
}
process.exit(0)
