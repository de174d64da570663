/** Debian's packages, for a machine where the tests run as root. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const BACKPORTS_LIST = '/etc/apt/sources.list.d/skipscope-backports.list'
const BACKPORTS_PIN = '/etc/apt/preferences.d/skipscope-backports'
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** True where packages can be installed: a system with apt, as root. */
export const canInstall = process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')

/** Output is kept back and shown only when the command fails. */
function quietly(command, args) {
  try {
    return execFileSync(command, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1 << 26,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    })
  } catch (error) {
    process.stderr.write(`${error.stdout ?? ''}${error.stderr ?? ''}`)
    throw new Error(`"${command} ${args.join(' ')}" failed; its output is above.`, { cause: error })
  }
}

const apt = (...args) => quietly('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3', ...args])

let updated = false
function update() {
  if (!updated) apt('update')
  updated = true
}

export function install(...packages) {
  console.error(`Installing ${packages.join(', ')} with apt.`)
  update()
  apt('install', '-y', '--no-install-recommends', ...packages)
}

/** The major version that `apt-get install` would give, 0 when the package is unknown. */
export function candidateMajor(name) {
  update()
  return Number.parseInt(/Candidate: (?:\d+:)?(\d+)/.exec(quietly('apt-cache', ['policy', name]))?.[1] ?? '0', 10)
}

/**
 * Makes apt take all packages of these sources from the backports of this Debian release, on the server that it has the release from.
 * All of them and for good: one installed later beside the newer ones would not fit them. Does nothing on other systems.
 */
export function preferBackports(...sources) {
  const release = readFileSync('/etc/os-release', 'utf8')
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1]
  if (!/^ID=debian$/m.test(release) || !codename) return
  const suite = `${codename}-backports`
  const known = quietly('apt-get', ['indextargets', '--format', '$(RELEASE) $(REPO_URI)', 'Created-By: Packages']).split('\n')
  const addressOf = (name) => known.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1)
  const address = addressOf(codename)
  if (!addressOf(suite) && address) {
    const option = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : ''
    writeFileSync(BACKPORTS_LIST, `deb ${option}${address} ${suite} main\n`)
    updated = false
  }
  const names = sources.map((source) => `src:${source}`).join(' ')
  writeFileSync(BACKPORTS_PIN, `Package: ${names}\nPin: release n=${suite}\nPin-Priority: 500\n`)
}
