/** Model folders as zip files. */
import { inflateSync, zipSync, type Zippable } from 'fflate'
import type { FolderFiles } from './folder.ts'
import { quote } from './json.ts'

/** Beyond this a zip would need the zip64 form, and no model folder that fits a browser comes near. */
const MOST_BYTES = 0xffffffff
/** No file of a model folder is one of thousands. */
const MOST_ENTRIES = 10_000
/** Deflate cannot do better than 1032 to 1, so a file that claims more lies. */
const BEST_RATIO = 1032

const END = 0x06054b50
const CENTRAL = 0x02014b50
const LOCAL = 0x04034b50
const END_BYTES = 22
const CENTRAL_BYTES = 46
const LOCAL_BYTES = 30

/** One zip with the files in a top folder called `name`. Weights are stored as they are, since they do not compress. */
export function zipFolder(name: string, files: FolderFiles): Uint8Array {
  if (!isPlainName(name))
    throw new Error(`A folder in a zip cannot be called ${quote(name)}. Choose a name without slashes that does not start with a dot.`)
  const zippable: Zippable = {}
  let total = 0
  for (const [file, bytes] of files) {
    if (!isPlainName(file))
      throw new Error(`A file in a zip cannot be called ${quote(file)}. Choose a name without slashes that does not start with a dot.`)
    total += bytes.length
    zippable[`${name}/${file}`] = [bytes, { level: file.endsWith('.safetensors') ? 0 : 6 }]
  }
  if (total > MOST_BYTES * 0.99)
    throw new Error(`The folder holds ${total} bytes, and a zip takes at most 4 GB. Train a smaller model and export it again.`)
  return zipSync(zippable)
}

const isPlainName = (name: string) => name !== '' && !name.startsWith('.') && !/[/\\\0]/.test(name)

interface ZipEntry {
  path: string
  method: number
  encrypted: boolean
  crc: number
  compressedBytes: number
  bytes: number
  /** Where its local header lies. */
  offset: number
}

/**
 * The files of the model folder in a zip: at its top or in one folder. `__MACOSX`, names that start with a dot, and files elsewhere are left out.
 * Throws one line that starts with `what` (the zip's name) when it is not a zip, is damaged, holds no model folder or several,
 * names a path outside itself, or claims sizes that cannot be.
 */
export function unzipFolder(bytes: Uint8Array, what: string): FolderFiles {
  const entries = listEntries(bytes, what)
  for (const { path } of entries) {
    const parts = path.split(/[/\\]/)
    if (path.includes('\0') || path.includes('\\') || parts[0] === '' || parts.includes('..') || /^[a-z]:/i.test(path))
      throw new Error(
        `${what} names the path ${quote(path)}, which leads outside of it. Do not trust this file; zip the model folder anew.`,
      )
  }
  const visible = entries.filter(({ path }) => path.split('/').every((part) => !part.startsWith('.') && part !== '__MACOSX'))
  const configs = visible.filter(({ path }) => /^([^/]+\/)?config\.json$/.test(path))
  const config = configs.find(({ path }) => path === 'config.json') ?? configs[0]
  if (!config) throw new Error(`${what} has no config.json at its top or in one folder. Zip a model folder, as Export does.`)
  if (config.path !== 'config.json' && configs.length > 1)
    throw new Error(`${what} holds ${configs.length} folders or files called config.json. Zip one model folder alone.`)
  const folder = config.path.slice(0, -'config.json'.length)
  const wanted = visible.filter(
    ({ path }) => path.startsWith(folder) && path.length > folder.length && !path.slice(folder.length).includes('/'),
  )
  checkSizes(wanted, what)
  const files: FolderFiles = new Map()
  for (const entry of wanted) {
    const name = entry.path.slice(folder.length)
    if (files.has(name)) throw new Error(`${what} lists ${quote(entry.path)} twice. Zip the model folder anew.`)
    files.set(name, extract(bytes, entry, what))
  }
  return files
}

/** The files of these names at a zip's top, those that are there. Throws one line that starts with `what` when it is no zip or is damaged. */
export function unzipFiles(bytes: Uint8Array, names: readonly string[], what: string): FolderFiles {
  const wanted = listEntries(bytes, what).filter(({ path }) => names.includes(path))
  checkSizes(wanted, what)
  return new Map(wanted.map((entry) => [entry.path, extract(bytes, entry, what)]))
}

