/** Heads whose output is replaced. */
import { constant } from '../../../src/gpu/launch.ts'
import { HEAD_MODES, replaceHeads } from '../../../src/tensor/replace-heads.ts'
import { SHORT, type Case } from '../case.ts'
import { values } from '../harness.ts'

const MODES = ['mean', 'keep', 'zero', 'mean'] as const

/** More rows than one chunk has, or fewer. */
export const replaceHeadsCases: Case[] = [
  { rows: 150, width: 3 },
  { rows: 64, width: 17 },
  { rows: 5, width: 16 },
].map(({ rows, width }) => ({
  name: `replace heads of ${width} in ${rows} rows by ${MODES.join(', ')}`,
  tolerance: SHORT,
  kernels: 'serial',
  run: async ({ trial }) => {
    const t = trial({ training: false })
    const columns = MODES.length * width
    const x64 = values(1, rows * columns)
    const x = t.data('x', [rows, columns], x64)
    replaceHeads(
      t.recording,
      x,
      constant(
        'modes',
        Uint32Array.from(MODES, (mode) => HEAD_MODES[mode]),
      ),
      MODES.length,
    )
    const ready = await t.compile()
    ready.run()
    const meanOf = (column: number) => x64.reduce((sum, value, i) => sum + (i % columns === column ? value / rows : 0), 0)
    const expected = x64.map((value, i) => {
      const mode = MODES[Math.floor((i % columns) / width)]
      return mode === 'keep' ? value : mode === 'mean' ? meanOf(i % columns) : 0
    })
    const errors = { x: await ready.error(x, expected) }
    ready.dispose()
    return errors
  },
}))
