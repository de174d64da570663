/**
 * `null-experiment [TIMES [SEEDS [STEPS]]]`: the standard wiring against itself with other seeds, TIMES times (40) over SEEDS pairs (5) of `smoke` runs of STEPS steps
 * (its own). How often the 95 % interval of the paired difference excludes zero, which nothing but chance makes it do: about one time in twenty.
 */
import { loadShippedText } from '../../src/cli/files.ts'
import { openNodeGpu } from '../../src/cli/adapter.ts'
import { print } from '../../src/cli/print.ts'
import { fileStore } from '../../src/cli/tuned-store.ts'
import { runOne } from '../../src/lab/experiment/run.ts'
import { differenceOf } from '../../src/lab/experiment/statistics.ts'
import { setUp } from '../../src/train/setup.ts'

const [times = 40, seeds = 5, steps = 300] = process.argv.slice(2).map(Number)
const SEQUENCES = 64

const gpu = await openNodeGpu()
let seed = 0
async function nextLoss(): Promise<number> {
  const overrides = { seed: ++seed, steps, eval_every: 0 }
  const setup = await setUp({ dataset: { name: 'moby-dick' }, base: { preset: 'smoke' }, overrides }, loadShippedText)
  return (await runOne(gpu, setup, { cell: 'standard', seed, sequences: SEQUENCES }, { store: fileStore })).loss
}

let excluding = 0
for (let time = 1; time <= times; time++) {
  const differences: number[] = []
  for (let pair = 0; pair < seeds; pair++) differences.push((await nextLoss()) - (await nextLoss()))
  const { mean, interval, p } = differenceOf(differences)
  if (interval !== null && Math.abs(mean) > interval) excluding++
  print({ time, difference: mean, interval, p, excluding })
}
print({ times, seeds, steps, excluding, adapter: gpu.description })
process.exit(0)
