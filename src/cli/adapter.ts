/** Dawn in Node: the system's GPU, or a software adapter when there is none. */
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { openGpu, type Gpu } from '../gpu/device.ts'

/** Where software Vulkan drivers lie: beside an installed Chromium (SwiftShader), with Playwright's, or Mesa's lavapipe. */
function softwareDrivers(): string[] {
  const playwright = join(homedir(), '.cache', 'ms-playwright')
  const downloaded = existsSync(playwright)
    ? readdirSync(playwright)
        .filter((name) => name.startsWith('chromium'))
        .flatMap((name) => ['chrome-linux', 'chrome-linux64'].map((sub) => join(playwright, name, sub, 'vk_swiftshader_icd.json')))
    : []
  const fixed = [
    '/usr/lib/chromium/vk_swiftshader_icd.json',
    '/usr/lib/chromium-browser/vk_swiftshader_icd.json',
    '/opt/google/chrome/vk_swiftshader_icd.json',
    '/usr/share/vulkan/icd.d/lvp_icd.json',
    '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json',
  ]
  return [...fixed, ...downloaded].filter((path) => existsSync(path))
}

// Dawn's instance must outlive everything made from it.
const instances: GPU[] = []

/** Dawn has f16 on NVIDIA's Vulkan only when it is asked by these. */
const F16_SWITCHES = 'enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia'

/** For the extension that sets workgroup memory to zero SwiftShader compiles a store for every word, which takes it longer than all else; without it Dawn writes a loop that does the same. */
const SWIFTSHADER_SWITCHES = 'disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension'

async function createInstance(...switches: string[]): Promise<GPU> {
  const { create, globals } = await import('webgpu')
  Object.assign(globalThis, globals)
  // SKIPSCOPE_DAWN: switches for Dawn, such as enable-dawn-features=allow_unsafe_apis. They stand alone.
  const given = process.env.SKIPSCOPE_DAWN?.split(' ').filter(Boolean)
  const instance = create(given ?? switches)
  instances.push(instance)
  return instance
}

let patient = false

/**
 * While anything is awaited Dawn looks for it in one setImmediate after another, which keeps a processor busy that a software adapter needs itself: from now on it looks
 * once a millisecond. Put off are native functions that can be constructed, as Dawn's are, and as those that promises hand over are not.
 */
function lookLessOften(): void {
  if (patient) return
  patient = true
  const own = globalThis.setImmediate
  const later = (callback: (...args: unknown[]) => void, ...args: unknown[]) =>
    'prototype' in callback && String(callback).endsWith('{ [native code] }') ? setTimeout(callback, 1, ...args) : own(callback, ...args)
  Object.defineProperty(globalThis, 'setImmediate', { value: Object.assign(later, own), configurable: true, writable: true })
}

/** SKIPSCOPE_KERNELS=parallel or serial forces the variants that are made for GPUs or processors, for tests on the other. */
function forcedKernels(): 'parallel' | 'serial' | undefined {
  const forced = process.env.SKIPSCOPE_KERNELS
  if (!forced) return undefined
  if (forced !== 'parallel' && forced !== 'serial')
    throw new Error(`SKIPSCOPE_KERNELS is "${forced}": set it to parallel or serial, or leave it out.`)
  return forced
}

/** SKIPSCOPE_SUBGROUPS=none forces the kernels of devices without subgroups, to compare them. */
function forcedSubgroups(): { subgroup?: 0 } {
  const forced = process.env.SKIPSCOPE_SUBGROUPS
  if (!forced) return {}
  if (forced !== 'none') throw new Error(`SKIPSCOPE_SUBGROUPS is "${forced}": set it to none, or leave it out.`)
  return { subgroup: 0 }
}

/** Opens the GPU, or by itself a software adapter, and says which on stderr. `f16` where a run stores f16. `limits: 'default'` when SKIPSCOPE_LIMITS=default asks for a device like the smallest. */
export async function openNodeGpu({ f16 = false } = {}): Promise<Gpu> {
  const forced = forcedKernels()
  const options = { limits: process.env.SKIPSCOPE_LIMITS === 'default' ? ('default' as const) : ('adapter' as const) }
  const quiet = (error: unknown): undefined => void process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  const switches = f16 ? [F16_SWITCHES] : []
  let instance = await createInstance(...switches)
  let adapter: GPUAdapter | null | undefined = await instance.requestAdapter()
  if (!adapter && process.env.VK_ICD_FILENAMES === undefined && process.env.VK_DRIVER_FILES === undefined) {
    for (const driver of softwareDrivers()) {
      process.env.VK_ICD_FILENAMES = driver
      instance = await createInstance(...switches)
      adapter = await instance.requestAdapter().catch(quiet)
      if (adapter) break
    }
  }
  if (!adapter)
    throw new Error('No GPU and no software adapter was found. Install a Vulkan driver, or on Debian: apt-get install chromium libvulkan1.')
  if (adapter.info.architecture === 'swiftshader') instance = await createInstance(...switches, SWIFTSHADER_SWITCHES)
  const gpu = await openGpu(instance, options)
  if (gpu.software) lookLessOften()
  process.stderr.write(`adapter: ${gpu.description}${gpu.software ? ' (the processor, no GPU)' : ''}\n`)
  return { ...gpu, ...(forced && { parallel: forced === 'parallel' }), ...forcedSubgroups() }
}
