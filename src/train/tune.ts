/**
 * The tune-up: which tile computes each product quickest on this adapter. Every tile gives the same bits, so a choice changes times alone.
 * What was found is remembered by adapter and by TUNE_VERSION, and kept in `run.json`.
 */
import type { Gpu } from '../gpu/device.ts'
import { storage, whole, type Launch } from '../gpu/launch.ts'
import { planMemory } from '../gpu/memory.ts'
import { createPool } from '../gpu/memory-pool.ts'
import { createPipelines } from '../gpu/pipelines.ts'
import { compilePlan, type Plan } from '../gpu/plan.ts'
import { createStopwatch, type ClockKind, type Run } from '../gpu/profiler.ts'
import { halvesOf, productKey, productParts } from '../tensor/linear.ts'
import { createRecording, plannedTensor } from '../tensor/recording.ts'
import { fittingTiles, isProduct, tileSize } from '../tensor/tiles.ts'

/** Rises when tiles come, go or change, or are measured in another way: what was measured before is then measured again. */
export const TUNE_VERSION = 5

/** Product -> tile, as `productKey` and `TILES` name them. */
export type Tuned = Record<string, string>

/** Where choices are kept between runs. */
export interface TunedStore {
  load: (adapter: string) => Promise<Tuned>
  save: (adapter: string, tuned: Tuned) => Promise<void>
}

interface Shape {
  M: number
  N: number
  K: number
  splits: number
  /** Those of the launch: what its epilogue does decides how many registers are left. */
  constants: Record<string, number>
  /** Which regions are stored as f16. */
  halves: Record<string, boolean>
}

const doing = ({ constants }: Pick<Shape, 'constants'>): number => Object.values(constants).filter((value) => value > 0).length

/** The products among launches, each once: of those that share a key the one whose epilogue does most. */
export function productsOf(launches: Launch[]): Map<string, Shape> {
  const products = new Map<string, Shape>()
  for (const { kernel, params, constants, regions } of launches) {
    if (!isProduct(kernel)) continue
    const { M, N, K, splits } = params
    const halves = Object.fromEntries(Object.entries(regions).map(([name, region]) => [name, region?.storage.f16 ?? false]))
    const { A_TRANSPOSED, B_TRANSPOSED, ACTIVATION, DERIVATIVE } = constants
    const transposed = { aTransposed: A_TRANSPOSED === 1, bTransposed: B_TRANSPOSED === 1 }
    const of = { M, N, K, ...transposed, activation: ACTIVATION, derivative: DERIVATIVE }
    const key = productKey({ ...of, halves: halvesOf({ a: regions.a, b: regions.b, c: regions.c }) }, splits)
    const before = products.get(key)
    if (!before || doing(before) < doing({ constants })) products.set(key, { M, N, K, splits, constants, halves })
  }
  return products
}

/** What a training step knows of itself; dropout reads it. */
const STATE = storage('state', 32, 'owned')

/** A product by itself, with all that its epilogue does in the run, in the tiles that are given. */
export function candidate({ M, N, K, splits, constants, halves }: Shape, tiles: Tuned): Launch[] {
  const recording = createRecording(true, { parallel: true, tiles })
  const { A_TRANSPOSED, B_TRANSPOSED, BIAS, ACTIVATION, DERIVATIVE, AGAIN, DROPOUT, RESIDUAL, ACCUMULATE, ROW_SUMS } = constants
  const matrix = (label: string, half: boolean) => plannedTensor(label, [M, N], half)
  const also = matrix('activated', halves.also).region
  const extra = matrix('extra', halves.extra)
  productParts(
    recording,
    {
      M,
      N,
      K,
      a: plannedTensor('a', [M, K], halves.a),
      b: plannedTensor('b', [K, N], halves.b),
      c: plannedTensor('c', [splits, M, N], halves.c),
      aTransposed: A_TRANSPOSED === 1,
      bTransposed: B_TRANSPOSED === 1,
      bias: BIAS ? plannedTensor('bias', [N]).region : undefined,
      activation: ACTIVATION ? { kind: ACTIVATION, into: also } : undefined,
      derivative: DERIVATIVE ? { kind: DERIVATIVE, before: extra, again: AGAIN ? also : undefined } : undefined,
      dropout: DROPOUT ? { site: 0, p: 0.5 } : undefined,
      residual: RESIDUAL ? extra : undefined,
      accumulate: ACCUMULATE === 1,
      rowSums: ROW_SUMS ? plannedTensor('row sums', [splits, M]).region : undefined,
      state: whole(STATE),
    },
    splits,
  )
  return recording.launches
}

