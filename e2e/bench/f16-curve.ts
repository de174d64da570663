/**
 * `f16-curve FILE [STEPS] [PRESET] [WIRING]`: trains a preset (baby where nothing is said) on a text for STEPS steps (2000) with values stored as f32 and as f16, and
 * prints what each loss is every 100 steps, held-out losses at the end, bytes and time; then the largest relative difference of the two curves, each smoothed over 50 steps.
 */
import { basename } from 'node:path'
import { readFileSync } from 'node:fs'
import { openNodeGpu } from '../../src/cli/adapter.ts'
import { loadShippedText } from '../../src/cli/files.ts'
import { fileStore } from '../../src/cli/tuned-store.ts'
import { initialParameters } from '../../src/model/initialise.ts'
import { createMachine } from '../../src/model/machine.ts'
import { launchesOfRun } from '../../src/train/planned.ts'
import { setUp } from '../../src/train/setup.ts'
import { createTrainer } from '../../src/train/trainer.ts'
import { tuneFor } from '../../src/train/tune.ts'

const EVERY = 100
/** Steps that a smoothed loss is the mean of. */
const SMOOTHED = 50

const [file, stepsText = '2000', preset = 'baby', wiring = 'standard'] = process.argv.slice(2)
if (!file) throw new Error('Name a text file to train on.')
const steps = Number(stepsText)
if (!Number.isInteger(steps) || steps < SMOOTHED) throw new Error(`STEPS must be a whole number from ${SMOOTHED} on.`)
const gpu = await openNodeGpu({ f16: true })

async function curveOf(dtype: 'f32' | 'f16') {
  const dataset = { title: basename(file), text: readFileSync(file, 'utf8') }
  const overrides = { steps, dtype, eval_every: 0 }
  const setup = await setUp({ dataset, base: { preset }, wiring: { name: wiring }, overrides }, loadShippedText)
  const { config, settings } = setup
  const machine = createMachine(gpu, config, { tiles: await tuneFor(gpu, () => launchesOfRun(config, settings, gpu.limits), fileStore) })
  const trainer = await createTrainer({ machine, dataset: setup.dataset, settings, T: config.context_length })
  machine.load(initialParameters(config, settings.seed))
  const losses: number[] = []
  const began = performance.now()
  while (losses.length < steps) {
    for (let i = Math.min(EVERY, steps - losses.length); i > 0; i--) trainer.step()
    losses.push(...(await gpu.orFailed(trainer.fetch())).loss)
    process.stderr.write(`${dtype} ${losses.length} ${losses[losses.length - 1]}\n`)
  }
  const step_ms = (performance.now() - began) / steps
  const { loss } = await gpu.orFailed(trainer.evaluate())
  const mb = machine.pool.bytes() / 2 ** 20
  machine.dispose()
  return { losses, heldOut: loss, step_ms, mb }
}

const smoothed = (losses: number[], end: number): number =>
  losses.slice(end - SMOOTHED, end).reduce((sum, loss) => sum + loss / SMOOTHED, 0)

const print = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

const [f32, f16] = [await curveOf('f32'), await curveOf('f16')]
let largest = { step: 0, difference: 0 }
for (let step = SMOOTHED; step <= steps; step++) {
  const [wide, narrow] = [smoothed(f32.losses, step), smoothed(f16.losses, step)]
  const difference = Math.abs(narrow / wide - 1)
  // A difference that is no number is larger than any.
  if (!(difference <= largest.difference)) largest = { step, difference }
  if (step % EVERY === 0) print({ step, f32: wide, f16: narrow, difference })
}
for (const [dtype, { heldOut, step_ms, mb }] of Object.entries({ f32, f16 })) print({ dtype, val_loss: heldOut, step_ms, peak_gpu_mb: mb })
print({ preset, wiring, steps, adapter: gpu.description, largest_difference: largest.difference, at_step: largest.step })
process.exit(largest.difference < 0.01 ? 0 : 1)
