/**
 * Holds a command line against the golden cases: `node e2e/golden-check.mjs COMMAND…`, for example `node e2e/golden-check.mjs node dist/node/skipscope.mjs`.
 * Needs Node alone. Every case runs with the adapter's limits and with those that every device guarantees; a line for each, then `N passed, N failed`.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const GOLDEN = fileURLToPath(new URL('./golden/', import.meta.url))
const COMPARE = join(GOLDEN, 'compare.mjs')

export const LIMITS = ['adapter', 'default']
export const CASES = readdirSync(GOLDEN, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort()
export const caseFolder = (name) => join(GOLDEN, name)

/** The rate that the golden replays were made with. */
const REPLAY_RATE = '3e-3'

/** Relative tolerances; a value smaller than `floor` is judged as if it were that large. */
const TOLERANCES = {
  curve: { relative: 1e-5, floor: 0 },
  heads: { relative: 1e-4, floor: 1e-2 },
  drop: { relative: 1e-4, floor: 1e-2 },
  intervene: { relative: 1e-5, floor: 0 },
}

/** Commands at the same time: each opens an adapter of its own. */
const MOST = Math.max(1, Math.min(2, availableParallelism()))
let running = 0
const waiting = []

/** Runs a program to its end: exit status, stdout, stderr. */
export async function run(command, args, environment = {}) {
  if (running >= MOST) await new Promise((resolve) => waiting.push(resolve))
  running++
  try {
    return await new Promise((resolve, reject) => {
      const [program, ...before] = command
      const child = spawn(program, [...before, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } })
      const text = { stdout: '', stderr: '' }
      for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (part) => (text[name] += part))
      child.on('error', reject)
      child.on('close', (status) => resolve({ status, ...text }))
    })
  } finally {
    running--
    waiting.shift()?.()
  }
}

const jsonLines = (text) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'))

/** The losses of the golden replay. */
function goldenCurve(file) {
  const bytes = readFileSync(file)
  const header = Number(bytes.readBigUInt64LE(0))
  const { curve } = JSON.parse(bytes.subarray(8, 8 + header).toString())
  const [from, to] = curve.data_offsets
  return Array.from(new Float32Array(Uint8Array.from(bytes.subarray(8 + header + from, 8 + header + to)).buffer))
}

/** Every number of `due` against the one at the same place in `ours`: the worst relative error, and the places that are past the tolerance. */
function compare(kind, ours, due) {
  const { relative, floor } = TOLERANCES[kind]
  let worst = 0
  const bad = []
  const visit = (a, b, path) => {
    if (typeof b === 'number' && typeof a === 'number') {
      const error = Math.abs(a - b) / Math.max(Math.abs(b), floor, Number.MIN_VALUE)
      const difference = a === b ? 0 : error
      if (!(difference <= worst)) worst = difference
      if (!(difference <= relative)) bad.push(`${kind}${path} is ${a}, due ${b}`)
    } else if (typeof b === 'object' && b !== null && typeof a === 'object' && a !== null) {
      for (const key of Object.keys(b)) visit(a[key], b[key], `${path}.${key}`)
    } else if (a !== b) bad.push(`${kind}${path} is ${JSON.stringify(a)}, due ${JSON.stringify(b)}`)
  }
  visit(ours, due, '')
  if (Array.isArray(due) && ours.length !== due.length) bad.push(`${kind}: ${ours.length} lines, due ${due.length}`)
  return { worst, bad }
}

/**
 * One case under one kind of limits; `command` is a program with its first arguments, or a function that stands for one. Resolves to { errors, bad, seconds }: the worst error by kind as text, and what is wrong (nothing when all is well).
 */
export async function checkCase(command, name, limits) {
  const start = performance.now()
  const folder = caseFolder(name)
  const golden = join(folder, 'golden.safetensors')
  const lab = readJson(join(folder, 'lab.json'))
  const out = mkdtempSync(join(tmpdir(), 'golden-'))
  const environment = { SKIPSCOPE_LIMITS: limits }
  const errors = {}
  const bad = []

  const skipscope = async (what, ...args) => {
    const batches = ['--model', folder, '--batches', join(folder, 'batches.json')]
    const words = [what, ...batches, ...args]
    const { status, stdout, stderr } = await (typeof command === 'function'
      ? command(words, environment)
      : run(command, words, environment))
    if (status === 0) return jsonLines(stdout)
    bad.push(`${what} ended with status ${status}: ${stderr.trim().split('\n').at(-1)}`)
    return undefined
  }
  const note = (kind, ours, due) => {
    const result = compare(kind, ours, due)
    errors[kind] = result.worst.toExponential(1)
    bad.push(...result.bad.slice(0, 3))
  }
  /** The comparer must know every kind that is asked for, and find it in order. */
  const tensors = async (file, kinds) => {
    const { status, stdout, stderr } = await run([process.execPath, COMPARE], [file, golden, ...kinds])
    for (const kind of kinds) {
      const found = new RegExp(`(?:^|, )${kind} (\\S+?)(?:,| )`).exec(stdout)
      if (found) errors[kind] = found[1]
      else bad.push(`compare.mjs found no ${kind}`)
    }
    if (status !== 0 || !stdout.trim().endsWith('ok')) bad.push(`compare.mjs: ${stdout.trim()} ${stderr.trim()}`.trim())
  }
  const parts = {
    grads: async () => {
      const file = join(out, 'grads.safetensors')
      const lines = await skipscope('grads', '--out', file)
      if (!lines) return
      if (lines.length !== 1 || typeof lines[0].loss !== 'number') bad.push('grads must print one line with the loss')
      await tensors(file, ['loss', 'logits', 'pattern', 'grad'])
    },
    replay: async () => {
      const file = join(out, 'replay.safetensors')
      const lines = await skipscope('replay', '--lr', REPLAY_RATE, '--out', file)
      if (!lines) return
      const due = goldenCurve(golden).map((loss, i) => ({ step: i + 1, loss }))
      note('curve', lines, due)
      await tensors(file, ['after'])
    },
    heads: async () => {
      const lines = await skipscope('heads')
      if (lines) note('heads', lines, lab.heads)
    },
    drop: async () => {
      const lines = await skipscope('drop')
      if (lines) note('drop', lines, lab.layers)
    },
    intervene: async () => {
      const file = join(out, 'changes.json')
      writeFileSync(file, JSON.stringify(lab.changes.map((entry) => entry.change)))
      const lines = await skipscope('intervene', '--changes', file)
      if (lines) note('intervene', lines, lab.changes)
    },
  }
  try {
    await Promise.all(Object.values(parts).map((part) => part()))
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
  return { errors, bad, seconds: (performance.now() - start) / 1000 }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const command = process.argv.slice(2)
  if (command.length === 0) {
    console.error('Name the command line to check, such as: node e2e/golden-check.mjs node dist/node/skipscope.mjs')
    process.exit(1)
  }
  let passed = 0
  let failed = 0
  for (const limits of LIMITS)
    for (const name of CASES) {
      const { errors, bad, seconds } = await checkCase(command, name, limits)
      const worst = Object.entries(errors).map(([kind, error]) => `${kind} ${error}`)
      const verdict = bad.length ? `BAD: ${bad.join('; ')}` : 'ok'
      console.log(`${name.padEnd(18)} ${limits.padEnd(8)} ${seconds.toFixed(1)} s  ${worst.join(', ')}  ${verdict}`)
      if (bad.length) failed++
      else passed++
    }
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed || !passed ? 1 : 0)
}
