/**
 * The suite in a browser: a table as it goes, the report on `window.numerics` when it is done. `?variants=serial` or `parallel` runs one family of kernels,
 * `?share=0/2` the first of two parts: whoever puts parts together asks `entryPoints` about the kernels of all.
 */
import { openGpu } from '../../src/gpu/device.ts'
import { benchGeneration } from '../bench/generation-times.ts'
import { golden } from './golden.ts'
import { passes, type Report, type Result } from './report.ts'
import { entryPointsResult, FAMILIES, lackingOn, runSuite, shareOf } from './suite.ts'

declare global {
  interface Window {
    numerics?: Report & { kernels: string[] }
    entryPoints: (kernels: string[]) => Result
    /** Lines of `benchGeneration` for a bench shape. */
    generation: (shape: string) => Promise<Record<string, unknown>[]>
  }
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (!found) throw new Error(`The page has no element with the id "${id}".`)
  return found
}

const status = element('status')

function show(result: Result): void {
  const row = document.createElement('tr')
  for (const text of [result.case, result.worst.toExponential(1), String(result.tolerance), result.where]) {
    const cell = document.createElement('td')
    cell.textContent = text
    row.append(cell)
  }
  if (!passes(result)) row.style.color = 'red'
  element('results').append(row)
}

async function main(): Promise<void> {
  // The declaration says that it is always there; browsers without WebGPU differ.
  if (!('gpu' in navigator)) throw new Error('This browser has no WebGPU. Use Chrome or Edge 113 or later over https or localhost.')
  const address = new URLSearchParams(window.location.search)
  const asked = address.get('variants')
  const families = FAMILIES.filter((family) => !asked || family === asked)
  const share = shareOf(address.get('share'))
  const report: Report & { kernels: string[] } = { name: 'Chromium', adapter: '', results: [], kernels: [] }
  const open = async (limits: 'adapter' | 'default') => {
    const gpu = await openGpu(navigator.gpu, { limits })
    report.adapter = gpu.description
    report.lacking = lackingOn(gpu)
    return gpu
  }
  for await (const result of runSuite(open, { families, share, launched: (kernels) => (report.kernels = kernels) })) {
    report.results.push(result)
    show(result)
    status.textContent = `${report.results.length} cases on ${report.adapter}`
  }
  const failed = report.results.filter((r) => !passes(r)).length
  status.textContent = `Done: ${report.results.length} cases on ${report.adapter}, ${failed} failed${report.lacking ? `; ${report.lacking}` : ''}`
  window.numerics = report
}

window.entryPoints = (kernels) => entryPointsResult(new Set(kernels))

// With ?golden the page waits for a driver that holds it against the golden cases, or times generation.
window.golden = golden
window.generation = async (shape) => {
  const lines: Record<string, unknown>[] = []
  await benchGeneration(await openGpu(navigator.gpu, { limits: 'adapter' }), shape, false, (line) => void lines.push(line))
  return lines
}
const waits = new URLSearchParams(window.location.search).has('golden')
if (waits) status.textContent = 'Ready'
else
  main().catch((error: unknown) => {
    status.textContent = `Failed: ${error instanceof Error ? error.message : String(error)}`
  })
