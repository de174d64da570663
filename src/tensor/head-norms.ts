/** How much each head gives to the stream: shaders/head_norms.wgsl. Observers alone ask for it, so it has no derivative. */
import gridText from '../../shaders/grid.wgsl?raw'
import text from '../../shaders/head_norms.wgsl?raw'
import { defineKernel } from '../gpu/kernel.ts'
import { once, type Recording, type Tensor } from './recording.ts'

const kernel = () => once('head_norms', () => defineKernel('head_norms', 'square_parts', [gridText, text]))

/** C, the parts that a sum over the model width is cut into. */
const PARTS = 16

/** Parts [M, H, C] of ‖z_h W_O^h‖², for `normsOf`. z [M, H·E] are the heads' outputs, weight [D, H·E] the output projection; its bias belongs to no head. */
export function headNorms(recording: Recording, z: Tensor, weight: Tensor, heads: number): Tensor {
  const [M, width] = z.shape
  const parts = recording.tensor('norms of head outputs, in parts', [M, heads, PARTS])
  recording.launch({
    kernel: kernel(),
    constants: {},
    params: { M, D: weight.shape[0], H: heads, E: width / heads, C: PARTS },
    regions: { z: z.region, weight: weight.region, parts: parts.region },
    workgroups: Math.ceil((M * heads * PARTS) / 64),
  })
  return parts
}

/** ‖z_h W_O^h‖ by row and head, [M, H], from what `headNorms` left. */
export const normsOf = (parts: Float32Array): Float64Array =>
  Float64Array.from({ length: parts.length / PARTS }, (_, i) =>
    Math.sqrt(parts.subarray(i * PARTS, (i + 1) * PARTS).reduce((sum, part) => sum + part, 0)),
  )
