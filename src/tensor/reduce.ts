/**
 * Adding up the parts of split products: shaders/reduce.wgsl. While the tape is walked, products whose parts are small wait for one another and are added up by one
 * dispatch: a small model's step is made of launches.
 */
import gridText from '../../shaders/grid.wgsl?raw'
import text from '../../shaders/reduce.wgsl?raw'
import { defineKernel } from '../gpu/kernel.ts'
import { align, constant, whole, type Region, type Storage } from '../gpu/launch.ts'
import { once, type Recording } from './recording.ts'
import { vectorPrelude, vectorWidth } from './vectors.ts'

const kernelOf = (width: 1 | 4) => once(`reduce ${width}`, () => defineKernel('reduce', 'reduce', [gridText, text], vectorPrelude(width)))

/** Parts that wait, at most: what a large GPU's cache holds beside other things. */
const MOST_WAITING = 32 * 2 ** 20

export interface Split {
  /** Of the result. */
  size: number
  /** Of its row sums, where there are any. */
  rows: number
  splits: number
  accumulate: boolean
  out: Region
  sums?: Region
}

interface Waiting extends Split {
  /** Where its parts, and those of its row sums, begin: bytes. */
  at: number
  sumsAt: number
}

interface Batch {
  parts: { -readonly [K in keyof Storage]: Storage[K] }
  waiting: Waiting[]
}

const batches = new WeakMap<Recording, Batch>()

function addUp(recording: Recording): void {
  const batch = batches.get(recording)
  if (!batch) return
  batches.delete(recording)
  const { parts, waiting } = batch
  const width = waiting.every(({ size, rows }) => vectorWidth(size) === 4 && vectorWidth(rows) === 4) ? 4 : 1
  const values = (bytes: number): number => bytes / 4 / width
  let outputs = 0
  const table = waiting.flatMap(({ size, rows, splits, accumulate, out, sums, at, sumsAt }) => {
    const first = outputs / width
    outputs += size + rows
    const apart = sums !== undefined && sums.storage !== out.storage
    const flags = Number(accumulate) + 2 * Number(apart)
    return [first, size / width, rows / width, splits, values(at), values(sumsAt), values(out.offset), values(sums?.offset ?? 0), flags]
  })
  const apart = waiting.find(({ out, sums }) => sums && sums.storage !== out.storage)?.sums?.storage
  recording.launch({
    kernel: kernelOf(width),
    constants: {},
    params: { products: waiting.length, outputs },
    regions: {
      parts: whole(parts),
      table: constant('parts of products', Uint32Array.from(table)),
      out: whole(waiting[0].out.storage),
      sums: apart ? whole(apart) : null,
    },
    workgroups: Math.ceil(outputs / width / 64),
  })
}

/** Two that one dispatch can add up: their results lie in the same memory. */
const goTogether = (a: Split, b: Split): boolean =>
  a.out.storage === b.out.storage && (a.sums ?? b.sums ?? a.out).storage === (b.sums ?? a.sums ?? b.out).storage

/** Memory for the parts of a product; `emit` launches the product, and the parts are added up soon after. */
export function withParts(recording: Recording, split: Split, emit: (parts: Region, sums: Region | undefined) => void): void {
  const bytes = align(4 * split.splits * split.size)
  const sumsBytes = align(4 * split.splits * split.rows)
  const pending = batches.get(recording)
  if (pending && (pending.parts.bytes + bytes + sumsBytes > MOST_WAITING || !pending.waiting.every((w) => goTogether(w, split))))
    addUp(recording)
  const batch = batches.get(recording) ?? { parts: { label: 'parts of products', kind: 'planned', bytes: 0 }, waiting: [] }
  batches.set(recording, batch)
  const { parts } = batch
  const at = parts.bytes
  batch.waiting.push({ ...split, at, sumsAt: at + bytes })
  parts.bytes += bytes + sumsBytes
  emit({ storage: parts, offset: at, bytes }, split.sums && { storage: parts, offset: at + bytes, bytes: sumsBytes })
  // Who computes layers again wants memory, not speed.
  if (recording.again) addUp(recording)
  else recording.putOff([split.out, ...(split.sums ? [split.sums] : [])], () => addUp(recording))
}
