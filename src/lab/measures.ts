/** The measures of the contract, in float64 from what the GPU computed. Definitions: reference/lab.py. */
import type { Observation } from './observe.ts'
import { outputNorms } from './observe.ts'

export interface HeadMeasures {
  layer: number
  head: number
  /** Mean attention to the keys of each layer read. */
  mass: Record<string, number>
  /** The same by value layer. */
  mass_values: Record<string, number>
  /** The part that falls on position 0, over all slots. */
  first: number
  /** Entropy over its maximum, the logarithm of the keys seen; rows that see one key are left out. */
  entropy: number
  /** Mean ‖z_h W_O^h‖. */
  contribution: number
  /** Its part of the sum over the layer's heads. */
  share: number
}

function attentionMeasures(o: Observation, l: number, h: number): Omit<HeadMeasures, 'contribution' | 'share'> {
  const { B, T } = o
  const slots = o.config.reads[l][h]
  const p = o.patterns[l][h]
  const S = slots.length
  const mass: Record<string, number> = {}
  const mass_values: Record<string, number> = {}
  let first = 0
  let entropy = 0
  let entropyRows = 0
  for (const [s, [k, v]] of slots.entries()) {
    let sum = 0
    for (let row = 0; row < B * T; row++) {
      const at = row * S * T + s * T
      for (let j = 0; j < T; j++) sum += p[at + j]
      first += p[at] / (B * T)
    }
    mass[k] = (mass[k] ?? 0) + sum / (B * T)
    mass_values[v] = (mass_values[v] ?? 0) + sum / (B * T)
  }
  for (let row = 0; row < B * T; row++) {
    const visible = ((row % T) + 1) * S
    if (visible < 2) continue
    let sum = 0
    for (let i = row * S * T; i < (row + 1) * S * T; i++) if (p[i] > 0) sum -= p[i] * Math.log(p[i])
    entropy += sum / Math.log(visible)
    entropyRows++
  }
  return { layer: l, head: h, mass, mass_values, first, entropy: entropyRows ? entropy / entropyRows : 0 }
}

/** Every head of every layer. `wo(l)` is blocks.{l}.attn.o.weight, [D, H·E]. */
export function headMeasures(o: Observation, wo: (layer: number) => Float32Array): HeadMeasures[] {
  const { n_layers: L, n_heads: H } = o.config
  const rows = o.B * o.T
  return Array.from({ length: L }, (_, l) => {
    const norms = outputNorms(o, l, wo(l))
    return Array.from({ length: H }, (_, h): HeadMeasures => {
      let contribution = 0
      let share = 0
      for (let row = 0; row < rows; row++) {
        let total = 0
        for (let i = 0; i < H; i++) total += norms[row * H + i]
        contribution += norms[row * H + h] / rows
        share += norms[row * H + h] / total / rows
      }
      return { ...attentionMeasures(o, l, h), contribution, share }
    })
  }).flat()
}

export interface LayerScores {
  layer: number
  attn: number
  mlp: number
  block: number
}

/** 1 − mean over tokens of cos(X, Y), both [rows, D]: LLM-Drop's importance (arXiv 2406.15786 eq. 1), the residual included. */
function oneMinusCosine(X: Float32Array, Y: Float32Array, D: number): number {
  const rows = X.length / D
  let mean = 0
  for (let row = 0; row < rows; row++) {
    let xy = 0
    let xx = 0
    let yy = 0
    for (let i = row * D; i < (row + 1) * D; i++) {
      xy += X[i] * Y[i]
      xx += X[i] * X[i]
      yy += Y[i] * Y[i]
    }
    mean += xy / Math.max(Math.sqrt(xx) * Math.sqrt(yy), 1e-8) / rows
  }
  return 1 - mean
}

export function layerScores(o: Observation): LayerScores[] {
  const D = o.config.d_model
  return o.attnIn.map((before, layer) => ({
    layer,
    attn: oneMinusCosine(before, o.attnOut[layer], D),
    mlp: oneMinusCosine(o.attnOut[layer], o.mlpOut[layer], D),
    block: oneMinusCosine(before, o.mlpOut[layer], D),
  }))
}
