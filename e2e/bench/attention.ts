/**
 * Times the tiled attention kernels, each apart, in every tile that src/tensor/attention-tiles.ts lists, and compares what they write with the kernels without
 * tiles. `attention-bench.mjs [--shapes baby,gpt2s] [--passes forward] [--tile N] [--check]` prints a JSON line for each kernel and tile, and one for each shape and wiring;
 * exits with 1 when a tile's numbers differ. --check takes small odd shapes instead and times nothing: for software adapters.
 */
import { parseArgs } from 'node:util'
import { openNodeGpu } from '../../src/cli/adapter.ts'
import type { Gpu } from '../../src/gpu/device.ts'
import { storage, type Launch, type Region } from '../../src/gpu/launch.ts'
import { planMemory } from '../../src/gpu/memory.ts'
import { createPool } from '../../src/gpu/memory-pool.ts'
import { createPipelines, type Pipelines } from '../../src/gpu/pipelines.ts'
import { compilePlan } from '../../src/gpu/plan.ts'
import { createReader } from '../../src/gpu/readback.ts'
import { namedWiring, type Reads } from '../../src/model/wiring.ts'
import { attention, type Attention } from '../../src/tensor/attention.ts'
import { tileBytes, tileFor, tilesOf, type Tile, type TiledPass } from '../../src/tensor/attention-tiles.ts'
import { createInputs, createInputsWriter } from '../../src/tensor/inputs.ts'
import { createRecording, ownedTensor, variantsOf } from '../../src/tensor/recording.ts'
import { createStore, storeBytes, type HeadDims } from '../../src/tensor/store.ts'

const { values: args } = parseArgs({
  options: { shapes: { type: 'string' }, passes: { type: 'string' }, tile: { type: 'string' }, check: { type: 'boolean', default: false } },
})

const LAYERS = 3
const PASSES: TiledPass[] = ['forward', 'backward_q', 'backward_kv', 'gather_q']
/** Products of a tile in each pass: what the causal half of them counts as operations. */
const PRODUCTS = { forward: 2, backward_q: 3, backward_kv: 4, gather_q: 1 }
/** Relative to the largest number: what the order of single-precision sums may change. */
const TOLERANCE = 2e-5
const WINDOW_MS = 3
const WARM_MS = 200

type Shape = Pick<HeadDims, 'B' | 'H' | 'T' | 'E'>
const SHAPES: Record<string, Shape> = args.check
  ? Object.fromEntries([16, 20, 32, 64, 128].map((E) => [`check${E}`, { B: 2, H: 2, T: 70, E }]))
  : {
      baby: { B: 64, H: 6, T: 256, E: 64 },
      gpt2s: { B: 8, H: 12, T: 512, E: 64 },
      tiny: { B: 16, H: 4, T: 128, E: 32 },
      wide: { B: 16, H: 6, T: 256, E: 128 },
      narrow: { B: 64, H: 8, T: 256, E: 16 },
    }

/** Uniform in [-1, 1): the same numbers each time. */
function randomNumbers(n: number): Float32Array<ArrayBuffer> {
  const numbers = new Float32Array(n)
  let state = 12345
  for (let i = 0; i < n; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    numbers[i] = state / 2 ** 31
  }
  return numbers
}

interface Setting {
  dims: HeadDims
  reads: Reads
  /** Owned memory that all tiles read. */
  store: ReturnType<typeof storage>
  upstream: Region
  inputs: ReturnType<typeof createInputs>
}

function settingOf(shape: Shape, wiring: string): Setting {
  const dims = { ...shape, L: LAYERS, G: shape.H }
  const bytes = storeBytes(dims.B, LAYERS, dims)
  const store = { ...storage('store', bytes, 'owned'), data: randomNumbers(bytes / 4) }
  const n = dims.B * dims.T * dims.H * dims.E
  const upstream = { ...storage('upstream', 4 * n, 'owned'), data: randomNumbers(n) }
  return {
    dims,
    reads: namedWiring(wiring, { n_layers: LAYERS, n_heads: dims.H }),
    store,
    upstream: { storage: upstream, offset: 0, bytes: upstream.bytes },
    inputs: createInputs(1, 1),
  }
}

/** The topmost layer's attention, forwards and backwards. */
function record({ dims, reads, store: owned, upstream, inputs }: Setting, parallel: boolean, options?: Pick<Attention, 'tiles' | 'keeps'>) {
  const recording = createRecording(true, { ...variantsOf(gpu), parallel })
  const store = createStore(recording, dims, reads, { bindingLimit: Infinity, owned: { storage: owned, rows: dims.B * dims.T } })
  const layer = LAYERS - 1
  const { out } = attention(recording, { store, layer, slots: reads[layer], state: inputs.state, ...options })
  recording.adoptGradient(out, ownedTensor('upstream', out.shape, upstream))
  recording.backward()
  const { launches } = recording
  const stats = launches[0].regions.stats
  const gradients = store.chunks[0].gradients
  if (!stats || !gradients) throw new Error('The first launch is not the forward pass of training.')
  for (const s of [out.region.storage, stats.storage, gradients]) s.keep = true
  return { launches, out, stats, gradients, width: store.width }
}

