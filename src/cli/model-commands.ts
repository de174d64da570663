/** The commands that run a model folder: grads, replay, generate, heads, intervene, drop. */
import { tokenizerFromJSON } from '../data/tokenizer.ts'
import type { Gpu } from '../gpu/device.ts'
import { readModelFolder, type ModelFolder } from '../io/folder.ts'
import { writeSafetensors } from '../io/safetensors.ts'
import { gradsOf, lossUnder, measureHeads, measureLayers, replay } from '../lab/batch-runs.ts'
import { DROP_ORDERS, dropChanges, dropOrder } from '../lab/drops.ts'
import { scoreHeads } from '../lab/scores.ts'
import { parseChanges } from '../model/changes.ts'
import { createGenerator } from '../model/generate.ts'
import { createMachine, type Machine } from '../model/machine.ts'
import { chanceOf, headKind } from '../model/wiring.ts'
import { encodePrompt, sampleTokens } from '../train/sample-text.ts'
import { openNodeGpu } from './adapter.ts'
import { readBatches, readFolder, readJson, writeWhole } from './files.ts'
import { print } from './print.ts'

interface Opened {
  gpu: Gpu
  folder: ModelFolder
  machine: Machine
}

/** Reads the folder before it opens the GPU, so that a bad file is an error at once. */
async function openModel(path: string, check: (folder: ModelFolder) => void = () => undefined): Promise<Opened> {
  const folder = readModelFolder(readFolder(path), path)
  check(folder)
  const gpu = await openNodeGpu()
  const machine = createMachine(gpu, folder.config)
  machine.load(folder.parameters)
  return { gpu, folder, machine }
}

export async function grads(options: { model: string; batches: string; out: string }): Promise<void> {
  const batchOf = (folder: ModelFolder) => readBatches(options.batches, folder.config)[0]
  const { folder, machine } = await openModel(options.model, batchOf)
  const { loss, tensors } = await gradsOf(machine, batchOf(folder))
  writeWhole(options.out, writeSafetensors(tensors))
  print({ loss })
}

export async function replayBatches(options: { model: string; batches: string; lr: number; out: string }): Promise<void> {
  if (!(options.lr > 0)) throw new Error('--lr must be a number above 0.')
  const batchesOf = (folder: ModelFolder) => {
    const batches = readBatches(options.batches, folder.config)
    if (batches.some((b) => b.B !== batches[0].B || b.T !== batches[0].T))
      throw new Error(`${options.batches}: replay takes batches of one shape.`)
    return batches
  }
  const { folder, machine } = await openModel(options.model, batchesOf)
  for await (const line of replay(machine, batchesOf(folder), options.lr)) print(line)
  const after = new Map([...(await machine.readPack('parameters'))].map(([name, tensor]) => [`after.${name}`, tensor]))
  writeWhole(options.out, writeSafetensors(after))
}

interface GenerateOptions {
  model: string
  prompt?: string
  ids?: string
  tokens: number
  temperature: number
  topK: number
  topP: number
  seed: number
}

function promptIds(folder: ModelFolder, options: GenerateOptions): number[] {
  if ((options.prompt === undefined) === (options.ids === undefined)) throw new Error('Give either --prompt TEXT or --ids 1,2,3.')
  if (options.prompt !== undefined) {
    if (folder.tokenizer === undefined) throw new Error('This model has no tokenizer.json: give its prompt as --ids 1,2,3.')
    return encodePrompt(tokenizerFromJSON(folder.tokenizer), options.prompt)
  }
  const parts = (options.ids ?? '').split(',')
  const ids = parts.map(Number)
  // Number alone would take an empty part as 0, and 1e1 and 0x10 as numbers.
  if (parts.some((part) => !/^\s*\d+\s*$/.test(part)) || ids.some((id) => id >= folder.config.vocab_size))
    throw new Error(`--ids takes whole numbers from 0 to ${folder.config.vocab_size - 1}, separated by commas.`)
  return ids
}

