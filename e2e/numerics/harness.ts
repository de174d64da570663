/**
 * One operation on one device: tensors with given values, a recording, its plan, and everything read back. Memory starts spoilt: gradients of inputs
 * hold a wrong number and scratch buffers hold NaN, so that a kernel that adds where it should write, or reads what nobody wrote, shows.
 */
import type { Gpu } from '../../src/gpu/device.ts'
import { constant, storage, valueBytes, whole, type Launch, type Region, type Storage } from '../../src/gpu/launch.ts'
import { planMemory } from '../../src/gpu/memory.ts'
import { createPool } from '../../src/gpu/memory-pool.ts'
import { createPipelines } from '../../src/gpu/pipelines.ts'
import { checkFits, compilePlan } from '../../src/gpu/plan.ts'
import { createReader } from '../../src/gpu/readback.ts'
import { randomValues, relativeError } from '../../src/reference/differences.ts'
import { createInputs, createInputsWriter, type Inputs, type State } from '../../src/tensor/inputs.ts'
import { dropoutScale } from '../../src/tensor/random.ts'
import { count, createRecording, ownedTensor, type Dtype, type Recording, type Tensor, type Variants } from '../../src/tensor/recording.ts'
import { packHalves, unpackHalves } from './half.ts'

/** Relative errors by the name of what was compared. */
export type Errors = Record<string, number>

export interface Harness {
  gpu: Gpu
  variants: Variants
  /** How intermediate values are stored. */
  dtype: Dtype
  trial: (options?: TrialOptions) => Trial
  /** The same device, with this tile for every product. */
  withTile: (name: string) => Harness
  /** The same device, as if it had no subgroups. */
  withoutSubgroups: () => Harness
  /** A recording made elsewhere. */
  compile: (launches: Launch[], inputs: Inputs) => Promise<Compiled>
  /** Names of the kernels that were launched: file.entry. */
  kernels: Set<string>
  dispose: () => void
}

export interface TrialOptions {
  /** Rows of the inputs, and their vocabulary, where the operation reads tokens or targets. */
  rows?: number
  vocabulary?: number
  training?: boolean
}

export interface Trial {
  recording: Recording
  inputs: Inputs
  /** A differentiable tensor: its gradient has a place, which starts out wrong. A value, stored as these are, unless it has a parameter's label. */
  input: (label: string, shape: number[], values: Float64Array) => Tensor
  /** A tensor without a gradient. */
  data: (label: string, shape: number[], values: Float64Array) => Tensor
  /** Gives the gradient of a result. */
  upstream: (of: Tensor, values: Float64Array) => void
  /** Compiles what was recorded; nothing can be recorded after. */
  compile: () => Promise<Ready>
}

export interface Compiled {
  run: (state?: Partial<State>, batch?: { tokens: Uint32Array; targets: Int32Array }) => void
  write: (tensor: Tensor, values: Float64Array) => void
  read: (tensor: Tensor) => Promise<Float64Array>
  readRegion: (region: Region, first: number, n: number) => Promise<Float64Array>
  dispose: () => void
}

export interface Ready extends Compiled {
  /** The gradient of an input. */
  gradient: (of: Tensor) => Promise<Float64Array>
  /** ‖a − b‖ / ‖b‖ of a result, or of an input's gradient, against the oracle. */
  error: (tensor: Tensor, expected: Float64Array) => Promise<number>
  gradientError: (of: Tensor, expected: Float64Array) => Promise<number>
}

/** Of dropout masks in every case. */
export const SEED = 1234567
export const STEP = 3
const STATE: State = { seed: SEED, step: STEP, position: 0, ring: 0, rate: 0, scale_m: 1, scale_v: 1, inverse_count: 0 }

/** What a gradient holds before anyone writes it. */
const WRONG = 7.5

const READ_CAPACITY = 4 * 2 ** 20

/** Values that f32 holds exactly, so that oracle and kernel start from the same numbers. */
export const values = (seed: number, n: number, scale = 1): Float64Array => randomValues(seed, n, scale).map(Math.fround)

export const maskOf = (site: number, p: number, n: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => dropoutScale(SEED, STEP, site, p, i))

export const add = (x: Float64Array, y: Float64Array): Float64Array => x.map((value, i) => value + y[i])

/** What is not a number is as wrong as can be. */
export function errorOf(actual: Float64Array, expected: Float64Array): number {
  const error = relativeError(actual, expected)
  return Number.isFinite(error) ? error : Infinity
}

export function ownedData(label: string, data: Float64Array): Region {
  return constant(label, Float32Array.from(data))
}

/** Every product that is looked up has the one tile. */
const alwaysTile = (name: string): Record<string, string> => new Proxy({}, { get: () => name })

/** Labels of parameters, which are f32 always: W1, b2, W of layer 3, weight, …. */
const PARAMETER = /^(?:W|b)\d*(?: |$)|weight|bias|tok|pos/

function ownedHalves(label: string, data: Float64Array): Region {
  const s: Storage = { ...storage(label, 2 * data.length, 'owned', true), data: packHalves(data) }
  return whole(s)
}

