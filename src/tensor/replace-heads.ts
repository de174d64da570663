/** Heads whose output is replaced: shaders/replace_heads.wgsl. */
import gridText from '../../shaders/grid.wgsl?raw'
import text from '../../shaders/replace_heads.wgsl?raw'
import { defineKernel } from '../gpu/kernel.ts'
import type { Region } from '../gpu/launch.ts'
import { once, type Recording, type Tensor } from './recording.ts'

/** Rows that one invocation sums: few enough to fill a GPU, enough that adding up the chunks costs little. */
const CHUNK = 64

/** What `modes` holds for each head. */
export const HEAD_MODES = { keep: 0, zero: 1, mean: 2 } as const

const kernelOf = (entry: 'sums' | 'fill') =>
  once(`replace_heads ${entry}`, () => defineKernel('replace_heads', entry, [gridText, text], `const CHUNK = ${CHUNK}u;`))

/** Replaces columns of x [rows, H·E], in place: those of a head become zero, or their mean over all rows, as `modes` [H] says when it runs. */
export function replaceHeads(recording: Recording, x: Tensor, modes: Region, H: number): void {
  const [rows, columns] = x.shape
  const chunks = Math.ceil(rows / CHUNK)
  const params = { rows, columns, width: columns / H }
  const regions = { modes, x: x.region, chunk_sums: recording.tensor(`${x.label}, sums of heads`, [chunks, columns]).region }
  const workgroups = Math.ceil((chunks * columns) / 64)
  recording.launch({ kernel: kernelOf('sums'), constants: {}, params, regions, workgroups })
  recording.launch({ kernel: kernelOf('fill'), constants: {}, params, regions, workgroups })
}
