/**
 * safetensors: eight bytes of header length, a JSON header, and the tensors' bytes one after the other, little-endian.
 * A file comes from anywhere, so nothing in it is believed, and nothing is allocated by its word, before it has been held against the bytes at hand.
 * Format: https://github.com/huggingface/safetensors#format. Hosts are little-endian, as every browser's and Node's is.
 */
import { elements } from '../model/config.ts'
import { decodeText, isObject, parseJson, quote } from './json.ts'

export type Dtype = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'U8'

export interface StoredTensor {
  /** What the file stores; `data` may be wider. */
  dtype: Dtype
  shape: number[]
  /** Row by row, a copy: F16 and BF16 as Float32Array, I64 as Float64Array (every value a whole number below 2^53 in size). */
  data: Float64Array | Float32Array | Int32Array | Uint8Array
}

export interface SafetensorsFile {
  /** In the order of the header. */
  tensors: Map<string, StoredTensor>
  metadata: Record<string, string>
}

export interface WritableTensor {
  shape: readonly number[]
  data: Float32Array | Float64Array
}

/** The format's own limit on its header. */
const MOST_HEADER_BYTES = 100_000_000
const EXPORT_AGAIN = 'Copy or export the file again.'

const BYTES: Record<Dtype, number> = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, U8: 1 }
const isDtype = (value: unknown): value is Dtype => typeof value === 'string' && Object.hasOwn(BYTES, value)
const isWhole = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

interface Entry {
  name: string
  dtype: Dtype
  shape: number[]
  begin: number
  end: number
}

/**
 * Every tensor of a safetensors file.
 * Throws one line that starts with `what` (the file's name) when the file is cut off, contradicts itself, or holds a type that is not read here.
 */
