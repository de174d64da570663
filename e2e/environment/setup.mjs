/**
 * What the tests need beyond npm: a browser with WebGPU, adapters for Node, and a Python with PyTorch. Each is found, or installed where
 * that is possible, or its absence is an error of one line that says what to install.
 *
 * `node e2e/environment/setup.mjs [browser] [adapters] [python]` prints the result as `export NAME=value` lines.
 */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'
import { canInstall, candidateMajor, install, preferBackports } from './apt.mjs'

/** @typedef {{ name: string, icd: string | null }} Adapter  A Vulkan driver's manifest; null is the system's own adapter. */

const LINUX = process.platform === 'linux'
const run = promisify(execFile)

/** Dawn refuses lavapipe of older Mesa releases: shader*ArrayDynamicIndexing is missing there. */
const LEAST_MESA = 25

const BROWSERS = {
  linux: ['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser'],
  darwin: ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'],
  win32: ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].map(
    (name) => `${process.env[name]}\\Google\\Chrome\\Application\\chrome.exe`,
  ),
}

/** A program of PATH, or the path itself when it is one. */
function which(program) {
  const places = /[\\/]/.test(program) ? [''] : (process.env.PATH ?? '').split(delimiter)
  return places.map((place) => join(place, program)).find(existsSync)
}

/** The first of the candidates that runs with these arguments. */
async function firstThatStarts(candidates, args) {
  for (const candidate of candidates) {
    if (!candidate || !existsSync(candidate)) continue
    try {
      await run(candidate, args, { timeout: 30_000 })
      return candidate
    } catch {
      // A wrapper without its program, or without a library that it needs: the next candidate may do.
    }
  }
  return undefined
}

function installedBrowser() {
  const named = process.env.CHROMIUM
  const candidates = named ? [named] : [...(BROWSERS[process.platform] ?? BROWSERS.linux).map(which), chromium.executablePath()]
  // Chrome for Windows opens a window when it is asked for its version.
  return process.platform === 'win32' ? candidates.find(existsSync) : firstThatStarts(candidates, ['--version'])
}

/** Playwright's own build, when its server can be reached. */
function downloadBrowser() {
  console.error('No Chrome or Chromium found: downloading the one of Playwright.')
  const playwright = join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js')
  try {
    execFileSync(process.execPath, [playwright, 'install', '--no-shell', 'chromium'], {
      stdio: 'ignore',
      timeout: 240_000,
      env: { ...process.env, PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '10000' },
    })
  } catch {
    console.error('That download did not come through.')
  }
}

/** The path of a Chrome or Chromium that starts. */
export async function browser() {
  let path = await installedBrowser()
  if (path) return path
  if (process.env.CHROMIUM) throw new Error(`CHROMIUM is ${process.env.CHROMIUM}, which does not start: correct it, or unset it.`)
  downloadBrowser()
  path = await installedBrowser()
  if (!path && canInstall) {
    install('chromium')
    path = await installedBrowser()
  }
  if (!path) throw new Error('A browser with WebGPU is missing: install Google Chrome or Chromium, or set CHROMIUM to its path.')
  return path
}

/** The variables under which a process has this adapter and no other. */
export function adapterEnvironment(adapter) {
  const own = { SKIPSCOPE_ADAPTER: adapter.name }
  // The second name is the newer one and wins over the first where both are known.
  return adapter.icd ? { ...own, VK_ICD_FILENAMES: adapter.icd, VK_DRIVER_FILES: adapter.icd } : own
}

/** Without it the Vulkan loader complains on stderr in every process. */
const quietLoader = process.env.XDG_RUNTIME_DIR ? {} : { XDG_RUNTIME_DIR: tmpdir() }

/** What Dawn says about an adapter, null when it has none there. */
async function probe(adapter) {
  const program = fileURLToPath(new URL('./probe.mjs', import.meta.url))
  try {
    const env = { ...process.env, ...quietLoader, ...adapterEnvironment(adapter) }
    const { stdout } = await run(process.execPath, [program], { env, timeout: 60_000 })
    return JSON.parse(stdout)
  } catch {
    return null
  }
}