export interface TuneOptions {
  /** Once it says yes, what has been found so far is returned. */
  stop?: () => boolean
  /** Of products, from 0 on: before the candidates are compiled. */
  progress?: (done: number, total: number) => void
  /** The GPU's own where it has one. */
  clock?: ClockKind
}

/** Milliseconds that a timing lasts: long beside a browser's rounding, or beside how seldom it looks for finished work; short beside a person's patience. */
const LASTING: Record<ClockKind, number> = { timestamps: 4, 'wall clock': 12 }

/** Launches of a plan that is timed, and its encodings in a submit, at most: of products that take long, and of all others. */
const FEW = 4
const MANY = 64
const MOST = 16

/** Timings of a product in a tile, of which the least counts. */
const ROUNDS = 3

/** Milliseconds of runs that are queued together, about: in a browser each wait takes some, and whatever else uses the GPU waits for them. */
const QUEUED = 100

/** Submits whose least is taken for what one costs. */
const SUBMITS = 8

/**
 * With fewer workgroups than this, a tile larger than SMALL leaves a large GPU half idle, and gains a small one less than it takes to compile: it is not even compiled. On an H200
 * no product of the bench shapes chose one of fewer than 126.
 */
const FEWEST = 96
const SMALL = 64 * 64

/** The tiles that a device can run and that leave it enough to do. */
export const tilesFor = ({ M, N, splits }: Pick<Shape, 'M' | 'N' | 'splits'>, limits: Parameters<typeof fittingTiles>[0]): string[] =>
  fittingTiles(limits).filter((tile) => {
    const { rows, columns } = tileSize(tile)
    return rows * columns <= SMALL || Math.ceil(M / rows) * Math.ceil(N / columns) * splits >= FEWEST
  })

/** So far behind the best tile, one is not worth a timing. */
const BEHIND = 1.5

/** Milliseconds that the GPU computes before the first timing: after a long compilation it has gone to sleep. */
const WARM_UP = 500

/**
 * The quickest tile of each product that `known` does not name, measured one after another: each is run for a few milliseconds in every tile that the device
 * allows and that leaves it enough to do, the least of three times counts. Resolves to `known` and what was found.
 */