export function createHarness(gpu: Gpu, given: Variants, dtype: Dtype = 'f32'): Harness {
  let pipelines = createPipelines(gpu)
  const readPool = createPool(gpu)
  const reader = createReader(gpu, readPool, READ_CAPACITY)
  const kernels = new Set<string>()

  function trial(options: TrialOptions | undefined, variants: Variants): Trial {
    const gradients = new Map<Tensor, Tensor>()
    const recording = createRecording(options?.training ?? true, variants, gradients, dtype)
    const inputs = createInputs(options?.rows ?? 1, options?.vocabulary ?? 1)
    const owned = (label: string, shape: readonly number[], given: Float64Array, f16 = false): Tensor => {
      if (given.length !== count(shape)) throw new Error(`${label}: ${given.length} values were given for the shape ${shape.join('×')}.`)
      return ownedTensor(label, shape, f16 ? ownedHalves(label, given) : ownedData(label, given))
    }
    const data = (label: string, shape: number[], given: Float64Array): Tensor => owned(label, shape, given)
    return {
      recording,
      inputs,
      data,
      input: (label, shape, given) => {
        const tensor = owned(label, shape, given, dtype === 'f16' && !PARAMETER.test(label))
        gradients.set(tensor, data(`gradient of ${label}`, shape, new Float64Array(given.length).fill(WRONG)))
        return tensor
      },
      upstream: (of, given) => {
        if (!recording.adoptGradient(of, data(`upstream gradient of ${of.label}`, [...of.shape], given)))
          throw new Error(`"${of.label}" has a gradient already.`)
      },
      compile: async () => {
        const compiled = await compile(recording.launches, inputs)
        const gradient = (of: Tensor): Promise<Float64Array> => compiled.read(gradients.get(of) ?? recording.gradientOf(of))
        return {
          ...compiled,
          gradient,
          error: async (tensor, expected) => errorOf(await compiled.read(tensor), expected),
          gradientError: async (of, expected) => errorOf(await gradient(of), expected),
        }
      },
    }
  }

  async function compile(launches: Launch[], inputs: Inputs): Promise<Compiled> {
    const pool = createPool(gpu)
    checkFits(launches, gpu.limits)
    // Other cases may be under way.
    const own = pipelines
    try {
      launches.forEach(own.want)
      await gpu.orFailed(own.ready())
    } catch (error) {
      // A pipeline that failed would fail every later case.
      if (pipelines === own) pipelines = createPipelines(gpu)
      throw error
    }
    // Whatever is planned is kept: any result can be read.
    for (const { regions } of launches)
      for (const region of Object.values(regions)) if (region?.storage.kind === 'planned') region.storage.keep = true
    const memory = planMemory(launches)
    const scratch = pool.reserve(memory.sizes)
    for (const buffer of scratch.buffers) gpu.device.queue.writeBuffer(buffer, 0, new Float32Array(buffer.size / 4).fill(NaN))
    const plan = compilePlan({ gpu, pool, pipelines: own, scratch: scratch.buffers }, launches, memory)
    const writer = createInputsWriter(inputs)
    const readRegion = async ({ storage: s, offset }: Region, first: number, n: number): Promise<Float64Array> => {
      const size = valueBytes(s.f16)
      // Whole words are read.
      const bytes = await reader.read(plan.bufferOf(s), offset + size * first, Math.ceil((size * n) / 4) * 4)
      return s.f16 ? unpackHalves(bytes).subarray(0, n) : Float64Array.from(new Float32Array(bytes))
    }
    const read = (tensor: Tensor): Promise<Float64Array> => readRegion(tensor.region, 0, count(tensor.shape))
    return {
      run: (state, batch) => {
        if (batch) writer.batch(batch.tokens, batch.targets)
        writer.state({ ...STATE, ...state })
        gpu.device.queue.writeBuffer(pool.owned(inputs.storage), 0, writer.bytes)
        const encoder = gpu.device.createCommandEncoder()
        plan.encode(encoder)
        gpu.device.queue.submit([encoder.finish()])
        for (const { kernel } of launches) kernels.add(kernel.name)
      },
      write: (tensor, given) =>
        gpu.device.queue.writeBuffer(plan.bufferOf(tensor.region.storage), tensor.region.offset, Float32Array.from(given)),
      read,
      readRegion,
      dispose: () => pool.dispose(),
    }
  }

  const harnessOf = (variants: Variants): Harness => ({
    gpu,
    variants,
    dtype,
    kernels,
    trial: (options) => trial(options, variants),
    withTile: (name) => harnessOf({ ...variants, tiles: alwaysTile(name) }),
    withoutSubgroups: () => harnessOf({ ...variants, subgroup: 0 }),
    compile,
    dispose: () => readPool.dispose(),
  })
  return harnessOf(given)
}

/** The larger error by name: for a case that runs several times. */
export function worse(into: Errors, errors: Errors, where = ''): void {
  for (const [name, error] of Object.entries(errors)) {
    const key = where ? `${name} (${where})` : name
    into[key] = Math.max(into[key] ?? 0, error)
  }
}

/** Owned memory of `n` elements that starts with one value. */
export function filled(label: string, n: number, value: number): Storage {
  return { ...storage(label, 4 * n, 'owned'), data: new Float32Array(n).fill(value) }
}