async function firstThatWorks(name, icds) {
  for (const icd of icds) {
    const info = await probe({ name, icd })
    if (info && `${info.architecture} ${info.device} ${info.description}`.toLowerCase().includes(name === 'lavapipe' ? 'llvmpipe' : name))
      return { name, icd }
  }
  return undefined
}

/** SwiftShader comes with every Chrome, beside the binary. */
function swiftshader(browserPath) {
  const places = [dirname(realpathSync(browserPath)), '/usr/lib/chromium', '/opt/google/chrome', dirname(chromium.executablePath())]
  const manifests = [...new Set(places)].map((place) => join(place, 'vk_swiftshader_icd.json'))
  return firstThatWorks('swiftshader', manifests.filter(existsSync))
}

function lavapipe() {
  const places = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d'].filter(existsSync)
  const manifests = places.flatMap((place) => readdirSync(place).map((name) => join(place, name)))
  return firstThatWorks(
    'lavapipe',
    manifests.filter((path) => /\/lvp_icd.*\.json$/.test(path)),
  )
}

function installLavapipe() {
  // Mesa's newer drivers need the newer libdrm.
  if (candidateMajor('mesa-vulkan-drivers') < LEAST_MESA) preferBackports('mesa', 'libdrm')
  install('mesa-vulkan-drivers', 'libvulkan1')
}

/**
 * The adapters on which everything numeric is tested in Node: two software ones on Linux, since each hides faults that the other shows;
 * elsewhere the system's own.
 */
export async function adapters(browserPath) {
  if (!LINUX) {
    const own = { name: 'system', icd: null }
    if (!(await probe(own))) throw new Error('Dawn finds no GPU on this system: update its graphics driver.')
    return [own]
  }
  let [first, second] = await Promise.all([swiftshader(browserPath), lavapipe()])
  if (!second && canInstall) {
    installLavapipe()
    second = await lavapipe()
  }
  if (!second)
    throw new Error(
      `The software adapter lavapipe is missing: install the Vulkan loader and Mesa's Vulkan drivers, version ${LEAST_MESA} or later (Debian: libvulkan1 and mesa-vulkan-drivers, in bookworm from bookworm-backports).`,
    )
  // The loader came with lavapipe's packages: SwiftShader may only now be reachable.
  first ??= await swiftshader(browserPath)
  if (!first && canInstall) {
    install('chromium')
    first = await swiftshader(browserPath)
  }
  if (!first)
    throw new Error(
      'The software adapter SwiftShader is missing: install Google Chrome or Chromium, which bring it along, as a regular package.',
    )
  return [first, second]
}

/** Answers in a fraction of the time that `import torch` takes. */
const HAS_TORCH = ['-c', 'import importlib.util as u, sys; sys.exit(u.find_spec("torch") is None)']

/** A Python that has PyTorch. */
export async function python() {
  const named = process.env.SKIPSCOPE_PYTHON
  const find = () => firstThatStarts(named ? [named] : [which('python3'), '/usr/bin/python3', which('python')], HAS_TORCH)
  let path = await find()
  if (!path && !named && canInstall) {
    install('python3-torch')
    path = await find()
  }
  if (!path && named) throw new Error(`SKIPSCOPE_PYTHON is ${named}, which has no PyTorch: install torch for it, or unset it.`)
  if (!path) throw new Error('A Python with PyTorch is missing: install python3-torch (Debian) or run "python3 -m pip install torch".')
  return path
}

/**
 * Finds or installs what is asked for and returns it as environment variables: CHROMIUM, SKIPSCOPE_ADAPTERS (a JSON list of `Adapter`) and
 * SKIPSCOPE_PYTHON.
 */
export async function prepare(wanted = ['browser', 'adapters', 'python']) {
  const environment = { ...quietLoader }
  if (wanted.includes('browser') || wanted.includes('adapters')) environment.CHROMIUM = await browser()
  if (wanted.includes('adapters')) environment.SKIPSCOPE_ADAPTERS = JSON.stringify(await adapters(environment.CHROMIUM))
  if (wanted.includes('python')) environment.SKIPSCOPE_PYTHON = await python()
  return environment
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const environment = await prepare(process.argv.length > 2 ? process.argv.slice(2) : undefined)
    for (const [name, value] of Object.entries(environment)) console.log(`export ${name}='${value}'`)
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