export async function generate(options: GenerateOptions): Promise<void> {
  if (!Number.isInteger(options.tokens) || options.tokens < 1) throw new Error('--tokens must be a whole number from 1 on.')
  if (!(options.temperature >= 0)) throw new Error('--temperature must be 0 (greedy) or more.')
  if (!Number.isInteger(options.topK) || options.topK < 0) throw new Error('--top-k must be 0 (no limit) or more.')
  if (!(options.topP > 0 && options.topP <= 1)) throw new Error('--top-p must be above 0 and at most 1 (no limit).')
  if (!Number.isInteger(options.seed) || options.seed < 0) throw new Error('--seed must be a whole number from 0 on.')
  const { folder, machine } = await openModel(options.model, (f) => void promptIds(f, options))
  const generator = await createGenerator(machine)
  const tokenizer = folder.tokenizer === undefined ? undefined : tokenizerFromJSON(folder.tokenizer)
  const known = tokenizer?.vocabSize ?? folder.config.vocab_size
  const ids: number[] = []
  for await (const { id } of sampleTokens(generator, promptIds(folder, options), known, options)) ids.push(id)
  print({ text: tokenizer?.decode(ids) ?? null, ids })
}

async function openWithBatch(options: { model: string; batches: string }) {
  const batchOf = (folder: ModelFolder) => readBatches(options.batches, folder.config)[0]
  const { folder, machine } = await openModel(options.model, batchOf)
  // A vocabulary may be larger than the data's, and what is beyond was never trained.
  const vocabulary = folder.tokenizer === undefined ? folder.config.vocab_size : tokenizerFromJSON(folder.tokenizer).vocabSize
  return { config: folder.config, machine, batch: batchOf(folder), vocabulary }
}

export async function heads(options: { model: string; batches: string; scores?: boolean }): Promise<void> {
  const { config, machine, batch, vocabulary } = await openWithBatch(options)
  const scores = options.scores ? (await scoreHeads(machine, vocabulary)).scores : []
  for (const line of await measureHeads(machine, batch)) {
    const slots = config.reads[line.layer][line.head]
    const scored = scores.find(({ layer, head }) => layer === line.layer && head === line.head)
    print({ ...line, ...scored, kind: headKind(line.layer, slots), chance: chanceOf(line.layer, slots, config.n_heads) })
  }
}

export async function drop(options: { model: string; batches: string; order?: string }): Promise<void> {
  const order = DROP_ORDERS.find((name) => name === options.order)
  if (options.order !== undefined && order === undefined)
    throw new Error(`There is no order "${options.order}". Choose one of: ${DROP_ORDERS.join(', ')}.`)
  const { machine, batch } = await openWithBatch(options)
  const scores = await measureLayers(machine, batch)
  for (const line of scores) print(line)
  if (!order) return
  print({ dropped: [], loss: await lossUnder(machine, batch, []) })
  const all = dropOrder(scores, order)
  for (let n = 1; n <= all.length; n++) {
    const gone = all.slice(0, n)
    print({ dropped: gone.map(({ what, layer }) => [what, layer]), loss: await lossUnder(machine, batch, dropChanges(gone)) })
  }
}

export async function intervene(options: { model: string; batches: string; changes: string }): Promise<void> {
  const read = (folder: ModelFolder) => {
    const entries = readJson(options.changes)
    if (!Array.isArray(entries)) throw new Error(`${options.changes}: a JSON list of changes is due.`)
    return {
      batch: readBatches(options.batches, folder.config)[0],
      entries: entries.map((change: unknown) => ({ change, changes: parseChanges(change, folder.config) })),
    }
  }
  const { folder, machine } = await openModel(options.model, read)
  const { batch, entries } = read(folder)
  for (const { change, changes } of entries) print({ change, loss: await lossUnder(machine, batch, changes) })
}
