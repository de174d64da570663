/** Attention of one query at the state's position, against the cache: shaders/decode_attention.wgsl. */
import text from '../../shaders/decode_attention.wgsl?raw'
import stateText from '../../shaders/state.wgsl?raw'
import subgroupsText from '../../shaders/subgroups.wgsl?raw'
import noSubgroupsText from '../../shaders/subgroups_none.wgsl?raw'
import { defineKernel, type Kernel } from '../gpu/kernel.ts'
import { constant, whole, type Region } from '../gpu/launch.ts'
import { unroll } from '../gpu/unroll.ts'
import { chunkPrelude, chunkWords } from './chunk.ts'
import { once, type Recording, type Tensor, type Variants } from './recording.ts'
import type { Store } from './store.ts'

const LANES = 256
/** Chunks of values that a lane asks for at once, at most. */
const ASKED = 16

function kernelOf({ parallel, subgroup = 0 }: Variants, { dims: { H, E }, width }: Store, slots: number): Kernel {
  const entry = parallel ? 'decode' : 'decode_serial'
  const unit = parallel ? subgroup : 0
  return once(`decode_attention ${entry} ${unit} ${H} ${E} ${width} ${slots}`, () => {
    const chunks = E / chunkWords(E)
    const perLane = Math.ceil(chunks / LANES)
    const keysOfGroup = Math.ceil(LANES / Math.floor(LANES / Math.min(chunks, LANES)))
    const constants = { PER_LANE: perLane, ASKED: Math.max(1, Math.min(Math.floor(ASKED / perLane), keysOfGroup)) }
    const numbers = Object.entries({ ...constants, H, E, LANES, ROW: width, SLOTS: slots }).map(([name, n]) => `const ${name} = ${n}u;`)
    const prelude = `${unit > 0 ? `enable subgroups; const UNIT = ${unit}u;` : ''} ${chunkPrelude(E)} ${numbers.join(' ')} const SCALE = f32(${1 / Math.sqrt(E)});`
    const units = unit > 0 ? subgroupsText : noSubgroupsText
    return defineKernel('decode_attention', entry, [stateText, units, unroll(text, constants)], prelude)
  })
}

/** Of a query's layer: where its rows begin, and its heads' slots, as shaders/decode_attention.wgsl reads them. */
export interface DecodeTable {
  region: Region
  /** Most slots of a head. */
  slots: number
}

/** `slots`: per head, of each slot, where row 0 of its keys lies, and of its values; `rows`: where row 0 of the layer does. In words of the store. */
export function decodeTable(layer: number, slots: readonly (readonly (readonly [number, number])[])[], rows: number): DecodeTable {
  const most = Math.max(...slots.map((own) => own.length))
  const words = slots.flatMap((own) => [own.length, ...own.flat(), ...Array<number>(2 * (most - own.length)).fill(0)])
  return { region: constant(`slots of layer ${layer}, for one query`, Uint32Array.from([rows, ...words])), slots: most }
}

export interface DecodeAttention {
  store: Store
  table: DecodeTable
  /** [1, H·E] */
  out: Tensor
  state: Region
}

/** out = what `attention` makes of one query; returned. */
export function decodeAttention(recording: Recording, { store, table, out, state }: DecodeAttention): Tensor {
  const { parallel } = recording.variants
  const { H } = store.dims
  recording.launch({
    kernel: kernelOf(recording.variants, store, table.slots),
    constants: {},
    params: {},
    regions: { store: whole(store.chunks[0].storage), table: table.region, out: out.region, state },
    workgroups: parallel ? H : Math.ceil(H / 4),
  })
  return out
}