type Recorded = ReturnType<typeof record>

const launchOf = ({ launches }: Recorded, pass: TiledPass | 'delta'): Launch => {
  const launch = launches.find(({ kernel }) => kernel.entry.replace(/_(tiled|rows)$/, '') === pass)
  if (!launch) throw new Error(`Nothing launches ${pass}.`)
  return launch
}

type Written = Record<'out' | 'stats' | 'gradients', Float32Array>

/** Runs a recording once, and reads what it wrote for the first and the last sequence. Then `time` may run launches of it on the same memory. */
async function compiled(setting: Setting, recorded: Recorded, pipelines: Pipelines) {
  const pool = createPool(gpu)
  const reader = createReader(gpu, pool, 4 * 2 ** 20)
  const memory = planMemory(recorded.launches)
  const scratch = pool.reserve(memory.sizes).buffers
  const context = { gpu, pool: sharedPool, pipelines, scratch }
  const plan = compilePlan(context, recorded.launches, memory)
  const writer = createInputsWriter(setting.inputs)
  writer.state({ seed: 1, step: 1, position: 0, ring: 0, rate: 0, scale_m: 1, scale_v: 1, inverse_count: 0 })
  gpu.device.queue.writeBuffer(sharedPool.owned(setting.inputs.storage), 0, writer.bytes)
  const submit = (encode: (encoder: GPUCommandEncoder) => void): Promise<undefined> => {
    const encoder = gpu.device.createCommandEncoder()
    encode(encoder)
    gpu.device.queue.submit([encoder.finish()])
    return gpu.orFailed(gpu.device.queue.onSubmittedWorkDone())
  }
  await submit(plan.encode)

  const { dims } = setting
  const ends = async (s: Region['storage'], rowElements: number, stride: number, places: number): Promise<Float32Array> => {
    const n = dims.T * rowElements
    const starts = Array.from({ length: places }, (_, p) => [p * stride, p * stride + (dims.B - 1) * n]).flat()
    const parts = new Float32Array(starts.length * n)
    for (const [i, start] of starts.entries()) parts.set(new Float32Array(await reader.read(plan.bufferOf(s), 4 * start, 4 * n)), i * n)
    return parts
  }
  const written = async (): Promise<Written> => {
    const stride = Math.ceil((dims.B * dims.T * recorded.width) / 64) * 64
    return {
      out: await ends(recorded.out.region.storage, dims.H * dims.E, 0, 1),
      stats: await ends(recorded.stats.storage, dims.H * 2, 0, 1),
      gradients: await ends(recorded.gradients, recorded.width, stride, Math.round(recorded.gradients.bytes / 4 / stride)),
    }
  }
  const repeatedLaunch = (launch: Launch, n: number) => compilePlan(context, new Array<Launch>(n).fill(launch), memory)
  /** Until the device's clocks have risen. */
  const warm = async (launch: Launch): Promise<void> => {
    const plan = repeatedLaunch(launch, 20)
    const start = performance.now()
    while (performance.now() - start < WARM_MS) await submit(plan.encode)
    plan.dispose()
  }
  /** Microseconds of one launch: the difference between many and three times as many, median of three. */
  const time = async (launch: Launch): Promise<number> => {
    const measure = async (p: ReturnType<typeof repeatedLaunch>): Promise<number> => {
      const start = performance.now()
      await submit(p.encode)
      return performance.now() - start
    }
    const first = repeatedLaunch(launch, 3)
    await measure(first)
    const rough = (await measure(first)) / 3
    const n = Math.max(2, Math.min(300, Math.ceil(WINDOW_MS / rough)))
    const [short, long] = [repeatedLaunch(launch, n), repeatedLaunch(launch, 3 * n)]
    await measure(long)
    const each: number[] = []
    for (let i = 0; i < 3; i++) {
      const t = await measure(short)
      each.push((((await measure(long)) - t) / (2 * n)) * 1000)
    }
    for (const p of [first, short, long]) p.dispose()
    return each.sort((a, b) => a - b)[1]
  }
  return { written, warm, time, dispose: () => (plan.dispose(), pool.dispose()) }
}

/** Largest difference relative to the largest number. */
function differenceOf(a: Written, b: Written): number {
  const worst = (['out', 'stats', 'gradients'] as const).map((name) => {
    let most = 0
    let difference = 0
    b[name].forEach((value, i) => {
      most = Math.max(most, Math.abs(value))
      const d = Math.abs(value - a[name][i])
      // What is not a number is as wrong as can be.
      difference = d <= difference ? difference : Number.isNaN(d) ? Infinity : d
    })
    return difference / most
  })
  return Math.max(...worst)
}

