/**
 * Symbolic tensors and the tape. An operation computes nothing: it appends launches, and leaves behind how its derivative is to be launched.
 * Walking the tape backwards emits those; a gradient's first writer writes `=`, later ones `+=`, so fan-out adds up by construction.
 */
import type { Gpu } from '../gpu/device.ts'
import type { Kernel } from '../gpu/kernel.ts'
import { forItsMemory } from '../gpu/half.ts'
import { storage, valueBytes, type Launch, type Region, type Storage } from '../gpu/launch.ts'

export interface Tensor {
  label: string
  shape: readonly number[]
  region: Region
  /** For the output of an activation: the values before it. Its recorded gradient is then the gradient of these. */
  before?: { tensor: Tensor; activation: number }
}

/** Which kernels run where: those with barriers are slow on processors, those without on GPUs. */
export interface Variants {
  parallel: boolean
  /** Bytes of workgroup memory that a kernel may have; what every device has where nothing is said. */
  workgroupBytes?: number
  /** Lanes of a subgroup, where kernels may count on them; 0, or nothing said, where they may not. */
  subgroup?: number
  /** Names of tiles by product, as `productKey` names them; a likely one where nothing is said. */
  tiles?: Readonly<Record<string, string>>
}

/** What runs best on a device. */
export const variantsOf = ({ parallel, limits, subgroup }: Pick<Gpu, 'parallel' | 'limits' | 'subgroup'>): Variants => ({
  parallel,
  workgroupBytes: limits.workgroupBytes,
  subgroup,
})

/**
 * How intermediate values are stored: normed rows, queries, keys and values, and what an MLP has before its activation, or gated. Parameters, the residual stream, results of attention, logits, statistics
 * and all gradients are f32 always, so no loss needs scaling.
 */
export type Dtype = 'f32' | 'f16'

export interface Recording {
  readonly training: boolean
  readonly variants: Variants
  readonly launches: Launch[]
  /** A tensor in planned memory. */
  tensor: (label: string, shape: readonly number[]) => Tensor
  /** A tensor of intermediate values, stored as this recording's dtype. */
  values: (label: string, shape: readonly number[]) => Tensor
  readonly dtype: Dtype
  launch: (launch: Launch) => void
  /** Derivatives run in the reverse of the order in which they were left. */
  onBackward: (emit: () => void) => void
  /**
   * Records a part whose intermediates are not kept: `part` is recorded once more when the tape is walked, with `again` set, and differentiated there. What it
   * records must depend on nothing that changes in between. Without training it is recorded once.
   */
  checkpoint: (part: (again: boolean) => Tensor) => Tensor
  /** Whether what is differentiated now was just recorded again: then what its forward pass left is there. */
  readonly again: boolean
  /**
   * While the tape is walked: puts off what writes gradients of parameters, until it has been walked or one of these gradients is asked for once more. Otherwise it
   * runs at once.
   */
  putOff: (gradients: Region[], emit: () => void) => void
  /** Runs once after the tape has been walked. */
  atEnd: (emit: () => void) => void
  /** Where to write the gradient of a tensor, and whether to add. A consumer that applies the activation's derivative says so. */
  writeGradient: (of: Tensor, options?: { derivative: boolean }) => { into: Tensor; accumulate: boolean }
  /** Makes `gradient` the gradient of a tensor that nobody has written to; false when somebody has, and it must be added. */
  adoptGradient: (of: Tensor, gradient: Tensor) => boolean
  /** The gradient that consumers have written. */
  gradientOf: (of: Tensor) => Tensor
  /** Walks the tape. */
  backward: () => void
  /** Begins the next micro-batch of a step, after the tape has been walked: from now on gradients of parameters are added to. */
  nextPart: () => void
  readonly accumulates: boolean
}

export const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

export function plannedTensor(label: string, shape: readonly number[], f16 = false): Tensor {
  const s = storage(label, valueBytes(f16) * count(shape), 'planned', f16)
  return { label, shape, region: { storage: s, offset: 0, bytes: s.bytes } }
}

/** A tensor over memory that its owner keeps. */
export function ownedTensor(label: string, shape: readonly number[], region: Region): Tensor {
  return { label, shape, region }
}

