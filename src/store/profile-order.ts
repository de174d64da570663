/** The kernels of a profile in the order and the sums that a person asks for. */
import type { KernelTime } from '../worker/protocol.ts'

export type KernelKey = 'kernel' | 'launches' | 'ms' | 'total_ms' | 'share' | 'tflops' | 'gb_per_s' | 'bound' | 'of_ceiling'

/** A new list; equal ones stay in their order. */
export function orderedBy(kernels: readonly KernelTime[], key: KernelKey, descending: boolean): KernelTime[] {
  const sign = descending ? -1 : 1
  const compare = (a: KernelTime[KernelKey], b: KernelTime[KernelKey]): number =>
    typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b))
  return [...kernels].sort((a, b) => sign * compare(a[key], b[key]))
}

export interface KernelShare {
  kernel: string
  share: number
}

/** Shares over all sizes of a kernel, the largest first; beyond `most` they are one more, "the others". */
export function sharesByKernel(kernels: readonly KernelTime[], most: number): KernelShare[] {
  const sums = new Map<string, number>()
  for (const { kernel, share } of kernels) sums.set(kernel, (sums.get(kernel) ?? 0) + share)
  const all = [...sums].map(([kernel, share]) => ({ kernel, share })).sort((a, b) => b.share - a.share)
  if (all.length <= most) return all
  const rest = all.slice(most).reduce((sum, { share }) => sum + share, 0)
  return [...all.slice(0, most), { kernel: 'the others', share: rest }]
}
