/** How attention_tiled.wgsl is cut into workgroups: by pass, head width and the workgroup memory that a device has. */
import { DEFAULT_LIMITS } from '../gpu/device.ts'

export type TiledPass = 'forward' | 'backward_q' | 'backward_kv'

/** The constants in front of attention_tiled.wgsl, explained there. */
export interface Tile {
  rows: number
  columns: number
  across: number
  down: number
  slice: number
  depth: number
  lefts: number
  rights: number
}

export const tileConstants = (tile: Tile): string =>
  Object.entries(tile)
    .map(([name, value]) => `const ${name.toUpperCase()} = ${value}u;`)
    .join(' ')

const widthOf = (E: number, across: number): number => Math.ceil(Math.ceil(E / 4) / across) * across

/** Bytes of workgroup memory. */
export function tileBytes(E: number, { rows, columns, across, slice, depth, lefts, rights }: Tile): number {
  const left = (rows / 4) * (4 * slice + 1)
  const right = Math.max((columns / 4) * (4 * slice + 1), (depth / 4) * (4 * widthOf(E, across) + 1))
  return 16 * (lefts * left + rights * right + (rows / 4) * (columns + 1))
}

/** Whole heads side by side in workgroup memory. */
const wholeTile = (E: number, rows: number, columns: number, [across, down]: [number, number], lefts: number, rights: number): Tile => ({
  rows,
  columns,
  across,
  down,
  slice: widthOf(E, across),
  depth: columns,
  lefts,
  rights,
})

/** A slice of the heads at a time, of `slice` vectors of a row or `depth` rows. */
const slicedTile = (rows: number, columns: number, [across, down]: [number, number], slice: number, depth: number): Tile => ({
  rows,
  columns,
  across,
  down,
  slice,
  depth,
  lefts: 1,
  rights: 1,
})

/** All tiles worth trying, best first. The last fit every device up to E = 216. */
export function tilesOf(pass: TiledPass, E: number): Tile[] {
  const everywhere = [slicedTile(64, 32, [8, 8], 4, 8), slicedTile(64, 32, [8, 8], 4, 4)]
  if (E > 256) return []
  if (E > 64) {
    const tiles = [slicedTile(64, 64, [16, 8], 8, 16), slicedTile(64, 64, [16, 16], 8, 16), slicedTile(64, 32, [16, 8], 8, 16)]
    return [...tiles, ...everywhere]
  }
  if (E > 32) {
    const one = (rights: number): Tile => wholeTile(E, 64, 32, [8, 8], 1, rights)
    const tiles = [
      one(2),
      one(1),
      slicedTile(64, 64, [8, 8], 8, 32),
      slicedTile(64, 64, [8, 16], 8, 32),
      slicedTile(64, 64, [16, 8], 8, 32),
      wholeTile(E, 64, 32, [8, 16], 1, 2),
      wholeTile(E, 32, 64, [16, 4], pass === 'forward' ? 1 : 2, 1),
      wholeTile(E, 32, 32, [8, 4], 1, 2),
      wholeTile(E, 32, 32, [8, 4], pass === 'forward' ? 1 : 2, pass === 'forward' ? 1 : 2),
      ...(pass === 'forward' ? [slicedTile(128, 64, [8, 16], 4, 16)] : []),
    ]
    return pass === 'backward_kv' ? [wholeTile(E, 64, 32, [8, 16], 1, 2), ...tiles, ...everywhere] : [...everywhere, ...tiles]
  }
  if (E > 16) {
    const lefts = pass === 'forward' ? 1 : 2
    const tiles = [
      wholeTile(E, 64, 64, [8, 8], 1, 1),
      wholeTile(E, 64, 32, [8, 8], lefts, 2),
      wholeTile(E, 64, 32, [8, 8], 1, 2),
      wholeTile(E, 64, 64, [8, 16], 1, 1),
      wholeTile(E, 32, 32, [8, 4], lefts, 2),
      wholeTile(E, 32, 64, [8, 8], lefts, 1),
    ]
    return [...tiles, ...everywhere]
  }
  const lefts = pass === 'forward' ? 1 : 2
  const tiles = [
    wholeTile(E, 64, 64, [4, 16], lefts, 2),
    wholeTile(E, 64, 32, [4, 16], lefts, 2),
    wholeTile(E, 64, 32, [4, 8], lefts, 2),
    wholeTile(E, 32, 32, [4, 8], lefts, 2),
  ]
  return [...tiles, slicedTile(64, 32, [4, 16], 4, 8), ...everywhere]
}

/** The best tile that a device has the workgroup memory for; none where only kernels without tiles do. */
export const tileFor = (pass: TiledPass, E: number, workgroupBytes = DEFAULT_LIMITS.workgroupBytes): Tile | undefined =>
  tilesOf(pass, E).find((tile) => tileBytes(E, tile) <= workgroupBytes)
