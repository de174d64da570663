import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { configOf, elements, parameterShapes, parseSettings, type ModelConfig } from '../model/config.ts'
import { namedWiring } from '../model/wiring.ts'
import {
  COMPANION_FILES,
  MODEL_FILES,
  readModelFolder,
  writeModelFolder,
  type FolderFiles,
  type ModelFolder,
  type ParameterTensor,
} from './folder.ts'
import { lossCsv } from './loss-csv.ts'
import { RUN_VERSION, type RunRecord } from './run.ts'
import { writeSafetensors } from './safetensors.ts'

const golden = fileURLToPath(new URL('../../e2e/golden/', import.meta.url))
const text = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))

const size = { n_layers: 2, n_heads: 2 }
const config: ModelConfig = configOf(
  { ...size, n_kv_heads: 1, d_model: 4, d_ff: 3, context_length: 5, activation: 'swiglu', reads: namedWiring('joint', size) },
  7,
)

/** Values that differ from tensor to tensor; all at least 0, so that they serve as second moments too. */
function tensors(start: number): Map<string, ParameterTensor> {
  return new Map(
    [...parameterShapes(config)].map(([name, shape], i) => [
      name,
      { shape, data: Float32Array.from({ length: elements(shape) }, (_, j) => start + i + j / 1024) },
    ]),
  )
}

const run: RunRecord = {
  version: RUN_VERSION,
  settings: parseSettings({ seed: 9, lr: 3e-3 }),
  dataset: { title: 'notes.txt', text: 'one\ntwo' },
  preset: 'smoke',
  seed: 9,
  step: 2,
  adapter: 'SwiftShader',
  curve: {
    training: { step: [1, 2], loss: [2.1, 0.1 + 0.2], lr: [1e-3, 2e-3], gradNorm: [1, 0.5], ms: [3, 6.25] },
    validation: [
      { step: 2, loss: 1.5, accuracy: 0.25 },
      { step: 2, loss: 1.25 },
    ],
  },
  tuned: { 'matmul 4x4': 'tile 8' },
}

const folder = (): ModelFolder => ({
  config,
  parameters: tensors(0),
  tokenizer: { model: { vocab: { a: 0 } } },
  optimizer: { m: tensors(-3), v: tensors(5) },
  run,
})

/** The files of a good folder with one replaced (or removed). */
function filesWith(name: string, bytes: Uint8Array | undefined): FolderFiles {
  const files = writeModelFolder(folder())
  if (bytes) files.set(name, bytes)
  else files.delete(name)
  return files
}

/** `model.safetensors` with its tensors changed. */
function weights(change: (tensors: Map<string, { shape: number[]; data: Float32Array | Float64Array }>) => void): FolderFiles {
  const changed = new Map<string, { shape: number[]; data: Float32Array | Float64Array }>(tensors(0))
  change(changed)
  return filesWith('model.safetensors', writeSafetensors(changed))
}

