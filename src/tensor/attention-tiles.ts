/** How attention_forward_tiled.wgsl and attention_backward_tiled.wgsl are cut into workgroups: by pass, head width and the workgroup memory that a device has. */
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
  /** Whether the invocations of a row share by subgroups, and not through workgroup memory. */
  subgroups: boolean
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
export function tileBytes(pass: TiledPass, E: number, tile: Tile): number {
  const right = 16 * widthOf(E, tile) * tile.columns
  return tile.subgroups ? right : right + 16 * widthOf(E, tile) * leftsOf(pass, tile) * tile.rows + 4 * tile.rows * tile.columns
}

type Lanes = [across: number, down: number]

const tile = (rows: number, columns: number, [across, down]: Lanes, parts: number, resident: boolean, steps: [number, number]): Tile => ({
  rows,
  columns,
  across,
  down,
  parts,
  resident: resident && parts === 1,
  subgroups: false,
  dotStep: steps[0],
  gatherStep: steps[1],
})

/** A loop's body in instructions: some hundred, so that the loop itself costs little and the kernel still fits the instruction cache of a large GPU; or as few as can be. */
const LONG: [number, number] = [4, 2]
const SHORT: [number, number] = [1, 1]

/** Workgroup memory from which a device without large subgroups counts as a large GPU: others, and processors, take tiles that are quick to compile. */
const LARGE = 48 * 1024

/** What a device has that a tile needs. */
export interface TileLimits {
  workgroupBytes: number
  /** Lanes of a subgroup, where kernels may count on them; 0 where they may not. */
  subgroup?: number
}

/** Lanes of a subgroup from which a row of every tile's invocations is within one, two rows side by side; processors have fewer. */
const LARGE_SUBGROUP = 16

/** All tiles worth trying, best first, of which the last fits every device. None where heads are wider than what sums in registers are good for. */
export function tilesOf(pass: TiledPass, E: number, { workgroupBytes, subgroup = 0 }: TileLimits): Tile[] {
  if (E > 256) return []
  const byMemory = workgroupBytes < LARGE ? smallTiles(pass, E) : largeTiles(pass, E)
  // With scores computed anew, one text multiplies rows on the left from two places, of which workgroup memory makes one.
  if (pass === 'backward_q') return byMemory
  if (subgroup >= LARGE_SUBGROUP) return [subgroupTile(pass, E), ...byMemory]
  // Processors, where their subgroups are large enough for it: so that the path by subgroups is tested on them.
  const [first] = byMemory
  return 2 * first.across <= subgroup ? [{ ...first, resident: false, subgroups: true }, ...byMemory] : byMemory
}

/** Workgroup memory holds a tile's right side alone, which fits every device. */
function subgroupTile(pass: TiledPass, E: number): Tile {
  const across = E <= 16 ? 4 : 8
  const parts = Math.ceil(E / 64)
  const middling = E > 32 && parts === 1
  const shaped = (columns: number, steps: [number, number]): Tile => ({
    ...tile(64, columns, [across, 16], parts, false, steps),
    subgroups: true,
  })
  if (pass === 'forward') return shaped(64, middling ? [8, 4] : parts > 1 ? [8, 2] : [4, 2])
  if (pass === 'gather_q') return middling ? shaped(32, [8, 4]) : shaped(64, [4, 2])
  return shaped(E <= 16 ? 32 : 64, middling ? [8, 2] : [4, 2])
}

/** For processors and for GPUs with little workgroup memory and no subgroups. */
function smallTiles(pass: TiledPass, E: number): Tile[] {
  const parts = Math.ceil(E / 64)
  // Heads so narrow are for tests and first looks.
  if (E <= 8) return [tile(32, 16, [4, 8], 1, true, SHORT)]
  if (E <= 32) return [tile(32, 32, [4, 8], 1, true, SHORT), tile(32, 32, [4, 8], 1, false, SHORT)]
  return [tile(64, 32, [8, 16], parts, pass === 'forward', SHORT), tile(32, 16, [4, 8], parts, false, SHORT)]
}

function largeTiles(pass: TiledPass, E: number): Tile[] {
  const forward = pass === 'forward'
  const parts = Math.ceil(E / 64)
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
    // 64 × 64 takes twice as long (an H200): too many registers.
    return [
      tile(64, 32, [4, 16], 1, true, LONG),
      tile(64, 64, [4, 16], 1, true, LONG),
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

/** The best tile that a device has the subgroups and the workgroup memory for; none where only kernels without tiles do. */
export const tileFor = (pass: TiledPass, E: number, limits: TileLimits): Tile | undefined =>
  tilesOf(pass, E, limits).find((t) => tileBytes(pass, E, t) <= limits.workgroupBytes)
