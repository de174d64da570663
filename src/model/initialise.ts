/** Starting values: normal 0.02, output projections 0.02/√(2L), biases 0, norms 1. A parameter's values depend on the seed and its name alone, so wirings start alike. */
import { bits, dropoutKeys } from '../tensor/random.ts'
import { elements, parameterShapes, type ModelShape } from './config.ts'

export type Parameters = Map<string, { shape: number[]; data: Float32Array }>

function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h >>> 0
}

/** Standard normal draws, in pairs from two uniform ones (Box and Muller 1958). */
function fillNormal(data: Float32Array, deviation: number, seed: number, name: string): void {
  const [a, b] = dropoutKeys(seed, 0, hash(name))
  for (let i = 0; i < data.length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log((bits(a, b, i) + 1) / 2 ** 32)) * deviation
    const angle = (2 * Math.PI * bits(a, b, i + 1)) / 2 ** 32
    data[i] = radius * Math.cos(angle)
    if (i + 1 < data.length) data[i + 1] = radius * Math.sin(angle)
  }
}

export function initialParameters(c: ModelShape, seed: number): Parameters {
  const parameters: Parameters = new Map()
  for (const [name, shape] of parameterShapes(c)) {
    const data = new Float32Array(elements(shape))
    if (name.includes('norm.')) data.fill(name.endsWith('.weight') ? 1 : 0)
    else if (name.endsWith('.weight')) {
      const output = name.endsWith('attn.o.weight') || name.endsWith('mlp.down.weight')
      fillNormal(data, output ? 0.02 / Math.sqrt(2 * c.n_layers) : 0.02, seed, name)
    }
    parameters.set(name, { shape, data })
  }
  return parameters
}
