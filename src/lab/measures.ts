/** The measures of the contract, in float64 from what the GPU computed. Definitions: reference/lab.py. */
import type { HeadMeasures } from '../io/recording.ts'
import type { Stream } from '../model/transformer.ts'
import { isEarlier } from '../model/wiring.ts'
import type { Observation } from './observe.ts'

function attentionMeasures(o: Observation, l: number, h: number): Omit<HeadMeasures, 'contribution' | 'share'> {
  const { B, T } = o
  const slots = o.config.reads[l][h]
  const p = o.patterns[l][h]
  const S = slots.length
  const mass: Record<string, number> = {}
  const mass_values: Record<string, number> = {}
  const masses: number[] = []
  let earlier = 0
  let first = 0
  let entropy = 0
  let entropyRows = 0
  for (const [s, slot] of slots.entries()) {
    const [k, v] = slot
    let sum = 0
    for (let row = 0; row < B * T; row++) {
      const at = row * S * T + s * T
      for (let j = 0; j < T; j++) sum += p[at + j]
      first += p[at] / (B * T)
    }
    const mean = sum / (B * T)
    masses.push(mean)
    if (isEarlier(l, slot)) earlier += mean
    mass[k] = (mass[k] ?? 0) + mean
    mass_values[v] = (mass_values[v] ?? 0) + mean
  }
  for (let row = 0; row < B * T; row++) {
    const visible = ((row % T) + 1) * S
    if (visible < 2) continue
    let sum = 0
    for (let i = row * S * T; i < (row + 1) * S * T; i++) if (p[i] > 0) sum -= p[i] * Math.log(p[i])
    entropy += sum / Math.log(visible)
    entropyRows++
  }
  return { layer: l, head: h, mass, mass_values, slots: masses, earlier, first, entropy: entropyRows ? entropy / entropyRows : 0 }
}

/** Every head of every layer. */
export function headMeasures(o: Observation): HeadMeasures[] {
  const { n_layers: L, n_heads: H } = o.config
  const rows = o.B * o.T
  return Array.from({ length: L }, (_, l) => {
    const norms = o.norms[l]
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

/** `D` is the width of the stream. */
export function layerScores({ attnIn, attnOut, mlpOut }: Stream<Float32Array>, D: number): LayerScores[] {
  return attnIn.map((before, layer) => ({
    layer,
    attn: oneMinusCosine(before, attnOut[layer], D),
    mlp: oneMinusCosine(attnOut[layer], mlpOut[layer], D),
    block: oneMinusCosine(before, mlpOut[layer], D),
  }))
}
