/**
 * A folder in PyTorch: what `modeling_skipscope.py` computes is what the engine computes, for every golden wiring, every activation and every tokenizer.
 * The cases stay in test-results, for `modeling_check.py` on other machines.
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readFolder, writeFolder } from '../src/cli/files.ts'
import { charTokenizer } from '../src/data/tokenizer.ts'
import { readModelFolder, writeModelFolder } from '../src/io/folder.ts'
import { loadingSnippet } from '../src/io/snippet.ts'
import { parseConfig } from '../src/model/config.ts'
import { goldenModel, randomTokens } from './engine.ts'
import { CASES, caseFolder, run } from './golden-check.mjs'
import { jsonLines, skipscope } from './skipscope.ts'

const scratch = join('test-results', `modeling-${process.env.SKIPSCOPE_ADAPTER ?? 'system'}`)
const PYTHON = process.env.SKIPSCOPE_PYTHON ?? 'python3'

async function command(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await skipscope(args)
  expect(status, stderr).toBe(0)
  return stdout
}

/** 50 of the golden vocabulary's 61, so that choices outside the tokenizer would show. */
const FIFTY = charTokenizer('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx')

/** What the page and the command line would write for a golden model, its head's weights changed or not. */
function writeGolden(name: string, folder: string, flat = false): void {
  const { config, parameters } = goldenModel(name)
  if (flat) parameters.get('lm_head.weight')?.data.fill(0)
  writeFolder(folder, writeModelFolder({ config, parameters, tokenizer: FIFTY.toJSON() }))
}

const written = z.tuple([z.strictObject({ text: z.string(), ids: z.array(z.int()).length(100) })])

/** Past every context here: the text slides at least twice. */
async function writeText(place: string, prompt: string): Promise<void> {
  const [given] = written.parse(
    jsonLines(await command('generate', '--model', join(place, 'model'), '--prompt', prompt, '--tokens', '100', '--temperature', '0')),
  )
  writeFileSync(join(place, 'generated.json'), JSON.stringify({ prompt, ...given }))
  writeFileSync(join(place, 'snippet.py'), loadingSnippet('model', prompt))
}

const gradsOf = (place: string): Promise<string> =>
  command('grads', '--model', join(place, 'model'), '--batches', join(place, 'batches.json'), '--out', join(place, 'engine.safetensors'))

async function makeGolden(name: string): Promise<void> {
  const place = join(scratch, name)
  mkdirSync(place)
  writeGolden(name, join(place, 'model'))
  for (const file of ['batches.json', 'golden.safetensors']) copyFileSync(join(caseFolder(name), file), join(place, file))
  await Promise.all([gradsOf(place), writeText(place, 'The')])
}

/** Every logit is 0: each choice is a tie, which goes to the lowest id. generation.test.ts shows that it does so in the engine. */
function makeTies(): void {
  const place = join(scratch, 'ties')
  mkdirSync(place)
  writeGolden('skip-split', join(place, 'model'), true)
  writeFileSync(join(place, 'generated.json'), JSON.stringify({ prompt: 'The', text: 'A'.repeat(100), ids: Array<number>(100).fill(0) }))
}

/** The activations, positions and tokenizers that no golden case has, each in a run of three steps. */
const TRAINED = [
  {
    name: 'relu-tied',
    prompt: 'The ',
    args: ['--wiring', 'joint', '--data', 'moby-dick'],
    set: ['activation=relu', 'tie_embeddings=true'],
  },
  {
    name: 'silu-none',
    prompt: 'Ahab — ',
    args: ['--wiring', 'all-earlier', '--data', 'moby-dick'],
    set: ['activation=silu', 'positions=none', 'tokenizer=byte', 'n_layers=3', 'n_kv_heads=1', 'norm=rmsnorm'],
  },
  {
    name: 'swiglu-symbols',
    prompt: 'a b | c',
    args: ['--wiring', 'skip', '--task', 'copy'],
    set: ['activation=swiglu', 'positions=rope', 'vocab_size=40'],
  },
]

