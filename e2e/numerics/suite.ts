/** Every operation of the engine against the float64 oracle of src/reference: output and all gradients. */
import type { Gpu } from '../../src/gpu/device.ts'
import { HALF, HALF_MODEL, type Case } from './case.ts'
import { attentionCases } from './cases/attention.ts'
import { ceilingsCases } from './cases/ceilings.ts'
import { decodeCases } from './cases/decode.ts'
import { elementwiseCases } from './cases/elementwise.ts'
import { replaceHeadsCases } from './cases/replace-heads.ts'
import { embeddingCases } from './cases/embedding.ts'
import { headNormsCases } from './cases/head-norms.ts'
import { linearCases } from './cases/linear.ts'
import { lossCases } from './cases/loss.ts'
import { modelCases } from './cases/model.ts'
import { normCases } from './cases/norm.ts'
import { optimizerCases } from './cases/optimizer.ts'
import { tileCases } from './cases/tiles.ts'
import { variantsOf } from '../../src/tensor/recording.ts'
import { createHarness } from './harness.ts'
import type { Result } from './report.ts'

export const CASES: Case[] = [
  ...linearCases,
  ...tileCases,
  ...normCases,
  ...embeddingCases,
  ...attentionCases,
  ...decodeCases,
  ...headNormsCases,
  ...lossCases,
  ...optimizerCases,
  ...elementwiseCases,
  ...replaceHeadsCases,
  ...ceilingsCases,
  ...modelCases,
]

/** The kernels without barriers, which software adapters run, and those through workgroup memory, which GPUs run. */
export type Family = 'serial' | 'parallel'
export const FAMILIES: Family[] = ['serial', 'parallel']

/** LLVM compiles kernels that are written out for minutes: llvmpipe leaves those with barriers to the other adapters. */
export const familiesFor = (gpu: Gpu): Family[] => (/llvmpipe/i.test(gpu.description) ? ['serial'] : FAMILIES)

const F16_NAME = ', f16 storage'
const isHalf = ({ name }: Case): boolean => name.endsWith(F16_NAME)
const storedAsHalves = (c: Case): Case => ({
  ...c,
  name: c.name + F16_NAME,
  tolerance: c.name.startsWith('model') ? HALF_MODEL : HALF,
})

/** Cases stored as f16: processors leave out those whose kernels they compile for long. */
const halvesFor = (gpu: Gpu): Case[] => CASES.filter((c) => c.f16 === 'everywhere' || (c.f16 && !gpu.software)).map(storedAsHalves)

/** What this adapter cannot run, and why; empty where it runs everything. */
export const lackingOn = (gpu: Gpu): string =>
  gpu.limits.f16 ? '' : `no shader-f16, so ${halvesFor(gpu).length} cases with f16 storage are not run`

export interface Suite {
  cases: Case[]
  run: (of: Case) => Promise<Result>
  /** Kernels launched so far: file.entry. */
  kernels: () => Set<string>
  dispose: () => void
}

/** `limits: 'default'`: only the cases that say something about such a device, under names that say so. */
export function createSuite(gpu: Gpu, options: { families?: Family[]; limits?: 'adapter' | 'default' } = {}): Suite {
  const families = options.families ?? familiesFor(gpu)
  const harnesses = families.map((family) => {
    const variants = { ...variantsOf(gpu), parallel: family === 'parallel' }
    return { family, f32: createHarness(gpu, variants), f16: createHarness(gpu, variants, 'f16') }
  })
  const atDefault = (c: Case): Case => ({ ...c, name: `${c.name}, at default limits`, parallelOnGpuOnly: c.byDefaultLimits === 'serial' })
  const listed = options.limits === 'default' ? CASES.filter((c) => c.byDefaultLimits).map(atDefault) : CASES
  const stored = gpu.limits.f16 && options.limits !== 'default' ? [...listed, ...halvesFor(gpu)] : listed
  const all = stored.map((c) => (c.parallelOnGpuOnly && gpu.software ? { ...c, kernels: 'serial' as const } : c))
  return {
    cases: all.filter((c) => (!c.kernels || families.includes(c.kernels)) && !(c.onGpuOnly && gpu.software)),
    run: async (of) => {
      const start = performance.now()
      let worst = 0
      let where = 'exact'
      for (const { family, f32, f16 } of harnesses) {
        if (of.kernels && of.kernels !== family) continue
        for (const [name, error] of Object.entries(await of.run(isHalf(of) ? f16 : f32)))
          // An error that is no number is worse than any.
          if (!(error <= worst)) {
            worst = Number.isNaN(error) ? Infinity : error
            where = of.kernels ? name : `${name}, ${family}`
          }
      }
      return { case: of.name, worst, tolerance: of.tolerance, where, milliseconds: performance.now() - start }
    },
    kernels: () => new Set(harnesses.flatMap(({ f32, f16 }) => [...f32.kernels, ...f16.kernels])),
    dispose: () => {
      for (const { f32, f16 } of harnesses) for (const harness of [f32, f16]) harness.dispose()
    },
  }
}

