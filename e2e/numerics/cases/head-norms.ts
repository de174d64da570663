/** What each head gives to the stream. */
import { headNormsForward } from '../../../src/reference/head-norms.ts'
import { headNorms, normsOf } from '../../../src/tensor/head-norms.ts'
import { SHORT, type Case } from '../case.ts'
import { errorOf, values } from '../harness.ts'

/** The last has more workgroups than one dimension of a grid holds. */
const SIZES = [
  { M: 1, D: 1, H: 1, E: 1 },
  { M: 3, D: 15, H: 2, E: 5 },
  { M: 7, D: 33, H: 3, E: 11 },
  { M: 65, D: 17, H: 1, E: 17 },
  { M: 65_536, D: 5, H: 5, E: 1 },
]

export const headNormsCases: Case[] = SIZES.map(({ M, D, H, E }): Case => ({
  name: `norms of ${M}×${H} head outputs of width ${E} in a stream of ${D}`,
  tolerance: SHORT,
  kernels: 'serial',
  run: async ({ trial }) => {
    const t = trial({ training: false })
    const [z64, weight64] = [values(1, M * H * E), values(2, D * H * E)]
    const parts = headNorms(t.recording, t.data('z', [M, H * E], z64), t.data('weight', [D, H * E], weight64), H)
    const ready = await t.compile()
    ready.run()
    const norms = normsOf(Float32Array.from(await ready.read(parts)))
    ready.dispose()
    return { norms: errorOf(norms, headNormsForward(z64, weight64, { M, D, H, E })) }
  },
}))
