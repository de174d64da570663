/** Every tile of products, forced: a tune-up may choose any. Two tiles and a part of one each way, so that inner, outer and shared edges all occur. */
import { splitsOf } from '../../../src/tensor/linear.ts'
import { fittingTiles, TILES, tileSize } from '../../../src/tensor/tiles.ts'
import { SHORT, type Case } from '../case.ts'
import { worse, type Errors, type Harness } from '../harness.ts'
import { bare, layers } from './linear.ts'

const FLAGS = [false, true]

/** Sums of whole slices and vectors, and of neither. */
const LENGTHS = [64, 77]
const SPLIT_LENGTH = 544

async function forced(harness: Harness, tile: string): Promise<Errors> {
  if (!fittingTiles(harness.gpu.limits).includes(tile))
    throw new Error(`This adapter has too little workgroup memory for tiles of ${tile}.`)
  const tiled = harness.withTile(tile)
  const { rows, columns } = tileSize(tile)
  const errors: Errors = {}
  for (const K of LENGTHS) {
    const beyond = K % 4 === 0 ? 8 : 5
    const size = [2 * rows + beyond, 2 * columns + beyond, K]
    for (const aTransposed of FLAGS)
      for (const bTransposed of FLAGS)
        for (const accumulate of FLAGS) {
          const where = `K ${K}${aTransposed ? ' Aᵀ' : ''}${bTransposed ? ' Bᵀ' : ''}${accumulate ? ' +=' : ''}`
          const derivative = accumulate !== bTransposed
          worse(errors, await bare(tiled, size, { aTransposed, bTransposed, accumulate, derivative }), where)
        }
  }
  // In parts whose length is an odd number of steps, and which a slice of twice that would not fill.
  const split = [64, 68, SPLIT_LENGTH]
  if (splitsOf(64, 68, SPLIT_LENGTH) < 2) throw new Error('A sum this long is not split.')
  for (const accumulate of FLAGS) worse(errors, await bare(tiled, split, { aTransposed: true, accumulate, long: true }), 'split')
  const everything = { act: 'gelu', bias: true, residual: true, dropout: true, fanOut: true } as const
  worse(errors, await layers(tiled, [rows + 4, columns + 4, 36], everything), 'layers')
  worse(errors, await layers(tiled, [rows + 3, columns + 1, 35], everything), 'layers, odd')
  return errors
}

export const tileCases: Case[] = Object.keys(TILES).map((tile) => ({
  name: `every form of a product in tiles of ${tile}`,
  tolerance: SHORT,
  kernels: 'parallel',
  onGpuOnly: true,
  f16: 'on GPUs',
  run: (harness) => forced(harness, tile),
}))