/** Cases under way together: most of a case is compiling, for which the GPU's process has threads. */
const AT_ONCE = 3

export type Opener = (limits: 'adapter' | 'default') => Promise<Gpu>

/** The `index`-th of `of` parts of the cases: for several processes, each of which compiles one kernel at a time. */
export interface Share {
  index: number
  of: number
}

/** `0/2`: the first of two. */
export function shareOf(text: string | null | undefined): Share | undefined {
  if (!text) return undefined
  const [index, of] = text.split('/').map(Number)
  if (!(Number.isInteger(index) && Number.isInteger(of) && index >= 0 && index < of))
    throw new Error(`The share is "${text}": give one such as 0/2.`)
  return { index, of }
}

/** Neighbours stay together, since they have kernels in common. */
const part = (cases: Case[], { index, of }: Share): Case[] =>
  cases.slice(Math.floor((cases.length * index) / of), Math.floor((cases.length * (index + 1)) / of))

export interface SuiteOptions {
  families?: Family[]
  share?: Share
  /** Called with the kernels that were launched, before the last result. */
  launched?: (kernels: string[]) => void
}

/**
 * All cases, then those that run within the default limits on a device of their own. An error of a case is a result without a number. Where all of the cases ran with all
 * kernels, the last result is whether every entry point did.
 */
export async function* runSuite(open: Opener, { families = FAMILIES, share, launched }: SuiteOptions = {}): AsyncGenerator<Result> {
  const used = new Set<string>()
  for (const limits of ['adapter', 'default'] as const) {
    const gpu = await open(limits)
    const suite = createSuite(gpu, { families, limits })
    const attempt = (of: Case): Promise<Result> =>
      suite.run(of).catch((error: unknown) => {
        const where = error instanceof Error ? error.message : String(error)
        return { case: of.name, worst: Infinity, tolerance: of.tolerance, where, milliseconds: 0 }
      })
    // The first cases of either list take longest: who has those of one has the last of the other.
    const index = share && limits === 'default' ? share.of - 1 - share.index : share?.index
    const waiting = share && index !== undefined ? part(suite.cases, { index, of: share.of }) : [...suite.cases]
    const running = waiting.splice(0, AT_ONCE).map(attempt)
    for (let first = running.shift(); first; first = running.shift()) {
      yield await first
      running.push(...waiting.splice(0, 1).map(attempt))
    }
    for (const kernel of suite.kernels()) used.add(kernel)
    suite.dispose()
    gpu.device.destroy()
  }
  launched?.([...used])
  if (families.length === FAMILIES.length && !share) yield entryPointsResult(used)
}

/** Whether these kernels have every entry point among them. */
export function entryPointsResult(used: ReadonlySet<string>): Result {
  const missing = entryPoints().filter((name) => !used.has(name))
  return { case: ENTRY_POINTS_CASE, worst: missing.length, tolerance: 0, where: missing.join(', ') || 'all ran', milliseconds: 0 }
}

export const ENTRY_POINTS_CASE = 'entry points of shaders that no case ran'

const sources = import.meta.glob<string>('../../shaders/*.wgsl', { query: '?raw', import: 'default', eager: true })

/** Every entry point of every shader: file.entry. */
export function entryPoints(): string[] {
  return Object.entries(sources).flatMap(([path, text]) => {
    const file = path.replace(/^.*\/|\.wgsl$/g, '')
    return [...text.matchAll(/@compute[^{]*?\bfn\s+(\w+)/g)].map(([, entry]) => `${file}.${entry}`)
  })
}