/** Every entry of the central directory; its sizes are claims until `checkSizes`. Format: PKWARE's APPNOTE.TXT, 4.3. */
function listEntries(bytes: Uint8Array, what: string): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // The end record is last but for a comment of at most 65,535 bytes.
  let end = bytes.length - END_BYTES
  const earliest = Math.max(0, end - 0xffff)
  while (end >= earliest && view.getUint32(end, true) !== END) end--
  if (end < earliest) throw new Error(`${what} is not a zip file, or is cut off. Choose one that Skipscope exported.`)
  const count = view.getUint16(end + 10, true)
  let at = view.getUint32(end + 16, true)
  if (count === 0xffff || at === 0xffffffff)
    throw new Error(`${what} is in the zip64 form, which is not read here. Zip the model folder alone, below 4 GB.`)
  if (count > MOST_ENTRIES) throw new Error(`${what} holds ${count} files, where a model folder has a handful. Zip the model folder alone.`)
  const damaged = `${what} is a damaged zip: its list of files does not hold together. Copy or export it again.`
  const entries: ZipEntry[] = []
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > end || view.getUint32(at, true) !== CENTRAL) throw new Error(damaged)
    const nameEnd = at + CENTRAL_BYTES + view.getUint16(at + 28, true)
    if (nameEnd > end) throw new Error(damaged)
    entries.push({
      path: new TextDecoder().decode(bytes.subarray(at + CENTRAL_BYTES, nameEnd)),
      encrypted: (view.getUint16(at + 8, true) & 1) !== 0,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      compressedBytes: view.getUint32(at + 20, true),
      bytes: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    })
    at = nameEnd + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
  return entries
}

function checkSizes(entries: readonly ZipEntry[], what: string): void {
  let total = 0
  for (const { path, bytes, compressedBytes } of entries) {
    total += bytes
    if (bytes > compressedBytes * BEST_RATIO)
      throw new Error(
        `${what} claims that ${quote(path)} unpacks from ${compressedBytes} to ${bytes} bytes, which no zip can. Do not trust this file.`,
      )
  }
  if (total > MOST_BYTES) throw new Error(`${what} would unpack to ${total} bytes, and 4 GB is the limit. Export it again.`)
}

function extract(bytes: Uint8Array, entry: ZipEntry, what: string): Uint8Array {
  const damaged = `${what} is a damaged zip: ${quote(entry.path)} cannot be unpacked. Copy or export it again.`
  if (entry.encrypted) throw new Error(`${what} is locked with a password. Zip the model folder without one.`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (entry.offset + LOCAL_BYTES > bytes.length || view.getUint32(entry.offset, true) !== LOCAL) throw new Error(damaged)
  const begin = entry.offset + LOCAL_BYTES + view.getUint16(entry.offset + 26, true) + view.getUint16(entry.offset + 28, true)
  const end = begin + entry.compressedBytes
  if (end > bytes.length) throw new Error(damaged)
  const packed = bytes.subarray(begin, end)
  const file = unpack(packed, entry, what, damaged)
  if (file.length !== entry.bytes || crc32(file) !== entry.crc) throw new Error(damaged)
  return file
}

function unpack(packed: Uint8Array, entry: ZipEntry, what: string, damaged: string): Uint8Array {
  // A plain view, also of a Node Buffer.
  if (entry.method === 0) return new Uint8Array(packed.buffer, packed.byteOffset, packed.length)
  if (entry.method !== 8)
    throw new Error(
      `${what} packs ${quote(entry.path)} by method ${entry.method}; stored and deflated are read here. Zip the model folder as Export does.`,
    )
  try {
    // One byte more than claimed, so that a file that claims too little shows.
    return inflateSync(packed, { out: new Uint8Array(entry.bytes + 1) })
  } catch (error) {
    throw new Error(damaged, { cause: error })
  }
}

const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let c = byte
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c
})

/** The checksum of the zip format; unpacking alone lets a flipped bit through. */
function crc32(bytes: Uint8Array): number {
  let c = -1
  for (let i = 0; i < bytes.length; i++) c = crcTable[(c ^ bytes[i]) & 255] ^ (c >>> 8)
  return ~c >>> 0
}
