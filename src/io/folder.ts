/**
 * A model folder in memory: `config.json`, `model.safetensors`, `tokenizer.json`, and for resuming `optimizer.safetensors` and `run.json`.
 * For a person there are also `modeling_skipscope.py`, the model in PyTorch, and `loss.csv`, the run's curve: both are written and never read.
 */
import { parameterShapes, parseConfig, type ModelConfig } from '../model/config.ts'
import { decodeText, parseJson, quote } from './json.ts'
import { lossCsv } from './loss-csv.ts'
import modelInPyTorch from './modeling_skipscope.py?raw'
import { parseRun, type RunRecord } from './run.ts'
import { readSafetensors, writeSafetensors, type StoredTensor } from './safetensors.ts'

/** The files that a model is read from. */
export const MODEL_FILES = ['config.json', 'model.safetensors', 'tokenizer.json', 'optimizer.safetensors', 'run.json']

/** The files that are written for a person alone. */
export const COMPANION_FILES = ['modeling_skipscope.py', 'loss.csv']

/** File name -> bytes. */
export type FolderFiles = Map<string, Uint8Array>

export interface ParameterTensor {
  shape: number[]
  /** Row by row. */
  data: Float32Array
}

/** AdamW's moments, by parameter, in the order and with the shapes of the parameters. */
export interface Moments {
  m: Map<string, ParameterTensor>
  v: Map<string, ParameterTensor>
}

export interface ModelFolder {
  config: ModelConfig
  /** In the order of `parameterShapes`. */
  parameters: Map<string, ParameterTensor>
  /** The object of `tokenizer.json`; without it only ids go in and out. */
  tokenizer?: unknown
  /** A run goes on only where both `optimizer` and `run` are there. */
  optimizer?: Moments
  run?: RunRecord
}

type Shapes = Map<string, number[]>

const shapeText = (shape: readonly number[]) => `[${shape.join(', ')}]`

function momentShapes(parameters: Shapes): Shapes {
  return new Map(['m', 'v'].flatMap((moment) => [...parameters].map(([name, shape]): [string, number[]] => [`${moment}.${name}`, shape])))
}

/** Throws unless there is exactly what is due: no tensor missing, surplus, or of another shape. */
function checkShapes(found: ReadonlyMap<string, { shape: readonly number[] }>, due: Shapes, what: string): void {
  for (const [name, shape] of due) {
    const tensor = found.get(name)
    if (!tensor)
      throw new Error(
        `${what} lacks the tensor ${quote(name)} ${shapeText(shape)}. Correct config.json, or take the file that belongs to it.`,
      )
    if (tensor.shape.length !== shape.length || tensor.shape.some((size, axis) => size !== shape[axis]))
      throw new Error(
        `${what}: the tensor ${quote(name)} has the shape ${shapeText(tensor.shape)}, where config.json makes ${shapeText(shape)} due. Correct config.json, or take the file that belongs to it.`,
      )
  }
  for (const name of found.keys())
    if (!due.has(name))
      throw new Error(
        `${what} has the tensor ${quote(name)}, which config.json has no place for. Correct config.json, or remove the tensor.`,
      )
}

/** Throws unless all values are finite, and those of a second moment, which AdamW takes the root of, at least 0. */
function checkValues(name: string, data: Float32Array, what: string, least: number): void {
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i]))
      throw new Error(
        `${what}: the tensor ${quote(name)} holds ${data[i]} at element ${i}. Take an earlier state, or train again with a lower rate.`,
      )
    if (data[i] < least)
      throw new Error(`${what}: the tensor ${quote(name)} holds ${data[i]} at element ${i}, below ${least}. Export the file again.`)
  }
}

const leastOf = (name: string) => (name.startsWith('v.') ? 0 : -Infinity)

function asFloat32({ dtype, data }: StoredTensor, name: string, what: string): Float32Array {
  if (data instanceof Float32Array) return data
  if (dtype === 'F64') return new Float32Array(data)
  throw new Error(`${what}: the tensor ${quote(name)} is of type ${dtype}, where F32 is due. Save it as F32.`)
}

