/** The kernels of GPUs, which go through workgroup memory: on an adapter that compiles them quickly. */
import { afterEach, expect, test } from 'vitest'
import { rng } from '../src/data/random.ts'
import { constant, storage, whole, type Region } from '../src/gpu/launch.ts'
import { createMachine, type Machine } from '../src/model/machine.ts'
import { longProduct, product, type Product } from '../src/tensor/linear.ts'
import { keep } from '../src/tensor/recording.ts'
import { choosesAsTheHost } from './chooses-as-the-host.ts'
import { goldenModel, gpuOfTests } from './engine.ts'
import { stepsAsPlanned } from './steps-as-planned.ts'

const machines: Machine[] = []
afterEach(() => {
  for (const machine of machines.splice(0)) machine.dispose()
})

/** One product by the kernels of GPUs or of processors. */
async function multiply(parallel: boolean, long: boolean, { M, N, K }: { M: number; N: number; K: number }) {
  const machine = createMachine(await gpuOfTests(), goldenModel('standard').config, { variants: { parallel } })
  machines.push(machine)
  const random = rng(M, N, K)
  const values = (count: number): Region =>
    constant(
      'values',
      Float32Array.from({ length: count }, () => random.next() * 2 - 1),
    )
  const recording = machine.record(false)
  const c = keep(recording.tensor('result', [M, N]))
  const sums = keep(recording.tensor('row sums', [M]))
  const state = storage('state', 256, 'owned')
  const shared = { M, N, K, a: { region: values(M * K) }, b: { region: values(K * N) }, c, state: whole(state) }
  // A weight's gradient: the left side transposed, its row sums the bias's gradient. Otherwise a forward product with its bias.
  const p: Product = long ? { ...shared, aTransposed: true, rowSums: sums.region } : { ...shared, bTransposed: true, bias: values(N) }
  if (long) longProduct(recording, p)
  else product(recording, p)
  const compiled = await machine.compile([recording.launches])
  machine.run({ storage: state, bytes: new ArrayBuffer(256) }, compiled.plans)
  const result = await compiled.read(0, c)
  const bits = new Uint32Array(result.buffer)
  return {
    bits,
    sums: long ? new Uint32Array((await compiled.read(0, sums)).buffer) : bits,
    entry: recording.launches[0].kernel.name,
    result,
  }
}

test.each([
  { M: 37, N: 45, K: 29, long: false },
  { M: 70, N: 131, K: 64, long: false },
  { M: 67, N: 33, K: 1037, long: true },
  // Large enough for the larger tile.
  { M: 3, N: 12_750, K: 19, long: false },
])('the products of GPUs and processors have equal bits: $M × $N × $K', async ({ long, ...shape }) => {
  const register = await multiply(false, long, shape)
  const shared = await multiply(true, long, shape)
  expect(register.entry).not.toBe(shared.entry)
  expect(Math.max(...register.result.subarray(0, 1000))).toBeGreaterThan(0)
  expect(shared.bits).toEqual(register.bits)
  expect(shared.sums).toEqual(register.sums)
})

test('the dispatches, submits and bytes of a step that are planned are those that the device sees', () =>
  // Slow on processors: one sequence.
  stepsAsPlanned(true, 'joint', { batch_size: 1, dropout: 0.1 }))

test('what is chosen on the GPU is what the host would choose, past the context and after a stop', async () => {
  const { config, parameters } = goldenModel('llama-gqa-shared')
  const machine = createMachine(await gpuOfTests(), config, { variants: { parallel: true } })
  machines.push(machine)
  machine.load(parameters)
  await choosesAsTheHost(machine)
})