export async function tuneProducts(gpu: Gpu, products: Map<string, Shape>, known: Tuned, options: TuneOptions = {}): Promise<Tuned> {
  const { stop, progress } = options
  const missing = [...products].filter(([key]) => !(key in known))
  const found: Tuned = { ...known }
  if (missing.length === 0) return found
  const pipelines = createPipelines(gpu)
  const record = (key: string, shape: Shape, tile: string): Launch[] => candidate(shape, { [key]: tile })
  progress?.(0, missing.length)
  // All at once, so that the driver compiles them side by side.
  for (const [key, shape] of missing) for (const tile of tilesFor(shape, gpu.limits)) record(key, shape, tile).forEach(pipelines.want)
  await gpu.orFailed(pipelines.ready())
  const pool = createPool(gpu)
  const { clock, run, dispose } = createStopwatch(gpu, pool, options.clock)
  const lasting = LASTING[clock]
  /** What the wall clock says of a submit of nothing. */
  let submit = 0

  /** Milliseconds of each run, as many of them queued together as by what is `expected` of one last no longer than QUEUED. */
  const measure = async (runs: readonly Run[], expected: number): Promise<number[]> => {
    const together = Math.max(1, Math.floor(QUEUED / expected))
    const lasted: number[] = []
    for (let i = 0; i < runs.length; i += together) lasted.push(...(await run(runs.slice(i, i + together))))
    // Once more what took no time: a clock began anew.
    for (const [i, ms] of lasted.entries()) if (ms === 0) [lasted[i]] = await run([runs[i]])
    return lasted.map((ms) => Math.max(0, ms - submit))
  }

  /** Milliseconds of each product; Infinity where that is far behind the quickest. All are timed in turn, three times, so that what is waited for is waited for together. */
  const timesOf = async (products: Launch[][], scratch: GPUBuffer[]): Promise<number[]> => {
    const planOf = (launches: Launch[], copies: number): Plan =>
      compilePlan({ gpu, pool, pipelines, scratch }, Array.from({ length: copies }, () => launches).flat(), planMemory(launches))
    const plans: Plan[] = []
    try {
      const timed = products.map((launches) => ({ launches, copies: FEW, plan: planOf(launches, FEW), ms: 0, least: Infinity }))
      plans.push(...timed.map(({ plan }) => plan))
      const roughly = async (of: typeof timed, expected: number): Promise<void> => {
        const runs = of.map(({ plan }) => ({ plan, times: 1 }))
        // The first run is the driver's.
        await measure(runs, expected)
        for (const [i, ms] of (await measure(runs, expected)).entries()) of[i].ms = ms
      }
      const [first] = await run([{ plan: timed[0].plan, times: 1 }])
      await roughly(timed, first)
      const quick = timed.filter(({ ms }) => ms < lasting / 4)
      for (const one of quick) plans.push((one.plan = planOf(one.launches, (one.copies = MANY))))
      await roughly(quick, (MANY / FEW) * (lasting / 4))
      const quickest = Math.min(...timed.filter(({ ms }) => ms > 0).map(({ ms, copies }) => ms / copies))
      // A wall clock needs a whole timing to be trusted so far, and what took no time says nothing.
      const near = timed.filter(
        ({ ms, copies }) => ms === 0 || ms / copies <= BEHIND * quickest || (clock === 'wall clock' && ms < lasting),
      )
      const runs = near.map(({ plan, ms }) => ({ plan, times: Math.min(MOST, Math.ceil(lasting / Math.max(ms, lasting / MOST))) }))
      const longest = Math.max(lasting, ...near.map(({ ms }) => ms))
      for (let round = 0; round < ROUNDS; round++)
        for (const [i, ms] of (await measure(runs, longest)).entries())
          near[i].least = Math.min(near[i].least, (ms || Infinity) / runs[i].times / near[i].copies)
      return timed.map(({ least }) => least)
    } finally {
      for (const plan of plans) plan.dispose()
    }
  }

  /** The least of several. */
  const timeSubmit = async (): Promise<number> => {
    const nothing = compilePlan({ gpu, pool, pipelines, scratch: [] }, [], planMemory([]))
    let least = Infinity
    for (let i = 0; i < SUBMITS; i++) least = Math.min(least, ...(await run([{ plan: nothing, times: 1 }])))
    nothing.dispose()
    return least
  }

  try {
    for (const [i, [key, shape]] of missing.entries()) {
      if (stop?.()) break
      const tiles = tilesFor(shape, gpu.limits)
      const products = tiles.map((tile) => record(key, shape, tile))
      const scratch = pool.reserve(planMemory(products[0]).sizes)
      if (i === 0) {
        // A GPU that was idle is slow at first.
        for (const began = performance.now(); performance.now() - began < WARM_UP;) await timesOf(products.slice(0, 1), scratch.buffers)
        if (clock === 'wall clock') submit = await timeSubmit()
      }
      const times = await timesOf(products, scratch.buffers)
      const best = Math.min(...times)
      // Where no clock says anything, nothing is chosen.
      if (best < Infinity) found[key] = tiles[times.indexOf(best)]
      scratch.free()
      progress?.(i + 1, missing.length)
    }
  } finally {
    dispose()
    pool.dispose()
  }
  return found
}

/**
 * The tiles of a run's products: as `known` says (a run that goes on), else as the store remembers, else measured now and kept there. Processors have nothing to
 * choose from.
 */
export async function tuneFor(
  gpu: Gpu,
  launches: () => Launch[],
  store: TunedStore,
  { known = {}, ...options }: TuneOptions & { known?: Tuned } = {},
): Promise<Tuned> {
  if (gpu.software || !gpu.parallel) return {}
  const products = productsOf(launches())
  const remembered = await store.load(gpu.description)
  const all = await tuneProducts(gpu, products, { ...remembered, ...known }, options)
  if (Object.keys(all).some((key) => remembered[key] === undefined)) await store.save(gpu.description, { ...all, ...remembered })
  return Object.fromEntries([...products.keys()].flatMap((key) => (key in all ? [[key, all[key]]] : [])))
}

/** Remembers nothing. */
export const noStore: TunedStore = { load: () => Promise.resolve({}), save: () => Promise.resolve() }
