/**
 * What a sweep over all heads costs: seconds a head beside one evaluation of the same held-out sequences by a pass that is compiled already, both as means over as many turns as there are heads, in rounds of which the medians are told: a busy host holds up one of them now and then. Run `node dist/node/sweep-bench.mjs [preset]`.
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
const ROUNDS = 15
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
const times: Record<string, number[]> = Object.fromEntries(['evaluation', ...SWEEPS].map((name) => [name, []]))
for (let round = 0; round < ROUNDS; round++) {
  const evaluations = await seconds(async () => {
    for (let n = 0; n < heads; n++) await heldOut.measure(plain)
  })
  times.evaluation.push((1000 * evaluations) / heads)
  for (const sweep of SWEEPS) times[sweep].push((1000 * (await seconds(() => answerLab(model, { about: 'sweep', sweep }, {})))) / heads)
}
const sorted = (all: number[]): number[] => [...all].sort((a, b) => a - b)
const median = (all: number[]): number => sorted(all)[Math.floor(all.length / 2)]
for (const sweep of SWEEPS) {
  const ratios = sorted(times[sweep].map((ms, round) => ms / times.evaluation[round]))
  console.log(
    JSON.stringify({
      preset,
      sweep,
      heads,
      rounds: ROUNDS,
      evaluation_ms: median(times.evaluation),
      head_ms: median(times[sweep]),
      ratio: median(times[sweep]) / median(times.evaluation),
      ratio_min: ratios[0],
      ratio_max: ratios[ratios.length - 1],
    }),
  )
}
process.exit(0)