export function readSafetensors(bytes: Uint8Array, what: string): SafetensorsFile {
  if (bytes.length < 8) throw new Error(`${what} is ${bytes.length} bytes long, too short for a safetensors file. ${EXPORT_AGAIN}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headerBytes = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true)
  if (headerBytes > MOST_HEADER_BYTES)
    throw new Error(
      `${what} says that its header is ${headerBytes} bytes long, and 100 MB is the limit: it is not a safetensors file. Choose another.`,
    )
  if (headerBytes > bytes.length - 8)
    throw new Error(`${what} is cut off: its header is ${headerBytes} bytes long and ${bytes.length - 8} are there. ${EXPORT_AGAIN}`)
  const { entries, metadata } = readHeader(bytes.subarray(8, 8 + headerBytes), what)
  checkLayout(entries, bytes.length - 8 - headerBytes, what)
  const tensors = new Map<string, StoredTensor>()
  for (const { name, dtype, shape, begin, end } of entries) {
    // A fresh copy starts at offset 0, so a typed array may lie on it whatever the offset in the file. (`slice` of a Node Buffer would not copy.)
    const own = new Uint8Array(end - begin)
    own.set(bytes.subarray(8 + headerBytes + begin, 8 + headerBytes + end))
    tensors.set(name, { dtype, shape, data: decode(dtype, own.buffer, `${what}: the tensor ${quote(name)}`) })
  }
  return { tensors, metadata }
}

function readHeader(bytes: Uint8Array, what: string): { entries: Entry[]; metadata: Record<string, string> } {
  const header = `${what}: the header`
  const text = decodeText(bytes, header)
  const value = parseJson(text, header)
  if (!isObject(value)) throw new Error(`${header} is not a JSON object: this is not a safetensors file. Choose another.`)
  const metadata: Record<string, string> = {}
  const entries: Entry[] = []
  for (const name of topLevelNames(text, header)) {
    const entry = value[name]
    if (name === '__metadata__') {
      if (!isObject(entry)) throw new Error(`${header}: __metadata__ must be an object of texts. ${EXPORT_AGAIN}`)
      for (const [key, item] of Object.entries(entry)) {
        if (typeof item !== 'string')
          throw new Error(`${header}: __metadata__ must be an object of texts; ${quote(key)} is not one. ${EXPORT_AGAIN}`)
        Object.defineProperty(metadata, key, { value: item, enumerable: true, writable: true, configurable: true })
      }
    } else entries.push(readEntry(name, entry, what))
  }
  return { entries, metadata }
}

function readEntry(name: string, entry: unknown, what: string): Entry {
  const tensor = `${what}: the tensor ${quote(name)}`
  if (!isObject(entry)) throw new Error(`${tensor} must have dtype, shape and data_offsets in the header. ${EXPORT_AGAIN}`)
  const { dtype, shape, data_offsets: offsets } = entry
  if (!isDtype(dtype))
    throw new Error(`${tensor} has the dtype ${quote(String(dtype))}; ${Object.keys(BYTES).join(', ')} are read here. Save it as F32.`)
  if (!Array.isArray(shape) || !shape.every(isWhole))
    throw new Error(`${tensor} has a shape that is not a list of whole numbers from 0 up. ${EXPORT_AGAIN}`)
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isWhole))
    throw new Error(`${tensor} has data_offsets that are not two whole numbers from 0 up. ${EXPORT_AGAIN}`)
  const [begin, end] = offsets
  if (begin > end) throw new Error(`${tensor} begins at byte ${begin}, after its end at byte ${end}. ${EXPORT_AGAIN}`)
  const due = shape.includes(0) ? 0 : elements(shape) * BYTES[dtype]
  // A product too large to be exact is infinite or far above any file, so it differs too.
  if (due !== end - begin)
    throw new Error(
      `${tensor} has ${end - begin} bytes, but its shape [${shape.slice(0, 8).join(', ')}] of ${dtype} needs ${due}. ${EXPORT_AGAIN}`,
    )
  return { name, dtype, shape, begin, end }
}

/** The tensors must tile the body: within it, without a gap, without sharing a byte. */
function checkLayout(entries: readonly Entry[], bodyBytes: number, what: string): void {
  let at = 0
  let before = ''
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    const tensor = `${what}: the tensor ${quote(name)}`
    if (end > bodyBytes) throw new Error(`${tensor} ends at byte ${end}, and ${bodyBytes} are there: the file is cut off. ${EXPORT_AGAIN}`)
    if (begin < at) throw new Error(`${tensor} shares bytes with ${quote(before)}. ${EXPORT_AGAIN}`)
    if (begin > at) throw new Error(`${tensor} begins at byte ${begin}, which leaves a gap from byte ${at}. ${EXPORT_AGAIN}`)
    at = end
    before = name
  }
  if (at < bodyBytes) throw new Error(`${what} has ${bodyBytes - at} bytes after its last tensor, which belong to none. ${EXPORT_AGAIN}`)
}

/**
 * The names of the outer object of a text known to be JSON, in the text's order (an object's own order would put number-like names first).
 * JSON.parse takes the last of two equal names without a word; here that is an error, at any depth.
 */
function topLevelNames(json: string, header: string): string[] {
  const open: Set<string>[] = []
  const outer = new Set<string>()
  for (let i = 0; i < json.length; i++) {
    const c = json[i]
    if (c === '{' || c === '[') open.push(open.length === 0 ? outer : new Set())
    else if (c === '}' || c === ']') open.pop()
    else if (c === '"') {
      const start = i++
      while (json[i] !== '"') i += json[i] === '\\' ? 2 : 1
      let next = i + 1
      while (json[next] === ' ' || json[next] === '\n' || json[next] === '\r' || json[next] === '\t') next++
      if (json[next] !== ':') continue
      const name = String(JSON.parse(json.slice(start, i + 1)))
      const names = open[open.length - 1] ?? outer
      if (names.has(name)) throw new Error(`${header} lists ${quote(name)} twice. ${EXPORT_AGAIN}`)
      names.add(name)
    }
  }
  return [...outer]
}

function decode(dtype: Dtype, buffer: ArrayBuffer, tensor: string): StoredTensor['data'] {
  switch (dtype) {
    case 'F64':
      return new Float64Array(buffer)
    case 'F32':
      return new Float32Array(buffer)
    case 'F16':
      return Float32Array.from(new Uint16Array(buffer), halfToNumber)
    case 'BF16':
      // A bfloat16 is the upper half of a float32.
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer)
    case 'I64':
      return Float64Array.from(new BigInt64Array(buffer), (big, i) => {
        const value = Number(big)
        if (!Number.isSafeInteger(value)) throw new Error(`${tensor} holds ${big} at element ${i}, beyond 2^53. Save it as I32 or F64.`)
        return value
      })
    case 'I32':
      return new Int32Array(buffer)
    case 'U8':
      return new Uint8Array(buffer)
  }
}

/** The value of IEEE 754 binary16 bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/**
 * A safetensors file of F32 and F64 tensors in the order given; the header is padded with spaces to a multiple of eight bytes.
 * Throws when two tensors have one name, a name is `__metadata__`, or a shape does not fit its data.
 */
export function writeSafetensors(tensors: Iterable<readonly [string, WritableTensor]>, metadata: Record<string, string> = {}): Uint8Array {
  // Joined by hand, for an object would put number-like names first.
  const items: string[] = []
  if (Object.keys(metadata).length > 0) items.push(`"__metadata__":${JSON.stringify(metadata)}`)
  const names = new Set<string>()
  const parts: WritableTensor['data'][] = []
  let at = 0
  for (const [name, { shape, data }] of tensors) {
    if (name === '__metadata__') throw new Error('A tensor cannot be called __metadata__ in a safetensors file. Rename it.')
    if (names.has(name)) throw new Error(`Two tensors are called ${quote(name)}. Rename one.`)
    if (!shape.every(isWhole) || elements(shape) !== data.length)
      throw new Error(
        `The tensor ${quote(name)} has the shape [${shape.join(', ')}] but ${data.length} values. Give it the shape of its values.`,
      )
    names.add(name)
    const dtype: Dtype = data instanceof Float32Array ? 'F32' : 'F64'
    items.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [at, at + data.byteLength] })}`)
    parts.push(data)
    at += data.byteLength
  }
  const header = new TextEncoder().encode(`{${items.join(',')}}`)
  const padded = Math.ceil(header.length / 8) * 8
  if (padded > MOST_HEADER_BYTES)
    throw new Error(`The header would be ${padded} bytes long, and 100 MB is the format's limit. Write fewer tensors.`)
  const file = new Uint8Array(8 + padded + at)
  new DataView(file.buffer).setUint32(0, padded, true)
  file.set(header, 8)
  file.fill(0x20, 8 + header.length, 8 + padded)
  at = 8 + padded
  for (const data of parts) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return file
}