/** After three steps a model repeats one token; with larger weights its text goes on changing, so that every position counts. */
function enliven(path: string): void {
  const folder = readModelFolder(readFolder(path), path)
  for (const { shape, data } of folder.parameters.values()) if (shape.length > 1) for (let i = 0; i < data.length; i++) data[i] *= 12
  writeFolder(path, writeModelFolder(folder))
}

async function makeTrained({ name, prompt, args, set }: (typeof TRAINED)[number]): Promise<void> {
  const place = join(scratch, name)
  mkdirSync(place)
  const model = join(place, 'model')
  await command('train', '--preset', 'smoke', ...args, '--steps', '3', '--out', model, ...set.flatMap((value) => ['--set', value]))
  enliven(model)
  const { vocab_size: V, context_length: T } = parseConfig(JSON.parse(readFileSync(join(model, 'config.json'), 'utf8')))
  const rows = (key: number) => [randomTokens(key, T, V), randomTokens(key + 1, T, V)]
  const targets = rows(3).map((row, b) => row.map((target, t) => (t % 5 === b ? -1 : target)))
  writeFileSync(join(place, 'batches.json'), JSON.stringify([{ tokens: rows(1), targets }]))
  await Promise.all([gradsOf(place), writeText(place, prompt)])
}

const errors = z.partialRecord(z.enum(['loss', 'logits', 'pattern', 'grad']), z.number())
const result = z.object({
  case: z.string(),
  bad: z.array(z.string()),
  closest_choice: z.number(),
  engine: errors.optional(),
  golden: errors.optional(),
})

const NAMES = [...CASES, 'ties', ...TRAINED.map(({ name }) => name)]
const results = new Map<string, z.infer<typeof result>>()

beforeAll(async () => {
  rmSync(scratch, { recursive: true, force: true })
  mkdirSync(scratch, { recursive: true })
  makeTies()
  await Promise.all([...CASES.map(makeGolden), ...TRAINED.map(makeTrained)])
  // One process: PyTorch takes seconds to start.
  const { stdout, stderr } = await run([PYTHON], [join('e2e', 'modeling_check.py'), ...NAMES.map((name) => join(scratch, name))])
  for (const line of jsonLines(stdout)) {
    const parsed = result.parse(line)
    results.set(parsed.case, parsed)
  }
  expect(results.size, stderr).toBe(NAMES.length)
})

const kinds = (found: object | undefined): string[] => Object.keys(found ?? {}).sort()
const ALL = ['grad', 'logits', 'loss', 'pattern']

describe('in PyTorch', () => {
  test.each(CASES)('the golden case %s gives the same numbers and the same text', (name) => {
    const found = results.get(name)
    expect(found?.bad).toEqual([])
    expect([kinds(found?.engine), kinds(found?.golden)]).toEqual([ALL, ALL])
  })

  test.each(TRAINED)('$name, trained for three steps, gives the same numbers and the same text', ({ name }) => {
    const found = results.get(name)
    expect(found?.bad).toEqual([])
    expect(kinds(found?.engine)).toEqual(ALL)
  })

  test('a tie goes to the lowest id', () => {
    expect(results.get('ties')).toMatchObject({ bad: [], closest_choice: 0 })
  })

  test('no other choice was so close that rounding could have turned it', () => {
    for (const [name, { closest_choice }] of results) if (name !== 'ties') expect(closest_choice, name).toBeGreaterThan(1e-5)
  })

  test('a folder says in one line what is wrong with it', async () => {
    const script = join(scratch, 'joint', 'model', 'modeling_skipscope.py')
    const { status, stdout, stderr } = await run([PYTHON, '-B'], [script, '--prompt', 'The whale', '--tokens', '3'])
    expect([status, stdout, stderr]).toEqual([1, '', "' ' is not among the 50 characters of this model: leave it out.\n"])
  })

  test('the command line continues a prompt', async () => {
    const { text } = z.object({ text: z.string() }).parse(JSON.parse(readFileSync(join(scratch, 'joint', 'generated.json'), 'utf8')))
    const folder = join(scratch, 'joint', 'model')
    const { status, stdout } = await run([PYTHON, '-B'], [join(folder, 'modeling_skipscope.py'), folder, '--prompt', 'The'])
    expect([status, stdout]).toEqual([0, `The${text}\n`])
  })
})
