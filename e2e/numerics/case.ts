/** What the suite is a list of. */
import type { Errors, Harness } from './harness.ts'

export interface Case {
  name: string
  /** Relative: the largest error allowed of any output or gradient. */
  tolerance: number
  /** Set where only one family of kernels is meant, or where both are the same. */
  kernels?: 'serial' | 'parallel'
  /** Set where a processor takes too long to compile the kernels with barriers: only GPUs run them. */
  parallelOnGpuOnly?: boolean
  /** Set where it would take software adapters too long: they leave the case out. */
  onGpuOnly?: boolean
  /** Also run, on processors by these kernels, on a device that was asked for no more than WebGPU's default limits. */
  byDefaultLimits?: 'serial' | 'both'
  /** Also run with intermediate values stored as f16, on adapters that have it; there where processors do not take too long to compile it. */
  f16?: 'everywhere' | 'on GPUs'
  run: (harness: Harness) => Promise<Errors>
}

/** Single-precision sums of up to a few hundred terms. */
export const SHORT = 1e-5
/** Values stored as f16, one rounding or a few after one another (2^-11 each). */
export const HALF = 1e-2
/** The contract's, with f16 storage. */
export const HALF_MODEL = 2e-2
/** Long sums, exponentials of sums, and chains of operations. */
export const LONG = 1e-4
