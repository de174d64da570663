/** Dropout as kernels take it. */
import { dropThreshold } from './random.ts'

export interface Dropout {
  site: number
  /** The probability of dropping, 0 for none. */
  p: number
}

/** The parameters of any kernel that masks by site. */
export function dropoutParams(dropout: Dropout | undefined): { site: number; threshold: number; kept: number } {
  const p = dropout?.p ?? 0
  return { site: dropout?.site ?? 0, threshold: dropThreshold(p), kept: 1 / (1 - p) }
}

export const drops = (recording: { training: boolean }, dropout: Dropout | undefined): boolean =>
  recording.training && dropout !== undefined && dropout.p > 0
