/** How attention_forward_tiled.wgsl and attention_backward_tiled.wgsl are cut into workgroups: by pass, head width and the workgroup memory that a device has. */
import { DEFAULT_LIMITS } from '../gpu/device.ts'

export type TiledPass = 'forward' | 'backward_q' | 'backward_kv' | 'gather_q'

/** What attention_tile.wgsl is written out for, explained there. */
export interface Tile {
  rows: number
  columns: number
  across: number
  down: number
  /** Into how many parts a head is cut. */
  parts: number
  resident: boolean
  /** Vectors of a head, and blocks of four columns, that a loop's body multiplies: written out as so many instructions. */
  dotStep: number
  gatherStep: number
}

/** Vectors of four that a part of a head has, a whole number for each invocation. */
const widthOf = (E: number, { across, parts }: Tile): number => Math.ceil(Math.ceil(Math.ceil(E / 4) / parts) / across) * across

const leftsOf = (pass: TiledPass, tile: Tile): number => (pass === 'gather_q' ? 0 : tile.resident && pass !== 'forward' ? 2 : 1)

/** The constants in front of the shader; all are also bounds of loops that are written out. */
export function tileConstants(pass: TiledPass, E: number, tile: Tile): Record<string, number> {
  const { rows, columns, across, down, parts, dotStep, gatherStep } = tile
  const width = widthOf(E, tile)
  return {
    ROWS: rows,
    COLUMNS: columns,
    ACROSS: across,
    DOWN: down,
    GROUPS_M: rows / (4 * down),
    GROUPS_N: columns / (4 * across),
    PARTS: parts,
    SPAN: width / across,
    // What a pass does not use still has a type.
    LEFTS: Math.max(1, leftsOf(pass, tile)),
    RIGHT_TURNS: Math.ceil(width / down),
    DOT_STEP: Math.min(dotStep, width),
    GATHER_STEP: gatherStep,
  }
}

/** Bytes of workgroup memory. */
export const tileBytes = (pass: TiledPass, E: number, tile: Tile): number =>
  16 * widthOf(E, tile) * (leftsOf(pass, tile) * tile.rows + tile.columns) + 4 * tile.rows * tile.columns

type Lanes = [across: number, down: number]

const tile = (rows: number, columns: number, [across, down]: Lanes, parts: number, resident: boolean, steps: [number, number]): Tile => ({
  rows,
  columns,
  across,
  down,
  parts,
  resident: resident && parts === 1,
  dotStep: steps[0],
  gatherStep: steps[1],
})

/** A loop's body in instructions: some hundred, so that the loop itself costs little and the kernel still fits the instruction cache of a large GPU; or as few as can be. */
const LONG: [number, number] = [4, 2]
const SHORT: [number, number] = [1, 1]

/** Workgroup memory from which a device counts as a large GPU: others, and processors, take tiles that are quick to compile. */
const LARGE = 48 * 1024

/** All tiles worth trying, best first. The last of each fits every device. None where heads are wider than what sums in registers are good for. */
export function tilesOf(pass: TiledPass, E: number, workgroupBytes: number): Tile[] {
  if (E > 256) return []
  const forward = pass === 'forward'
  const parts = Math.ceil(E / 64)
  if (workgroupBytes < LARGE) {
    // Heads so narrow are for tests and first looks.
    if (E <= 8) return [tile(32, 16, [4, 8], 1, true, SHORT)]
    if (E <= 32) return [tile(32, 32, [4, 8], 1, true, SHORT), tile(32, 32, [4, 8], 1, false, SHORT)]
    return [tile(64, 32, [8, 16], parts, forward, SHORT), tile(32, 16, [4, 8], parts, false, SHORT)]
  }
  if (pass === 'gather_q') {
    const across = E <= 16 ? 4 : 8
    // Nothing but one product: its loop is written out as far as the others' two or three together.
    const narrow = tile(64, 32, [across, 16], parts, false, parts === 1 ? [1, 8] : LONG)
    const wide = tile(64, 64, [across, 16], parts, false, LONG)
    return [
      ...(E <= 32 ? [wide, narrow] : [narrow, wide]),
      tile(128, 64, [across, 16], parts, false, LONG),
      tile(64, 32, [across, 8], parts, false, LONG),
    ]
  }
  if (E <= 16)
    return [
      tile(64, 64, [4, 16], 1, true, LONG),
      tile(64, 32, [4, 16], 1, true, LONG),
      tile(128, 32, [4, 32], 1, true, LONG),
      tile(32, 32, [4, 8], 1, true, LONG),
    ]
  if (E <= 32)
    return [
      tile(64, 64, [8, 16], 1, true, LONG),
      tile(64, 32, [8, 16], 1, true, LONG),
      tile(32, 32, [8, 8], 1, true, LONG),
      tile(32, 32, [4, 8], 1, true, LONG),
    ]
  if (forward)
    return [
      tile(64, 64, [8, 16], parts, true, LONG),
      tile(64, 64, [8, 16], parts, true, SHORT),
      tile(64, 64, [8, 8], parts, true, LONG),
      tile(64, 32, [8, 16], parts, true, LONG),
      tile(128, 32, [8, 16], 2 * parts, false, LONG),
    ]
  return [
    tile(64, 64, [8, 16], parts, false, LONG),
    tile(64, 64, [8, 16], parts, false, SHORT),
    tile(64, 32, [8, 16], parts, true, LONG),
    tile(64, 32, [8, 8], parts, true, LONG),
    tile(64, 32, [8, 16], parts, false, LONG),
  ]
}

/** The best tile that a device has the workgroup memory for; none where only kernels without tiles do. */
export const tileFor = (pass: TiledPass, E: number, workgroupBytes = DEFAULT_LIMITS.workgroupBytes): Tile | undefined =>
  tilesOf(pass, E, workgroupBytes).find((t) => tileBytes(pass, E, t) <= workgroupBytes)