const nameOf = (tile: Tile | undefined): string =>
  tile
    ? `${tile.rows}x${tile.columns} across${tile.across} down${tile.down} parts${tile.parts}${tile.resident ? ' resident' : ''}${tile.subgroups ? ' subgroups' : ''} steps${tile.dotStep},${tile.gatherStep}`
    : 'none'

const gpu: Gpu = await openNodeGpu()
const limits = { workgroupBytes: gpu.limits.workgroupBytes, subgroup: gpu.subgroup }
const sharedPool = createPool(gpu)
const print = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)
const rounded = (x: number, digits: number): number => Number(x.toPrecision(digits))
let wrong = 0

/** The device's own tiles; for the check also those of large GPUs for wider heads, with short loops, since processors compile them for minutes. */
const candidates = (pass: TiledPass, E: number): Tile[] => {
  const more = { ...limits, workgroupBytes: 2 ** 16 }
  const large = args.check ? tilesOf(pass, 2 * E, more).map((tile) => ({ ...tile, dotStep: 1, gatherStep: 1 })) : []
  const all = [...tilesOf(pass, E, limits), ...large].filter((tile) => tileBytes(pass, E, tile) <= limits.workgroupBytes)
  return [...new Map(all.map((tile) => [nameOf(tile), tile])).values()]
}

const passes = PASSES.filter((pass) => !args.passes || args.passes.split(',').includes(pass))
const shapes = Object.entries(SHAPES).filter(([name]) => !args.shapes || args.shapes.split(',').includes(name))

for (const [shapeName, shape] of shapes) {
  const pipelines = createPipelines(gpu)
  /** Fastest so far: the standard wiring decides, and the others are timed with it. */
  const best: Partial<Record<TiledPass, Tile>> = {}
  for (const wiring of args.check ? ['joint'] : ['standard', 'skip', 'joint']) {
    const setting = settingOf(shape, wiring)
    const slots = setting.reads[LAYERS - 1].flat().length / shape.H
    const reference = record(setting, false)
    const variants = passes.flatMap((pass) => {
      const all = candidates(pass, shape.E).filter((_, i) => args.tile === undefined || Number(args.tile) === i)
      const tiles = wiring === 'standard' || args.check ? all : [best[pass] ?? tileFor(pass, shape.E, limits)]
      // Scores' gradients are kept, but for the pass that is there where they are not.
      const keeps = pass !== 'backward_q'
      return tiles.map((tile) => ({ pass, tile, recorded: record(setting, true, { tiles: { ...best, [pass]: tile }, keeps }) }))
    })
    for (const { launches } of [reference, ...variants.map((v) => v.recorded)]) launches.forEach(pipelines.want)
    await gpu.orFailed(pipelines.ready())
    const serial = await compiled(setting, reference, pipelines)
    const expected = await serial.written()
    serial.dispose()
    // Twice around, the lesser counts: clocks rise under load, and fall again while a processor compiles.
    const times = variants.map(() => Infinity)
    const errors = variants.map(() => Infinity)
    let delta = Infinity
    for (let round = 0; round < (args.check ? 1 : 2); round++)
      for (const [i, { pass, recorded }] of variants.entries()) {
        const run = await compiled(setting, recorded, pipelines)
        if (round === 0) errors[i] = differenceOf(await run.written(), expected)
        const launch = launchOf(recorded, pass)
        if (!args.check) {
          await run.warm(launch)
          times[i] = Math.min(times[i], await run.time(launch))
          if (pass === 'gather_q') delta = Math.min(delta, await run.time(launchOf(recorded, 'delta')))
        }
        run.dispose()
      }
    const least: Partial<Record<TiledPass, number>> = {}
    for (const [i, { pass, tile }] of variants.entries()) {
      const right = errors[i] <= TOLERANCE
      if (!right) wrong++
      const bytes = tile && tileBytes(pass, shape.E, tile)
      const line = { shape: shapeName, wiring, pass, tile: nameOf(tile), bytes, error: rounded(errors[i], 2), right }
      if (args.check) print(line)
      else {
        const us = times[i]
        const flops = PRODUCTS[pass] * slots * shape.B * shape.H * shape.E * shape.T * (shape.T + 1)
        print({ ...line, us: rounded(us, 4), tflops: rounded(flops / us / 1e6, 3) })
        if (right && us < (least[pass] ?? Infinity)) {
          least[pass] = us
          if (wiring === 'standard') best[pass] = tile
        }
      }
    }
    if (!args.check) {
      const us = (pass: TiledPass): number => least[pass] ?? NaN
      const line = {
        shape: shapeName,
        wiring,
        forward_us: us('forward'),
        delta_us: delta,
        backward_us: delta + us('backward_kv') + us('gather_q'),
        total_us: us('forward') + delta + us('backward_kv') + us('gather_q'),
      }
      print(Object.fromEntries(Object.entries(line).map(([name, value]) => [name, typeof value === 'number' ? rounded(value, 4) : value])))
    }
    sharedPool.dispose()
  }
}
gpu.device.destroy()
process.exit(wrong > 0 ? 1 : 0)