/** Drops those of the launches [first, end) that write nothing but planned memory that no later launch uses: what a part's result alone needed. */
function dropUnread(launches: Launch[], first: number, end: number): void {
  const later = new Set<Storage>()
  const storagesOf = ({ regions }: Launch): Storage[] => Object.values(regions).flatMap((region) => (region ? [region.storage] : []))
  for (let i = launches.length - 1; i >= first; i--) {
    const { kernel, regions } = launches[i]
    const written = kernel.bindings.flatMap(({ name, access }) => (access === 'read_write' ? (regions[name]?.storage ?? []) : []))
    if (i < end && written.every((s) => s.kind === 'planned' && !s.keep && !later.has(s))) launches.splice(i, 1)
    else for (const s of storagesOf(launches[i])) later.add(s)
  }
}

/** `gradients`: where the gradients of parameters go. */
export function createRecording(
  training: boolean,
  variants: Variants,
  gradients = new Map<Tensor, Tensor>(),
  dtype: Dtype = 'f32',
): Recording {
  const launches: Launch[] = []
  let tape: (() => void)[] = []
  let taped = training
  let again = false
  let last: (() => void)[] = []
  let accumulates = false
  let walks = false
  let putOff: (() => void)[] = []
  const awaited = new Set<Region>()
  const settle = (): void => {
    const due = putOff
    putOff = []
    awaited.clear()
    for (const emit of due) emit()
  }
  const written = new Map<Tensor, Tensor>()
  const recording: Recording = {
    training,
    variants,
    launches,
    tensor: (label, shape) => plannedTensor(label, shape),
    values: (label, shape) => plannedTensor(label, shape, dtype === 'f16'),
    dtype,
    launch: (launch) => void launches.push(forItsMemory(launch)),
    onBackward: (emit) => {
      if (taped) tape.push(emit)
    },
    checkpoint: (part) => {
      if (!taped) return part(false)
      taped = false
      const out = part(false)
      taped = true
      tape.push(() => {
        const outer = tape
        tape = []
        const first = launches.length
        again = true
        const same = part(true)
        const end = launches.length
        written.set(same, recording.gradientOf(out))
        for (const emit of tape.reverse()) emit()
        again = false
        tape = outer
        dropUnread(launches, first, end)
      })
      return out
    },
    get again() {
      return again
    },
    putOff: (of, emit) => {
      if (!walks) return emit()
      for (const region of of) awaited.add(region)
      putOff.push(emit)
    },
    atEnd: (emit) => void last.push(emit),
    writeGradient: (of, options) => {
      if (of.before && !options?.derivative) throw new Error(`The gradient of "${of.label}" must pass through its activation's derivative.`)
      const existing = written.get(of)
      if (existing) {
        if (awaited.has(existing.region)) settle()
        return { into: existing, accumulate: true }
      }
      const into = gradients.get(of) ?? plannedTensor(`gradient of ${of.label}`, of.shape)
      written.set(of, into)
      return { into, accumulate: false }
    },
    adoptGradient: (of, gradient) => {
      if (written.has(of) || gradients.has(of)) return false
      written.set(of, gradient)
      return true
    },
    gradientOf: (of) => {
      const gradient = written.get(of)
      if (!gradient) throw new Error(`Nothing was differentiated through "${of.label}".`)
      return gradient
    },
    backward: () => {
      const whole = tape
      tape = []
      walks = true
      for (const emit of whole.reverse()) emit()
      walks = false
      settle()
      for (const emit of last) emit()
      last = []
    },
    nextPart: () => {
      accumulates = true
      for (const of of written.keys()) if (!gradients.has(of)) written.delete(of)
    },
    get accumulates() {
      return accumulates
    },
  }
  return recording
}

const kernels = new Map<string, Kernel>()

/** One kernel object per name, however many tensors use it: pipelines are found by it. */
export function once(name: string, define: () => Kernel): Kernel {
  let kernel = kernels.get(name)
  if (!kernel) kernels.set(name, (kernel = define()))
  return kernel
}

/** Keeps a tensor's memory until the plan's end, for reading back. */
export function keep(tensor: Tensor): Tensor {
  const s: Storage = tensor.region.storage
  s.keep = true
  return tensor
}
