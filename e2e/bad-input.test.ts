/** What cannot be is refused through the command line with one line that names the fix, and nothing is written. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { caseFolder } from './golden-check.mjs'
import { skipscope } from './skipscope.ts'

const scratch = mkdtempSync(join(tmpdir(), 'bad-input-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** A file of the scratch folder. */
function file(name: string, content: string | Uint8Array): string {
  const path = join(scratch, name)
  writeFileSync(path, content)
  return path
}
const json = (name: string, value: unknown): string => file(name, JSON.stringify(value))

const good = caseFolder('joint')
const goodBatches = join(good, 'batches.json')
const goodConfig = JSON.parse(readFileSync(join(good, 'config.json'), 'utf8')) as Record<string, unknown>

/** The golden model with one file replaced. */
function model(name: string, replaced: string, content: string | Uint8Array): string {
  const folder = join(scratch, name)
  cpSync(good, folder, { recursive: true })
  writeFileSync(join(folder, replaced), content)
  return folder
}
const weights = Uint8Array.from(readFileSync(join(good, 'model.safetensors')))
const configWith = (change: object): string => JSON.stringify({ ...goodConfig, ...change })
const above = [...Array.from({ length: 3 }, (_, l) => Array.from({ length: 4 }, () => [[l, l]])), Array.from({ length: 4 }, () => [[4, 3]])]

/** The header says that the first tensor reaches past the file's end. */
function lying(): Uint8Array {
  const headerBytes = Number(new DataView(weights.buffer).getBigUint64(0, true))
  const header = new TextDecoder().decode(weights.subarray(8, 8 + headerBytes))
  const changed = header.replace(/"data_offsets":\s*\[(\d+),\s*(\d+)\]/, (whole, from: string, to: string) => {
    const longer = whole.replace(to, String(Number(to) + 4))
    return longer.length === whole.length ? longer : `"data_offsets":[${from},${Number(to) + 4}]`.padEnd(whole.length)
  })
  const out = weights.slice()
  out.set(new TextEncoder().encode(changed), 8)
  return out
}

const out = join(scratch, 'out')
const text = 'A whale swims under the ship and over the reef. '.repeat(60)
const grads = (folder: string, batches = goodBatches) => ['grads', '--model', folder, '--batches', batches, '--out', out]
const train = (...args: string[]) => ['train', '--preset', 'smoke', '--steps', '2', '--out', out, ...args]
// Written once: cases run side by side, and one that is being written is empty.
const goodText = file('text.txt', text)
const onText = (...args: string[]) => train('--data', goodText, ...args)
const rows = (value: number) => [Array.from({ length: 4 }, () => value)]

interface Case {
  what: string
  args: () => string[]
  /** The line, or its beginning and its fix. */
  says: RegExp
  environment?: Record<string, string>
}