describe('a model folder', () => {
  test('is read as it was written, in the order of the parameters whatever the order given', () => {
    const given = folder()
    const shuffled = new Map([...given.parameters].reverse())
    const files = writeModelFolder({ ...given, parameters: shuffled })
    expect([...files.keys()].sort()).toEqual([...MODEL_FILES, ...COMPANION_FILES].sort())
    const read = readModelFolder(files, 'm')
    expect(read).toEqual(given)
    expect([...read.parameters.keys()]).toEqual([...parameterShapes(config).keys()])
    expect([...(read.optimizer?.v.keys() ?? [])]).toEqual([...parameterShapes(config).keys()])
  })

  test('needs only the config and the weights, and leaves other files alone', () => {
    const files = writeModelFolder({ config, parameters: tensors(0) })
    expect([...files.keys()]).toEqual(['config.json', 'model.safetensors', 'modeling_skipscope.py'])
    files.set('README.md', text('hello'))
    files.set('modeling_skipscope.py', text('changed by its owner'))
    files.set('loss.csv', text('changed by its owner'))
    expect(readModelFolder(files, 'm')).toEqual({ config, parameters: tensors(0) })
  })

  test('holds the model in PyTorch and the curve as a table', () => {
    const files = writeModelFolder(folder())
    expect(
      Buffer.compare(files.get('modeling_skipscope.py') ?? text(''), readFileSync(new URL('./modeling_skipscope.py', import.meta.url))),
    ).toBe(0)
    expect(new TextDecoder().decode(files.get('loss.csv'))).toBe(lossCsv(run.curve))
  })

  test.each(
    readdirSync(golden, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name),
  )('the golden case %s', (name) => {
    const files: FolderFiles = new Map(['config.json', 'model.safetensors'].map((file) => [file, readFileSync(`${golden}${name}/${file}`)]))
    const read = readModelFolder(files, name)
    const written = writeModelFolder(read)
    expect(Buffer.compare(written.get('model.safetensors') ?? text(''), files.get('model.safetensors') ?? text('x'))).toBe(0)
    expect(readModelFolder(written, name)).toEqual(read)
  })

  test('weights in F64 are rounded to F32', () => {
    const files = weights((all) => all.set('final_norm.bias', { shape: [4], data: Float64Array.of(0.1, 1, 2, 3) }))
    expect(readModelFolder(files, 'm').parameters.get('final_norm.bias')?.data).toEqual(Float32Array.of(0.1, 1, 2, 3))
  })

  const fix = 'Correct config.json, or take the file that belongs to it.'
  const runWith = (change: object) => filesWith('run.json', text({ ...run, ...change }))
  const refused: [string, () => FolderFiles, string][] = [
    [
      'no config',
      () => filesWith('config.json', undefined),
      'm has no config.json. A model folder holds at least config.json and model.safetensors.',
    ],
    [
      'no weights',
      () => filesWith('model.safetensors', undefined),
      'm has no model.safetensors. A model folder holds at least config.json and model.safetensors.',
    ],
    [
      'a config cut off',
      () => filesWith('config.json', text('')),
      'm/config.json is not JSON: Unexpected end of JSON input. Correct the text or export the file again.',
    ],
    [
      'a config that is not text',
      () => filesWith('config.json', Uint8Array.of(0xc0, 0x80)),
      'm/config.json is not text in UTF-8: the file is damaged or of another kind. Export it again.',
    ],
    [
      'reads above their layer',
      () => filesWith('config.json', text({ ...config, reads: [[[[1, 0]], [[0, 0]]], config.reads[1]] })),
      'm/config.json: reads[0][0] has [1,0]: layer 0 can only read layers 0 to 0. Lower the number.',
    ],
    [
      'a tensor missing',
      () => weights((all) => all.delete('blocks.1.attn.k.weight')),
      `m/model.safetensors lacks the tensor "blocks.1.attn.k.weight" [2, 4]. ${fix}`,
    ],
    [
      'a tensor of another shape',
      () => weights((all) => all.set('pos_emb.weight', { shape: [4, 5], data: new Float32Array(20) })),
      `m/model.safetensors: the tensor "pos_emb.weight" has the shape [4, 5], where config.json makes [5, 4] due. ${fix}`,
    ],
    [
      'a tensor of other axes',
      () => weights((all) => all.set('final_norm.bias', { shape: [4, 1], data: new Float32Array(4) })),
      `m/model.safetensors: the tensor "final_norm.bias" has the shape [4, 1], where config.json makes [4] due. ${fix}`,
    ],
    [
      'a surplus tensor',
      () => weights((all) => all.set('extra', { shape: [], data: Float32Array.of(1) })),
      'm/model.safetensors has the tensor "extra", which config.json has no place for. Correct config.json, or remove the tensor.',
    ],
    [
      'a NaN',
      () => weights((all) => all.set('final_norm.bias', { shape: [4], data: Float32Array.of(0, 1, NaN, 3) })),
      'm/model.safetensors: the tensor "final_norm.bias" holds NaN at element 2. Take an earlier state, or train again with a lower rate.',
    ],
    [
      'an F64 beyond F32',
      () => weights((all) => all.set('final_norm.bias', { shape: [4], data: Float64Array.of(0, 1e300, 0, 3) })),
      'm/model.safetensors: the tensor "final_norm.bias" holds Infinity at element 1. Take an earlier state, or train again with a lower rate.',
    ],
    [
      'weights cut off',
      () => filesWith('model.safetensors', new Uint8Array(3)),
      'm/model.safetensors is 3 bytes long, too short for a safetensors file. Copy or export the file again.',
    ],
    [
      'a tokenizer that is not JSON',
      () => filesWith('tokenizer.json', text('')),
      'm/tokenizer.json is not JSON: Unexpected end of JSON input. Correct the text or export the file again.',
    ],
    [
      'moments without v',
      () => filesWith('optimizer.safetensors', writeSafetensors([...tensors(0)].map(([name, tensor]) => [`m.${name}`, tensor]))),
      `m/optimizer.safetensors lacks the tensor "v.tok_emb.weight" [7, 4]. ${fix}`,
    ],
    [
      'a run of a newer version',
      () => runWith({ version: 2 }),
      'm/run.json is of version 2, and this Skipscope knows versions up to 1. Use a newer Skipscope.',
    ],
    [
      'a run with an unknown setting',
      () => runWith({ settings: { ...run.settings, speed: 1 } }),
      'm/run.json: settings: Unrecognized key: "speed".',
    ],
    ['a run of two seeds', () => runWith({ seed: 3 }), 'm/run.json: seed: it must equal settings.seed.'],
    [
      'a run of no data set',
      () => runWith({ dataset: { text: 'a' } }),
      'm/run.json: dataset: it must be {"name": …} for a data set of the catalogue, or {"title": …} with or without "text" for another.',
    ],
    [
      'a curve of uneven columns',
      () => runWith({ curve: { ...run.curve, training: { ...run.curve.training, lr: [1] } } }),
      'm/run.json: curve.training: step, loss, lr, gradNorm and ms must be lists of one length.',
    ],
  ]
  test.each(refused)('with %s is refused', (_, files, message) => {
    expect(() => readModelFolder(files(), 'm')).toThrow(new Error(message))
  })

  test('with a whole-number tensor is refused', () => {
    const files = filesWith('model.safetensors', firstAsI32(writeSafetensors(tensors(0))))
    expect(() => readModelFolder(files, 'm')).toThrow(
      new Error('m/model.safetensors: the tensor "tok_emb.weight" is of type I32, where F32 is due. Save it as F32.'),
    )
  })

  test('is not written when it could not be read again', () => {
    const broken = tensors(0)
    broken.set('tok_emb.weight', { shape: [7, 4], data: new Float32Array(28).fill(-Infinity) })
    expect(() => writeModelFolder({ config, parameters: broken })).toThrow(
      new Error(
        'model.safetensors: the tensor "tok_emb.weight" holds -Infinity at element 0. Take an earlier state, or train again with a lower rate.',
      ),
    )
    expect(() => writeModelFolder({ config, parameters: new Map() })).toThrow(
      new Error(`model.safetensors lacks the tensor "tok_emb.weight" [7, 4]. ${fix}`),
    )
    expect(() => writeModelFolder({ ...folder(), optimizer: { m: tensors(0), v: tensors(-1) } })).toThrow(
      new Error('optimizer.safetensors: the tensor "v.tok_emb.weight" holds -1 at element 0, below 0. Export the file again.'),
    )
    const curve = { ...run.curve, validation: [{ step: 1, loss: NaN }] }
    expect(() => writeModelFolder({ ...folder(), run: { ...run, curve } })).toThrow(/^run\.json: curve\.validation\.0\.loss: .*NaN\.$/)
  })

  test('has a config that a person can read: a line a field, a line a layer', () => {
    const lines = new TextDecoder().decode(writeModelFolder(folder()).get('config.json')).split('\n')
    expect(lines.slice(0, 2)).toEqual(['{', '  "model_type": "skipscope",'])
    expect(lines.slice(-6)).toEqual(['  "reads": [', '    [[[0,0]],[[0,0]]],', '    [[[1,1],[0,0]],[[1,1],[0,0]]]', '  ]', '}', ''])
  })
})

/** The same file with its first tensor called I32. */
function firstAsI32(file: Uint8Array): Uint8Array {
  const copy = file.slice()
  const at = new TextDecoder('latin1').decode(copy).indexOf('"F32"')
  copy.set(text('"I32"'), at)
  return copy
}
