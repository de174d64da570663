/** The command line's `record`: a recording that can be read, beside a model whose measures are those of its last snapshot. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readFolder } from '../src/cli/files.ts'
import { readModelFolder } from '../src/io/folder.ts'
import { decodeRecording } from '../src/io/recording-file.ts'
import { unzipFolder } from '../src/io/zip.ts'
import { setUpSmoke } from './engine.ts'
import { jsonLines, skipscope } from './skipscope.ts'

const scratch = mkdtempSync(join(tmpdir(), 'record-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

test('a run is recorded, and its last moment is that of its model', async () => {
  const out = join(scratch, 'run')
  const words = ['--preset', 'smoke', '--data', 'moby-dick', '--steps', '12', '--set', 'eval_batches=1', '--set', 'batch_size=4']
  const { status, stderr } = await skipscope([
    'record',
    ...words,
    ...['--wiring', 'joint', '--snapshots', '5', '--prompt', 'Call me', '--date', '2026-03-04', '--out', out],
  ])
  expect(status, stderr).toBe(0)
  expect(readdirSync(out).sort()).toEqual(['model', 'model.zip', 'recording.zip'])
  const recording = decodeRecording(readFileSync(join(out, 'recording.zip')), 'recording.zip')
  expect(recording).toMatchObject({ date: '2026-03-04T00:00:00.000Z', dataset: 'moby-dick', preset: 'smoke', wiring: 'joint' })
  expect(recording.settings).toMatchObject({ steps: 12, batch_size: 4 })
  expect(recording.snapshots.map(({ step }) => step)).toEqual([0, 2, 5, 8, 12])
  expect(recording.curve.training.step).toEqual(Array.from({ length: 12 }, (_, i) => i + 1))
  const { ms } = recording.curve.training
  expect(ms.every((time, i) => time > 0 && (i === 0 || time >= ms[i - 1]))).toBe(true)
  expect(recording.samples.map(({ step, prompt, text }) => [step, prompt, text.length])).toEqual(
    [1, 2, 5, 10, 12].map((step) => [step, 'Call me', 300]),
  )
  expect(recording.cuts.map(({ layer, head, step }) => [layer, head, step])).toEqual([
    [1, 0, 12],
    [1, 1, 12],
  ])

  // Without the moments, and the same in the zip.
  const files = readFolder(join(out, 'model'))
  expect([...files.keys()].sort()).toEqual(['config.json', 'model.safetensors', 'run.json', 'tokenizer.json'])
  const zipped = unzipFolder(readFileSync(join(out, 'model.zip')), 'model.zip')
  expect([...zipped.keys()].sort()).toEqual(readdirSync(join(out, 'model')).sort())
  for (const [name, bytes] of files) expect(zipped.get(name), name).toEqual(bytes)
  expect(readModelFolder(files, 'model').run?.step).toBe(12)

  const { dataset, config } = await setUpSmoke({})
  const T = config.context_length
  const tokens = Array.from(dataset.heldOutSample(T))
  expect(recording.heldOut).toBe(dataset.tokenizer.decode(tokens))
  const batches = join(scratch, 'batches.json')
  writeFileSync(batches, JSON.stringify([{ tokens: [tokens], targets: [tokens.map(() => 0)] }]))
  const heads = await skipscope(['heads', '--model', join(out, 'model'), '--batches', batches])
  const printed = jsonLines(heads.stdout)
  expect(printed).toHaveLength(4)
  for (const [i, line] of printed.entries()) expect(line).toMatchObject(recording.snapshots[4].heads[i])
  expect(printed[2]).toMatchObject({ kind: 'measured', chance: 0.5 })
})

test('what cannot be recorded is refused before anything is trained', async () => {
  const out = join(scratch, 'none')
  const record = (...words: string[]) =>
    skipscope(['record', '--preset', 'smoke', '--data', 'moby-dick', '--steps', '2', '--out', out, ...words])
  for (const [words, line] of [
    [['--snapshots', '1'], /^--snapshots must be a whole number from 2 to 48\.\n$/],
    [['--date', 'tomorrow'], /^--date tomorrow is no date\. .*\n$/],
    [['--prompt', '§'], /^The character "§" \(U\+00A7\) is not among .*\n$/],
  ] as const) {
    const { status, stdout, stderr } = await record(...words)
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(line)
  }
  expect(existsSync(out)).toBe(false)
})