function readTensors(bytes: Uint8Array, due: Shapes, what: string): Map<string, ParameterTensor> {
  const { tensors } = readSafetensors(bytes, what)
  checkShapes(tensors, due, what)
  const read = new Map<string, ParameterTensor>()
  for (const [name, shape] of due) {
    const tensor = tensors.get(name)
    if (!tensor) continue
    const data = asFloat32(tensor, name, what)
    checkValues(name, data, what, leastOf(name))
    read.set(name, { shape, data })
  }
  return read
}

/** The tensors under `prefix.`, by the rest of their names. */
function under(prefix: string, tensors: Map<string, ParameterTensor>): Map<string, ParameterTensor> {
  const start = `${prefix}.`
  return new Map([...tensors].filter(([name]) => name.startsWith(start)).map(([name, tensor]) => [name.slice(start.length), tensor]))
}

/**
 * Reads and checks every file of a model folder; other files in it are left alone.
 * Throws one line that starts with `what` (the folder's name) and names the file, the tensor or field, and the fix.
 */
export function readModelFolder(files: FolderFiles, what: string): ModelFolder {
  const required = (name: string) => {
    const bytes = files.get(name)
    if (!bytes) throw new Error(`${what} has no ${name}. A model folder holds at least config.json and model.safetensors.`)
    return bytes
  }
  const json = (name: string, bytes: Uint8Array) => parseJson(decodeText(bytes, `${what}/${name}`), `${what}/${name}`)

  const config = parseConfig(json('config.json', required('config.json')), `${what}/config.json`)
  const due = parameterShapes(config)
  const folder: ModelFolder = { config, parameters: readTensors(required('model.safetensors'), due, `${what}/model.safetensors`) }
  const tokenizer = files.get('tokenizer.json')
  if (tokenizer) folder.tokenizer = json('tokenizer.json', tokenizer)
  const run = files.get('run.json')
  if (run) folder.run = parseRun(json('run.json', run), `${what}/run.json`)
  const optimizer = files.get('optimizer.safetensors')
  if (optimizer) {
    const moments = readTensors(optimizer, momentShapes(due), `${what}/optimizer.safetensors`)
    folder.optimizer = { m: under('m', moments), v: under('v', moments) }
  }
  return folder
}

/** `config.json` as a person reads it: a line a field, and a line for each layer of the wiring. */
function configText({ reads, ...shape }: ModelConfig): string {
  const fields = Object.entries(shape).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
  const layers = reads.map((layer) => `    ${JSON.stringify(layer)}`)
  return `{\n${fields.join(',\n')},\n  "reads": [\n${layers.join(',\n')}\n  ]\n}\n`
}

function writeTensors(tensors: ReadonlyMap<string, ParameterTensor>, due: Shapes, what: string): Uint8Array {
  checkShapes(tensors, due, what)
  const ordered: [string, ParameterTensor][] = []
  for (const name of due.keys()) {
    const tensor = tensors.get(name)
    if (!tensor) continue
    checkValues(name, tensor.data, what, leastOf(name))
    ordered.push([name, tensor])
  }
  return writeSafetensors(ordered, { format: 'pt' })
}

/**
 * The files of a model folder. What cannot be read again (a tensor missing or of another shape, a value that is not finite, a curve with NaN)
 * is not written: it throws the line that reading would.
 */
export function writeModelFolder({ config, parameters, tokenizer, optimizer, run }: ModelFolder): FolderFiles {
  const due = parameterShapes(config)
  const text = (value: string) => new TextEncoder().encode(value)
  const files: FolderFiles = new Map()
  files.set('config.json', text(configText(config)))
  files.set('model.safetensors', writeTensors(parameters, due, 'model.safetensors'))
  if (tokenizer !== undefined) files.set('tokenizer.json', text(`${JSON.stringify(tokenizer, null, 2)}\n`))
  if (optimizer) {
    const moments = new Map<string, ParameterTensor>()
    for (const [name, tensor] of optimizer.m) moments.set(`m.${name}`, tensor)
    for (const [name, tensor] of optimizer.v) moments.set(`v.${name}`, tensor)
    files.set('optimizer.safetensors', writeTensors(moments, momentShapes(due), 'optimizer.safetensors'))
  }
  files.set('modeling_skipscope.py', text(modelInPyTorch))
  if (run) {
    files.set('run.json', text(`${JSON.stringify(parseRun(run))}\n`))
    files.set('loss.csv', text(lossCsv(run.curve)))
  }
  return files
}
