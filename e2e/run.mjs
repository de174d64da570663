/**
 * The tests: `node e2e/run.mjs [PART …] [arguments for the part's tool]`, every part when none is named. A part that fails does not stop
 * the next one. The last line is `N passed, N failed`: single tests, and one for each static check. A skipped test counts as failed.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { adapterEnvironment, prepare } from './environment/setup.mjs'

/** @typedef {{ passed: number, failed: number }} Count */

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const REPORTS = join(ROOT, 'test-results')
const BIN = join(ROOT, 'node_modules', '.bin')

/** Runs a tool of node_modules with this process's output and resolves to its exit status. */
function tool(name, args, environment = {}) {
  return new Promise((resolve) => {
    // CI alone makes some tools colour a log. Playwright decides for itself and for its server.
    const colour = process.stdout.isTTY || process.env.FORCE_COLOR || name === 'playwright' ? {} : { NO_COLOR: '1' }
    const child = spawn(join(BIN, name), args, {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
      env: { ...process.env, ...colour, ...environment },
    })
    child.on('error', (error) => {
      console.error(`${name} did not start: ${error.message}. Run "npm ci" first.`)
      resolve(1)
    })
    child.on('exit', (status) => resolve(status ?? 1))
  })
}

/** @returns {Promise<Count>} */
async function check(name, ...runs) {
  let passed = 0
  for (const args of runs) if ((await tool(name, args)) === 0) passed++
  return { passed, failed: runs.length - passed }
}

/** Reads a JSON report, or null when the tool died before it wrote one. */
const readReport = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null)

/** A tool that fails without a failed test (no tests found, a crash, an unhandled error) is one failure. */
function counted(status, passed, failed, skipped) {
  if (skipped) console.error(`${skipped} skipped: a skipped test counts as failed.`)
  const all = failed + skipped
  return { passed, failed: all || (status === 0 && passed > 0 ? 0 : 1) }
}

/** @returns {Promise<Count>} */
async function vitest(projects, label, extra, environment) {
  const file = join(REPORTS, `${label}.json`)
  rmSync(file, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const status = await tool(
    'vitest',
    ['run', ...projects.flatMap((project) => ['--project', project]), ...reporters, ...extra],
    environment,
  )
  const report = readReport(file)
  if (!report) return { passed: 0, failed: 1 }
  // A file that could not be loaded has no tests to count.
  const broken = report.testResults.filter((result) => result.status === 'failed' && result.assertionResults.length === 0).length
  return counted(status, report.numPassedTests, report.numFailedTests + broken, report.numPendingTests + report.numTodoTests)
}

/** These start the command line some hundred times: from the bundle it starts in half the time. The page's tests start it from source. */
async function golden(extra) {
  if ((await tool('vite', ['build', '--mode', 'node', '--logLevel', 'warn'])) !== 0) return { passed: 0, failed: 1 }
  process.env.SKIPSCOPE_BUNDLE = join(ROOT, 'dist', 'node', 'skipscope.mjs')
  return onAdapters('golden', extra, ({ name }, only) => [
    'golden',
    // SwiftShader compiles kernels with barriers quickly, lavapipe runs all others several times as fast.
    ...(only || name === 'swiftshader' ? ['gpu-kernels'] : []),
    ...(only || name === 'lavapipe' ? ['runs'] : []),
  ])
}

/** Projects of vitest for each adapter, in processes of its own: side by side, since most of their time goes into compiling, one kernel after another. */
async function onAdapters(label, extra, projectsFor, more = {}) {
  const environment = await prepare()
  const adapters = JSON.parse(environment.SKIPSCOPE_ADAPTERS)
  const counts = await Promise.all(
    adapters.map(async (adapter) => {
      const projects = projectsFor(adapter, adapters.length === 1)
      const title = `${projects.join(', ')} on ${adapter.name}`
      // One that leaves no report must not end the other.
      const count = await vitest(projects, `${label}-${adapter.name}`, extra, {
        ...environment,
        ...adapterEnvironment(adapter),
        ...more,
      }).catch((error) => {
        console.error(`${title}: ${error.message}`)
        return { passed: 0, failed: 1 }
      })
      console.log(`\n${title}: ${count.passed} passed, ${count.failed} failed`)
      return count
    }),
  )
  return counts.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }))
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** @returns {Promise<Count>} */
async function playwright(extra) {
  const environment = await prepare()
  const file = join(REPORTS, 'e2e.json')
  rmSync(file, { force: true })
  const own = {
    SKIPSCOPE_REPORT: file,
    SKIPSCOPE_PORT: String(await freePort()),
    // What the tests import of the engine comes as text in places, which Playwright's own loader does not know.
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import ${pathToFileURL(join(ROOT, 'src', 'cli', 'raw.mjs')).href}`.trim(),
  }
  const status = await tool('playwright', ['test', ...extra], { ...environment, ...own })
  const stats = readReport(file)?.stats
  if (!stats) return { passed: 0, failed: 1 }
  return counted(status, stats.expected, stats.unexpected + stats.flaky, stats.skipped)
}

const projects = ['engine', 'page', 'node'].map((name) => `tsconfig.${name}.json`)

/** @type {Record<string, (extra: string[]) => Promise<Count>>} */
const PARTS = {
  format: (extra) => check('prettier', ['--check', '--log-level', 'warn', '.', ...extra]),
  lint: (extra) => check('eslint', ['--max-warnings', '0', '.', ...extra]),
  types: (extra) => check('tsc', ...projects.map((project) => ['--project', project, ...extra])),
  unit: (extra) => vitest(['unit'], 'unit', extra, {}),
  // Each kernel runs once or twice there: without LLVM's optimisations lavapipe takes half the time for all.
  numerics: (extra) => onAdapters('numerics', extra, () => ['numerics'], { GALLIVM_PERF: 'nopt' }),
  golden,
  e2e: playwright,
}

const args = process.argv.slice(2)
const firstExtra = args.findIndex((arg) => !(arg in PARTS))
const named = firstExtra < 0 ? args : args.slice(0, firstExtra)
const extra = firstExtra < 0 ? [] : args.slice(firstExtra)
if (!named.length && extra.length) {
  console.error(`"${extra[0]}" is no part of the tests: the parts are ${Object.keys(PARTS).join(', ')}.`)
  process.exit(1)
}

mkdirSync(REPORTS, { recursive: true })
const total = { passed: 0, failed: 0 }
const rows = []

async function runPart(part) {
  console.log(`\n── ${part} ──`)
  const start = performance.now()
  let count = { passed: 0, failed: 1 }
  try {
    count = await PARTS[part](extra)
  } catch (error) {
    console.error(error.message)
  }
  total.passed += count.passed
  total.failed += count.failed
  rows.push(
    `${part.padEnd(9)}${String(count.passed).padStart(6)} passed${String(count.failed).padStart(5)} failed${seconds(start).padStart(9)}`,
  )
}

const parts = named.length ? named : Object.keys(PARTS)
// These have one thread each, and say something only where something is wrong.
const STATIC = ['format', 'lint', 'types', 'unit']
await Promise.all(parts.filter((part) => STATIC.includes(part)).map(runPart))
for (const part of parts.filter((name) => !STATIC.includes(name))) await runPart(part)

function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`
}

console.log(`\n${rows.join('\n')}\n`)
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed ? 1 : 0
