/**
 * `products-bench [FILTER]`: every product of a step of baby and gpt2s in its three transpositions through `product` and `longProduct`, timed on this adapter in every tile, of
 * which the quickest counts; a split sum is timed with the addition of its parts. JSON lines with the keys of `pytorch.py --products`, to be joined by compare.mjs. FILTER is a part of a product's name.
 */
import { openNodeGpu } from '../../src/cli/adapter.ts'
import { storage, type Region } from '../../src/gpu/launch.ts'
import { planMemory } from '../../src/gpu/memory.ts'
import { createPool } from '../../src/gpu/memory-pool.ts'
import { createPipelines } from '../../src/gpu/pipelines.ts'
import { createTimer } from '../../src/gpu/profiler.ts'
import { presetNamed } from '../../src/model/config.ts'
import { longProduct, product, productKey, splitsOf } from '../../src/tensor/linear.ts'
import { createRecording, ownedTensor, variantsOf, type Tensor } from '../../src/tensor/recording.ts'
import { fittingTiles } from '../../src/tensor/tiles.ts'

interface Case {
  product: string
  M: number
  N: number
  K: number
  ta: boolean
  tb: boolean
}

function casesOf(name: string): Case[] {
  const { model, train, bench_vocab } = presetNamed(name)
  const D = Number(model.d_model)
  const rows = Number(train.batch_size) * Number(model.context_length)
  const linears = { qkv: [3 * D, D], o: [D, D], up: [4 * D, D], down: [D, 4 * D], lm_head: [Number(bench_vocab), D] }
  return Object.entries(linears).flatMap(([linear, [N, K]]) => [
    { product: `${name} ${linear} forward`, M: rows, N, K, ta: false, tb: true },
    { product: `${name} ${linear} dx`, M: rows, N: K, K: N, ta: false, tb: false },
    { product: `${name} ${linear} dW`, M: N, N: K, K: rows, ta: true, tb: false },
  ])
}

const filter = process.argv[2] ?? ''
const cases = ['baby', 'gpt2s'].flatMap(casesOf).filter((c) => c.product.includes(filter))
if (cases.length === 0) throw new Error(`No product of baby and gpt2s has "${filter}" in its name.`)

// Numbers like those of a step, since zeros take less power and so less time.
const most = Math.max(...cases.map(({ M, N, K }) => Math.max(M, N) * K))
const numbers = new Float32Array(most)
let random = 1
for (let i = 0; i < most; i++) {
  random = (Math.imul(random, 1664525) + 1013904223) | 0
  numbers[i] = random / 2 ** 31
}

const gpu = await openNodeGpu()
for (const { product: name, M, N, K, ta, tb } of cases) {
  const pool = createPool(gpu)
  const pipelines = createPipelines(gpu)
  const operand = (label: string, rows: number, columns: number): Tensor => {
    const s = { ...storage(label, 4 * rows * columns, 'owned'), data: numbers.subarray(0, rows * columns) }
    return ownedTensor(label, [rows, columns], { storage: s, offset: 0, bytes: s.bytes })
  }
  const state: Region = operand('state', 1, 8).region
  const a = ta ? operand('a', K, M) : operand('a', M, K)
  const b = tb ? operand('b', N, K) : operand('b', K, N)
  const splits = ta ? splitsOf(M, N, K) : 1
  const record = (tile: string) => {
    const tiles = { [productKey({ M, N, K, aTransposed: ta, bTransposed: tb }, splits)]: tile }
    const recording = createRecording(true, { ...variantsOf(gpu), tiles })
    const of = { M, N, K, a, b, c: recording.tensor('c', [M, N]), aTransposed: ta, bTransposed: tb, state }
    if (ta) longProduct(recording, of)
    else product(recording, of)
    return recording.launches
  }
  const choices = fittingTiles(gpu.limits).map((tile) => ({ tile, launches: record(tile) }))
  for (const { launches } of choices) launches.forEach(pipelines.want)
  await gpu.orFailed(pipelines.ready())
  const scratch = pool.reserve(planMemory(choices[0].launches).sizes)
  const timer = createTimer(gpu, pool, pipelines)
  const tiles: Record<string, number> = {}
  for (const { tile, launches } of choices) tiles[tile] = 1000 * (await timer.time(launches, planMemory(launches), scratch.buffers, 5))
  const us = Math.min(...Object.values(tiles))
  const line = {
    product: name,
    M,
    N,
    K,
    ta,
    tb,
    us,
    tflops: (2 * M * N * K) / us / 1e6,
    splits,
    tiles,
    clock: timer.clock,
    adapter: gpu.description,
  }
  process.stdout.write(`${JSON.stringify(line)}\n`)
  timer.dispose()
  pool.dispose()
}
process.exit(0)
