/** What the tests on an adapter share: one device for a file, the golden cases as models, and small runs. */
import { loadShippedText, readFolder } from '../src/cli/files.ts'
import { openNodeGpu } from '../src/cli/adapter.ts'
import { rng } from '../src/data/random.ts'
import type { Gpu } from '../src/gpu/device.ts'
import { readModelFolder, type ModelFolder } from '../src/io/folder.ts'
import { initialParameters, type Parameters } from '../src/model/initialise.ts'
import { createMachine, type Machine } from '../src/model/machine.ts'
import { setUp, type Setup, type SetupRequest } from '../src/train/setup.ts'
import { createTrainer, type Trainer } from '../src/train/trainer.ts'
import type { Variants } from '../src/tensor/recording.ts'
import { caseFolder } from './golden-check.mjs'

let opened: Promise<Gpu> | undefined
/** The adapter that the environment names; opened once. */
export const gpuOfTests = (): Promise<Gpu> => (opened ??= openNodeGpu({ f16: true }))

export const goldenModel = (name: string): ModelFolder => readModelFolder(readFolder(caseFolder(name)), name)

export const randomTokens = (key: number, count: number, vocabulary: number): number[] => {
  const random = rng(key)
  return Array.from({ length: count }, () => random.below(vocabulary))
}

/** ‖a − b‖ / ‖b‖ */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0
  let size = 0
  for (let i = 0; i < b.length; i++) {
    difference += (a[i] - b[i]) ** 2
    size += b[i] ** 2
  }
  return a.length === b.length ? Math.sqrt(difference / Math.max(size, Number.MIN_VALUE)) : NaN
}

/** The bits of every value, so that equal means equal in every bit (NaN and -0 too). */
export const bitsOf = (parameters: Parameters): Map<string, Uint32Array> =>
  new Map([...parameters].map(([name, { data }]) => [name, new Uint32Array(data.buffer, data.byteOffset, data.length)]))

export const setUpSmoke = (overrides: SetupRequest['overrides'], wiring = 'joint', dataset = 'moby-dick'): Promise<Setup> =>
  setUp({ dataset: { name: dataset }, base: { preset: 'smoke' }, wiring: { name: wiring }, overrides }, loadShippedText)

export interface SmallRun {
  machine: Machine
  trainer: Trainer
}

export interface StartFrom {
  gpu?: Gpu
  machine?: Machine
  variants?: Variants
  parameters?: Parameters
  m?: Parameters
  v?: Parameters
  done?: number
  submitMs?: number
}

/** A trainer of its own on a machine of its own, from the seed's start or from given weights. */
export async function startRun({ config, settings, dataset }: Setup, from: StartFrom = {}): Promise<SmallRun> {
  const machine = from.machine ?? createMachine(from.gpu ?? (await gpuOfTests()), config, { variants: from.variants })
  machine.load(from.parameters ?? initialParameters(config, settings.seed))
  if (from.m) machine.load(from.m, 'm')
  if (from.v) machine.load(from.v, 'v')
  const trainer = await createTrainer({ machine, dataset, settings, T: config.context_length, done: from.done, submitMs: from.submitMs })
  return { machine, trainer }
}
