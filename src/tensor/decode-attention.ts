/** Attention of one query at the state's position, against the cache: shaders/decode_attention.wgsl. */
import text from '../../shaders/decode_attention.wgsl?raw'
import stateText from '../../shaders/state.wgsl?raw'
import { defineKernel, type Kernel } from '../gpu/kernel.ts'
import { whole, type Region } from '../gpu/launch.ts'
import { unroll } from '../gpu/unroll.ts'
import { chunkPrelude, chunkWords } from './chunk.ts'
import { once, type Recording, type Tensor } from './recording.ts'
import type { Store } from './store.ts'

const LANES = 256
/** Chunks of values that a lane asks for at once, about. */
const ASKED = 8

function kernelOf(entry: string, E: number): Kernel {
  return once(`decode_attention ${entry} ${E}`, () => {
    const chunks = E / chunkWords(E)
    const perLane = Math.ceil(chunks / LANES)
    const constants = { PER_LANE: perLane, ASKED: Math.max(1, Math.floor(ASKED / perLane)) }
    const sizes = Object.entries({ ...constants, E, LANES }).map(([name, value]) => `const ${name} = ${value}u;`)
    return defineKernel('decode_attention', entry, [stateText, unroll(text, constants)], `${chunkPrelude(E)} ${sizes.join(' ')}`)
  })
}

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
