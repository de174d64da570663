/** Shapes of the tiles in which products are computed: shaders/product.wgsl and product_tiled.wgsl. Which one is quickest for a product depends on its shape and on the adapter; src/tune finds out. */
import activation from '../../shaders/activation.wgsl?raw'
import gridText from '../../shaders/grid.wgsl?raw'
import registersText from '../../shaders/product.wgsl?raw'
import commonText from '../../shaders/product_common.wgsl?raw'
import tiledText from '../../shaders/product_tiled.wgsl?raw'
import random from '../../shaders/random.wgsl?raw'
import stateText from '../../shaders/state.wgsl?raw'
import { defineKernel, type Kernel } from '../gpu/kernel.ts'
import { unroll } from '../gpu/unroll.ts'
import { once } from './recording.ts'

export interface Tile {
  /** Outputs of a workgroup: rows × columns. */
  rows: number
  columns: number
  /** Blocks of 4 × 4 outputs of an invocation. */
  groupsM: number
  groupsN: number
  /** k of a slice. Divides PART_STEP: whether slices leave a rest is decided by K alone. */
  depth: number
}

/** Parts of a split sum are multiples of this long: whole slices of every tile. */
export const PART_STEP = 16

const tile = (rows: number, columns: number, groupsM: number, groupsN: number, depth = 16): Tile => ({
  rows,
  columns,
  groupsM,
  groupsN,
  depth,
})

/**
 * By name. Large ones do the most arithmetic for each number they read, small ones leave fewer processors idle. `registers` goes without workgroup memory: the
 * one for processors, and a candidate on GPUs that are better off with their caches.
 */
export const TILES: Record<string, Tile | null> = {
  '96×128': tile(96, 128, 3, 2),
  '128×128': tile(128, 128, 2, 2),
  '64×128': tile(64, 128, 2, 2),
  '64×64': tile(64, 64, 2, 2),
  '64×64 halves': tile(64, 64, 2, 1),
  '32×32': tile(32, 32, 1, 1),
  registers: null,
}

export const REGISTERS = 'registers'

export const invocationsOf = (t: Tile): number => (t.rows / (4 * t.groupsM)) * (t.columns / (4 * t.groupsN))

/** Rows and columns of a workgroup's tile. */
export function tileSize(name: string): { rows: number; columns: number } {
  const t = TILES[name]
  if (t === undefined) throw new Error(`There is no tile "${name}". The tiles are ${Object.keys(TILES).join(', ')}.`)
  return t ?? { rows: 32, columns: 32 }
}

/** Bytes of workgroup memory. */
const bytesOf = (t: Tile): number => 4 * (t.rows + t.columns) * t.depth

/** The names of the tiles that a device can run. */
export const fittingTiles = (limits: { workgroupBytes: number }): string[] =>
  Object.keys(TILES).filter((name) => {
    const t = TILES[name]
    return !t || bytesOf(t) <= limits.workgroupBytes
  })

/** Which operands are read as vectors of four: those whose rows are whole vectors. */
export interface Vectors {
  a: boolean
  b: boolean
  c: boolean
}

const parts = [gridText, stateText, random, activation, commonText]

/** Whether a kernel is one that `productKernel` makes. */
export const isProduct = ({ name }: Kernel): boolean => /^product(_tiled)?\./.test(name)

/** `K`: the length of the sum. */
export function productKernel(name: string, vectors: Vectors, K: number): Kernel {
  const t = TILES[name]
  const tail = t !== null && K % t.depth !== 0
  const flags = (['a', 'b', 'c'] as const).map((operand) => (t && vectors[operand] ? 'v' : 's')).join('')
  return once(`product ${name} ${flags}${tail ? ' tail' : ''}`, () => {
    const [file, entry, text] = t ? ['product_tiled', 'shared_tile', tiledText] : ['product', 'register_tile', registersText]
    const some = t ?? tile(32, 32, 1, 1)
    const constants = {
      ROWS: some.rows,
      COLUMNS: some.columns,
      DEPTH: some.depth,
      GROUPS_M: some.groupsM,
      GROUPS_N: some.groupsN,
      LANES_M: some.rows / (4 * some.groupsM),
      LANES_N: some.columns / (4 * some.groupsN),
      INVOCATIONS: invocationsOf(some),
      FETCHES_A: (some.rows * some.depth) / 4 / invocationsOf(some),
      FETCHES_B: (some.columns * some.depth) / 4 / invocationsOf(some),
    }
    const elements = [...flags].flatMap((flag, i) => {
      const operand = 'ABC'[i]
      return [`alias ${operand}Element = ${flag === 'v' ? 'vec4f' : 'f32'};`, `const ${operand}_VECTORS = ${flag === 'v'};`]
    })
    const prelude = [
      ...Object.entries(constants).map(([constant, value]) => `const ${constant} = ${value}u;`),
      ...elements,
      `const TAIL = ${tail};`,
      `fn element_of_c(y: vec4f) -> CElement { return y${flags[2] === 'v' ? '' : '.x'}; }`,
    ].join('\n')
    return defineKernel(file, entry, [unroll([...parts, text].join('\n'), constants)], prelude)
  })
}