const cases: Case[] = [
  {
    what: 'reads above their layer',
    args: () => grads(model('above', 'config.json', configWith({ reads: above }))),
    says: /config\.json: reads\[3\]\[0\] has \[4,3\]: layer 3 can only read layers 0 to 3\. Lower the number\.$/,
  },
  {
    what: 'reads above their layer, in a wiring file',
    args: () =>
      onText(
        '--wiring',
        json('wiring.json', {
          reads: [
            [[[0, 0]], [[1, 0]]],
            [[[1, 1]], [[1, 1]]],
          ],
        }),
      ),
    says: /reads\[0\]\[1\] has \[1,0\]: layer 0 can only read layers 0 to 0\. Lower the number\.$/,
  },
  {
    what: 'a truncated safetensors',
    args: () => grads(model('truncated', 'model.safetensors', weights.slice(0, 100_000))),
    says: /model\.safetensors: the tensor ".+" ends at byte \d+, and \d+ are there: the file is cut off\. Copy or export the file again\.$/,
  },
  {
    what: 'a safetensors cut within its header',
    args: () => grads(model('header', 'model.safetensors', weights.slice(0, 500))),
    says: /model\.safetensors is cut off: its header is \d+ bytes long and 492 are there\. Copy or export the file again\.$/,
  },
  {
    what: 'a lying safetensors',
    args: () => grads(model('lying', 'model.safetensors', lying())),
    says: /model\.safetensors: the tensor ".+" has \d+ bytes, but its shape \[[\d, ]+\] of F32 needs \d+\. Copy or export the file again\.$/,
  },
  {
    what: 'wrong shapes',
    args: () => grads(model('shapes', 'config.json', configWith({ d_ff: 64 }))),
    says: /has the shape \[128, 32\], where config\.json makes \[64, 32\] due\. Correct config\.json, or take the file that belongs to it\.$/,
  },
  { what: 'no model', args: () => grads(join(scratch, 'nowhere')), says: /^There is no model folder .+nowhere\. Check the path\.$/ },
  {
    what: 'a broken config',
    args: () => grads(model('broken', 'config.json', '{"model_type": ')),
    says: /config\.json is not JSON: .+\. Correct the text or export the file again\.$/,
  },
  {
    what: 'an unknown activation',
    args: () => grads(model('activation', 'config.json', configWith({ activation: 'tanh' }))),
    says: /config\.json: activation: .+gelu/,
  },
  {
    what: 'a token outside the vocabulary',
    args: () => grads(good, json('outside.json', [{ tokens: rows(61), targets: rows(0) }])),
    says: /batch 0 has token 61; the model's vocabulary is 0 to 60\.$/,
  },
  {
    what: 'a target outside the vocabulary',
    args: () => grads(good, json('target.json', [{ tokens: rows(60), targets: rows(-2) }])),
    says: /batch 0 has target -2; -1 \(none\) to 60 are possible\.$/,
  },
  {
    what: 'a batch longer than the context',
    args: () => grads(good, json('long.json', [{ tokens: [Array(41).fill(1)], targets: [Array(41).fill(1)] }])),
    says: /batch 0 has 41 positions; the model's context_length is 40\.$/,
  },
  {
    what: 'a batch without a target',
    args: () => grads(good, json('none.json', [{ tokens: rows(1), targets: rows(-1) }])),
    says: /no target/,
  },
  {
    what: 'batches of another form',
    args: () => grads(good, json('form.json', { tokens: [], targets: [] })),
    says: /a list of \{"tokens": \[\[…\]\], "targets": \[\[…\]\]\} is due\.$/,
  },
  {
    what: 'an unknown change',
    args: () => ['intervene', '--model', good, '--batches', goodBatches, '--changes', json('change.json', [{ mute: [0, 0] }])],
    says: /^\{"mute":\[0,0\]\} is not a change\. Give \{"ablate"/,
  },
  {
    what: 'a change of a head that is not there',
    args: () => [
      'intervene',
      '--model',
      good,
      '--batches',
      goodBatches,
      '--changes',
      json('head.json', [{ ablate: [0, 4], with: 'zero' }]),
    ],
    says: /the model has heads 0 to 3\.$/,
  },
  {
    what: 'a config that cannot fit',
    args: () => onText('--set', 'd_model=4096', '--set', 'd_ff=65536', '--set', 'n_layers=1'),
    says: /^This does not fit the GPU: ".+" needs \d+\.\d MiB .+, the device allows 128\.0 MiB\. Lower .*d_model/,
    environment: { SKIPSCOPE_LIMITS: 'default' },
  },
  {
    what: 'a batch that cannot fit',
    args: () => train('--data', 'moby-dick', '--set', 'context_length=16384', '--set', 'batch_size=256'),
    says: /^This does not fit the GPU: ".+" needs \d+\.\d MiB .+, the device allows \d+\.\d MiB\. Lower batch_size, context_length/,
    environment: { SKIPSCOPE_LIMITS: 'default' },
  },
  { what: 'an empty text', args: () => train('--data', file('empty.txt', '')), says: /is empty\. Bring a text/ },
  {
    what: 'a text that is too short',
    args: () => train('--data', file('short.txt', 'Call me Ishmael.')),
    says: /"short\.txt" is too short for context_length 32: .+ are needed and there are 16\./,
  },
  {
    what: 'a binary file as text',
    args: () => train('--data', join(good, 'model.safetensors')),
    says: /model\.safetensors" is not a text file: byte \d+ is NUL, .+ Save it as UTF-8 text and choose it again\.$/,
  },
  {
    what: 'a file that is not UTF-8',
    args: () => train('--data', file('latin.txt', Uint8Array.from([0x63, 0x61, 0x66, 0xe9, 0x0a]))),
    says: /latin\.txt" is not UTF-8 text\. Save it as UTF-8 text and choose it again\.$/,
  },
  {
    what: 'no such text',
    args: () => train('--data', join(scratch, 'absent.txt')),
    says: /^There is no file .+absent\.txt\. Check the path\.$/,
  },
  {
    what: 'an unknown preset',
    args: () => ['train', '--preset', 'huge', '--task', 'copy', '--steps', '1', '--out', out],
    says: /^There is no preset called "huge"\. Choose one of: smoke, /,
  },
  {
    what: 'an unknown wiring',
    args: () => onText('--wiring', 'tangled'),
    says: /^There is no wiring called "tangled"\. Choose one of: standard, /,
  },
  {
    what: 'an unknown task',
    args: () => train('--task', 'juggling'),
    says: /^There is no (?:dataset|task) called "juggling"\. Choose one of: /,
  },
  { what: 'an unknown setting', args: () => onText('--set', 'speed=9'), says: /^There is no setting called "speed"\. Choose one of: / },
  { what: 'a setting without a value', args: () => onText('--set', 'lr'), says: /--set.+key=value is due\.$/ },
  { what: 'a rate that is no number', args: () => onText('--set', 'lr=NaN'), says: /^The training settings: lr: .+number/ },
  { what: 'a rate below zero', args: () => onText('--set', 'lr=-1'), says: /^The training settings: lr: / },
  {
    what: 'a width that heads do not divide',
    args: () => onText('--set', 'd_model=33'),
    says: /d_model 33 is not divisible by n_heads 2\. Make it a multiple\.$/,
  },
  {
    what: 'a distance beyond the layers',
    args: () => onText('--wiring', 'skip', '--set', 'distance=2'),
    says: /distance is 2: it must be a whole number from 1 to 1\.$/,
  },
  {
    what: 'no steps',
    args: () => ['train', '--preset', 'smoke', '--task', 'copy', '--out', out],
    says: /required option '--steps <n>' not specified/,
  },
  { what: 'half a step', args: () => train('--task', 'copy', '--steps', '0.5'), says: /^--steps must be a whole number from 1 on\.$/ },
  { what: 'no data', args: () => train(), says: /^Give either --data FILE or --task NAME\.$/ },
  { what: 'text and task', args: () => onText('--task', 'copy'), says: /^Give either --data FILE or --task NAME\.$/ },
  { what: 'an unknown command', args: () => ['fly'], says: /unknown command 'fly'/ },
  { what: 'an unknown option', args: () => onText('--fast'), says: /unknown option '--fast'/ },
  { what: 'a replay without a rate', args: () => ['replay', ...grads(good).slice(1)], says: /required option '--lr <rate>' not specified/ },
  {
    what: 'a replay with a rate of NaN',
    args: () => ['replay', ...grads(good).slice(1), '--lr', 'NaN'],
    says: /'--lr <rate>' argument 'NaN' is invalid\. A number is due\.$/,
  },
  {
    what: 'ids beyond the vocabulary',
    args: () => ['generate', '--model', good, '--ids', '1,61', '--tokens', '1'],
    says: /^--ids takes whole numbers from 0 to 60/,
  },
  ...['', '1,,2', '1,2,', '1e1', '0x10', '-1', '1.5'].map((ids): Case => ({
    what: `"${ids}" as ids`,
    args: () => ['generate', '--model', good, `--ids=${ids}`, '--tokens', '1'],
    says: /^--ids takes whole numbers from 0 to 60, separated by commas\.$/,
  })),
  {
    what: 'an option that the wiring does not use',
    args: () => onText('--wiring', 'joint', '--set', 'group=2'),
    says: /^The wiring "joint" takes no group: it takes distance, heads, first\. Leave group out\.$/,
  },
  {
    what: "a length that is not the task's",
    args: () => train('--task', 'modular-addition', '--set', 'context_length=8'),
    says: /has sequences of 3 tokens and context_length is 8\. Set context_length to 3, or leave it out\.$/,
  },
  {
    what: 'a slot that is not there',
    args: () => ['intervene', '--model', good, '--batches', goodBatches, '--changes', json('slot.json', [{ close: [0, 0, 1] }])],
    says: /^\{"close":\[0,0,1\]\}: layer 0, head 0 has one slot, 0\.$/,
  },
  {
    what: 'a folder below a file',
    args: () => ['train', '--preset', 'smoke', '--task', 'copy', '--steps', '1', '--out', join(file('plain.txt', text), 'run')],
    says: /plain\.txt\/run lies below .+plain\.txt, which is a file: choose another folder\.$/,
  },
  {
    what: 'kernels of an unknown kind',
    args: () => grads(good),
    says: /^SKIPSCOPE_KERNELS is "fast": set it to parallel or serial, or leave it out\.$/,
    environment: { SKIPSCOPE_KERNELS: 'fast' },
  },
  {
    what: 'an unknown bench shape',
    args: () => ['bench', '--config', 'smoke', '--plan'],
    says: /^There is no bench shape "smoke"\. Choose one of: tiny, baby, gpt2s\.$/,
  },
  {
    what: 'an unknown dtype of a bench',
    args: () => ['bench', '--config', 'tiny', '--plan', '--dtype', 'bf16'],
    says: /^--dtype takes f32 or f16, not bf16\.$/,
  },
  {
    what: 'steps and windows of a bench at once',
    args: () => ['bench', '--config', 'tiny', '--steps', '40', '--windows', '2'],
    says: /^Give --steps or --windows, not both: a window is 20 steps, the last one what is left\.$/,
  },
  {
    what: 'no windows of a bench',
    args: () => ['bench', '--config', 'tiny', '--windows', '0'],
    says: /^--windows must be a whole number from 1 on\.$/,
  },
  {
    what: 'no adapter',
    args: () => grads(good),
    says: /^No GPU and no software adapter was found\. Install a Vulkan driver/,
    environment: { VK_ICD_FILENAMES: '/nonexistent.json', VK_DRIVER_FILES: '/nonexistent.json' },
  },
]

/** Without the adapter's announcement and Dawn's own warnings, which go on over lines that are indented. */
const ownLines = (stderr: string): string[] =>
  stderr.split('\n').filter((line) => line !== '' && !/^(?:adapter: |Warning: | {4}at )/.test(line))

describe('one line, status 1, nothing written', () => {
  test.concurrent.each(cases)('$what', async ({ args, says, environment }) => {
    const { status, stdout, stderr } = await skipscope(args(), environment)
    const lines = ownLines(stderr)
    expect(lines, stderr).toHaveLength(1)
    expect(lines[0]).toMatch(says)
    expect(status).toBe(1)
    expect(stdout).toBe('')
    expect(existsSync(out)).toBe(false)
  })

  test('no temporary file is left beside the target either', () => {
    expect(readdirSync(scratch).filter((name) => name.startsWith('.'))).toEqual([])
  })
})

describe('what was there before', () => {
  test('a run that fails leaves an earlier folder as it was', async () => {
    const earlier = join(scratch, 'earlier')
    const first = await skipscope(['train', '--preset', 'smoke', '--task', 'copy', '--steps', '2', '--out', earlier])
    expect(first.status, first.stderr).toBe(0)
    const contents = () =>
      readdirSync(earlier)
        .sort()
        .map((name) => [name, readFileSync(join(earlier, name)).toString('base64')])
    const before = contents()
    expect(before.map(([name]) => name)).toEqual([
      'config.json',
      'loss.csv',
      'model.safetensors',
      'modeling_skipscope.py',
      'optimizer.safetensors',
      'run.json',
      'tokenizer.json',
    ])
    // A rate that throws the weights out of the numbers: the run ends at the first loss that is none.
    const args = [
      'train',
      '--preset',
      'smoke',
      '--task',
      'copy',
      '--steps',
      '3',
      '--out',
      earlier,
      '--set',
      'lr=1e38',
      '--set',
      'warmup=0',
      '--set',
      'clip=0',
    ]
    const second = await skipscope(args)
    expect(second.status).toBe(1)
    expect(ownLines(second.stderr).at(-1)).toMatch(
      /^The (?:held-out )?loss at step \d is (?:NaN|-?Infinity): the run has diverged\. Lower lr, which is 1e\+38\.$/,
    )
    expect(contents()).toEqual(before)
  })

  test('a folder with other files in it is refused before anything is trained', async () => {
    const strangers = join(scratch, 'strangers')
    mkdirSync(strangers)
    writeFileSync(join(strangers, 'thesis.txt'), 'years of work')
    const { status, stdout, stderr } = await skipscope(['train', '--preset', 'smoke', '--task', 'copy', '--steps', '2', '--out', strangers])
    expect([status, stdout]).toEqual([1, ''])
    expect(ownLines(stderr)).toEqual([`${strangers} holds other files (thesis.txt): choose a new folder or an earlier run's.`])
    expect(readdirSync(strangers)).toEqual(['thesis.txt'])
  })
})
