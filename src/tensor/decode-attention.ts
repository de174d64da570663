/** Attention of one query at the state's position, against the cache: shaders/decode_attention.wgsl. */
import text from '../../shaders/decode_attention.wgsl?raw'
import stateText from '../../shaders/state.wgsl?raw'
import { defineKernel } from '../gpu/kernel.ts'
import { whole, type Region } from '../gpu/launch.ts'
import { chunkPrelude } from './chunk.ts'
import { once, type Recording, type Tensor } from './recording.ts'
import type { Store } from './store.ts'

const kernelOf = (entry: string, E: number) =>
  once(`decode_attention ${entry} ${E}`, () =>
    defineKernel('decode_attention', entry, [stateText, text], `${chunkPrelude(E)} const E = ${E}u;`),
  )

export interface DecodeAttention {
  store: Store
  layer: number
  /** The slots of each head, as `attention` lays them out. */
  table: Region
  /** [1, H·E] */
  out: Tensor
  state: Region
}

export function decodeAttention(recording: Recording, { store, layer, table, out, state }: DecodeAttention): void {
  const { H, E } = store.dims
  const [chunk] = store.chunks
  const { parallel } = recording.variants
  recording.launch({
    kernel: kernelOf(parallel ? 'decode' : 'decode_serial', E),
    constants: {},
    params: { H, width: store.width, q_offset: layer * chunk.layerStride, scale: 1 / Math.sqrt(E) },
    regions: { store: whole(chunk.storage), table, out: out.region, state },
    workgroups: parallel ? H : Math.ceil(H / 4),
  })
}
