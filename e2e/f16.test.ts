/** Steps that store f16: the golden cases, a loss curve beside that of f32, the kernels of GPUs, memory, and the refusal where an adapter has no f16. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readSafetensors } from '../src/io/safetensors.ts'
import { gradsOf, replay, type ShapedBatch } from '../src/lab/batch-runs.ts'
import { createMachine } from '../src/model/machine.ts'
import type { Variants } from '../src/tensor/recording.ts'
import { planTraining } from '../src/train/planned.ts'
import { caseFolder, CASES } from './golden-check.mjs'
import { goldenModel, gpuOfTests, relativeError, setUpSmoke, startRun } from './engine.ts'
import { stepsAsPlanned } from './steps-as-planned.ts'

/** The contract's, with f16 storage. */
const TOLERANCE = 2e-2

const batchFile = z.array(z.object({ tokens: z.array(z.array(z.int())), targets: z.array(z.array(z.int())) }))

const batchesOf = (name: string): ShapedBatch[] =>
  batchFile.parse(JSON.parse(readFileSync(join(caseFolder(name), 'batches.json'), 'utf8'))).map(({ tokens, targets }) => ({
    B: tokens.length,
    T: tokens[0].length,
    tokens: Uint32Array.from(tokens.flat()),
    targets: Int32Array.from(targets.flat()),
  }))

const goldenOf = (name: string) => readSafetensors(readFileSync(join(caseFolder(name), 'golden.safetensors')), name).tensors

/** A golden case's model on a machine of its own. */
async function machineOf(name: string, variants?: Variants) {
  const { config, parameters } = goldenModel(name)
  const machine = createMachine(await gpuOfTests(), config, { variants })
  machine.load(parameters)
  return machine
}

/** The worst error of a gradient by the contract's measure. */
function worstGradient(
  ours: ReadonlyMap<string, { data: ArrayLike<number> }>,
  golden: ReadonlyMap<string, { data: ArrayLike<number> }>,
): number {
  const all = [...golden].filter(([name]) => name.startsWith('grad.'))
  expect(all.length).toBeGreaterThan(0)
  const squares = (data: ArrayLike<number>): number => Array.from(data).reduce((sum, value) => sum + value * value, 0)
  const n = all.reduce((sum, [, { data }]) => sum + data.length, 0)
  const floor = (0.01 ** 2 * all.reduce((sum, [, { data }]) => sum + squares(data), 0)) / n
  const errors = all.map(([name, { data }]) => {
    const mine = ours.get(name)?.data ?? []
    const difference = squares(Array.from(data, (value, i) => value - mine[i]))
    return Math.sqrt(difference / (squares(data) + floor * data.length))
  })
  return errors.includes(NaN) ? NaN : Math.max(...errors)
}

describe.each(CASES)('golden %s', (name) => {
  test('gradients', async () => {
    const machine = await machineOf(name)
    const { tensors } = await gradsOf(machine, batchesOf(name)[0], 'f16')
    machine.dispose()
    const error = worstGradient(tensors, goldenOf(name))
    expect(error).toBeLessThanOrEqual(TOLERANCE)
    // Larger than f32's: f16 was stored.
    expect(error).toBeGreaterThan(2e-5)
  })

  test('replay', async () => {
    const machine = await machineOf(name)
    const losses: number[] = []
    for await (const { loss } of replay(machine, batchesOf(name), 3e-3, 'f16')) losses.push(loss)
    const after = await machine.readPack('parameters')
    machine.dispose()
    const golden = goldenOf(name)
    expect(relativeError(losses, golden.get('curve')?.data ?? [])).toBeLessThanOrEqual(TOLERANCE)
    const judged = [...after].filter(([parameter]) => !parameter.endsWith('attn.k.bias'))
    const due = (parameter: string) => Array.from(golden.get(`after.${parameter}`)?.data ?? [])
    for (const [parameter, { data }] of judged) expect(relativeError(data, due(parameter)), parameter).toBeLessThanOrEqual(TOLERANCE)
  })
})

test('the kernels of GPUs read and write f16 as those of processors do', async () => {
  const name = 'llama-gqa-shared'
  const machine = await machineOf(name, { parallel: true })
  const { tensors } = await gradsOf(machine, batchesOf(name)[0], 'f16')
  machine.dispose()
  expect(worstGradient(tensors, goldenOf(name))).toBeLessThanOrEqual(TOLERANCE)
})

/** Losses of every step, and the last held-out loss. */
async function curveOf(dtype: 'f32' | 'f16', steps: number) {
  const setup = await setUpSmoke({ dtype, steps })
  const { machine, trainer } = await startRun(setup)
  const losses: number[] = []
  for (let step = 0; step < steps; step += 60) {
    for (let i = 0; i < 60; i++) trainer.step()
    losses.push(...(await trainer.fetch()).loss)
  }
  const { loss } = await trainer.evaluate()
  machine.dispose()
  return { losses, heldOut: loss }
}

test('180 steps of smoke learn as with f32: every loss within 1 %', async () => {
  const [f32, f16] = [await curveOf('f32', 180), await curveOf('f16', 180)]
  expect(f32.losses).toHaveLength(180)
  expect(f16.losses).not.toEqual(f32.losses)
  expect(Math.max(...f16.losses.map((loss, i) => Math.abs(loss / f32.losses[i] - 1)))).toBeLessThan(0.01)
  expect(Math.abs(f16.heldOut / f32.heldOut - 1)).toBeLessThan(0.01)
  // And it learns.
  expect(f16.losses[179]).toBeLessThan(0.8 * f16.losses[0])
})

test('a step takes the dispatches and bytes that are planned, fewer bytes than with f32', async () => {
  await stepsAsPlanned(false, 'joint', { dtype: 'f16', batch_size: 4, accumulate: 2 })
  const { config, settings } = await setUpSmoke({})
  const { limits } = await gpuOfTests()
  const [f32, f16] = (['f32', 'f16'] as const).map((dtype) => planTraining(config, { ...settings, dtype }, limits))
  expect(f16.dispatches).toBe(f32.dispatches)
  expect(f16.bytes).toBeLessThan(f32.bytes)
})

test('an adapter without f16 refuses it in one line that names the fix', async () => {
  const gpu = await gpuOfTests()
  const without = { ...gpu, limits: { ...gpu.limits, f16: false } }
  await expect(startRun(await setUpSmoke({ dtype: 'f16' }), { gpu: without })).rejects.toThrow(
    'This adapter has no f16 (the WebGPU feature shader-f16), which the dtype f16 needs. Set dtype to f32.',
  )
})
